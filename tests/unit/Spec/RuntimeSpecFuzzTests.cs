using System.Text;
using Kist.Spec;

namespace Kist.Tests.Unit.Spec;

public sealed class RuntimeSpecFuzzTests
{
    static readonly string[] Tokens =
    [
        "null", "{}", "[]", "-1", "0", "1.5", "1e99", "18446744073709551616", "\"\"", "\"..\"", "\"\\ud800\"", "\"\\u0000\"", "true", "{", "}", "[",
        "]", ",", ":", "\"", "\\", "\u00e9", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    ];

    /// <summary>Changes that a text editor, a broken disk or an attacker could make; the same ones in every run.</summary>
    static byte[] Mutate(byte[] json, Random random)
    {
        var bytes = new List<byte>(json);
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at - 1));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]));
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at - 1);
                    break;
                case 4:
                    // A value for another: the document stays JSON and gets past the parser.
                    ReplaceValue(bytes, at, Tokens[random.Next(13)]);
                    break;
                default:
                    int from = random.Next(bytes.Count);
                    bytes.InsertRange(at, bytes.GetRange(from, Math.Min(random.Next(1, 200), bytes.Count - from)));
                    break;
            }
        }
        return [.. bytes];
    }

    static void ReplaceValue(List<byte> bytes, int from, string value)
    {
        int start = bytes.IndexOf((byte)':', from) + 1;
        if (start == 0) return;
        int end = start;
        while (end < bytes.Count && bytes[end] is not ((byte)',' or (byte)'}' or (byte)']')) end++;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, Encoding.UTF8.GetBytes(value));
    }

    [Test]
    public async Task Whatever_is_done_to_a_document_it_is_read_or_refused()
    {
        byte[] original = Encoding.UTF8.GetBytes(FullSpec.Json);
        var random = new Random(20);
        int valid = 0, breaksRule = 0, refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] mutant = Mutate(original, random);
            try
            {
                RuntimeSpec spec = RuntimeSpecReader.Read(mutant, []);
                breaksRule++;
                SpecValidator.Validate(spec);
                breaksRule--;
                valid++;
                var output = new MemoryStream();
                RuntimeSpecWriter.Write(spec, output);
                SpecValidator.Validate(RuntimeSpecReader.Read(output.ToArray(), []));
            }
            catch (SpecException error) when (error.Message.Length is > 10 and < 700)
            {
                refused++;
            }
            catch (Exception error) when (error is not SpecException)
            {
                Assert.Fail($"mutant {i}: {error}\n{Encoding.UTF8.GetString(mutant)}");
            }
        }
        await Assert.That(valid).IsGreaterThan(500);
        await Assert.That(breaksRule).IsGreaterThan(100);
        await Assert.That(refused).IsEqualTo(20_000 - valid);
    }

    [Test]
    public async Task Every_beginning_of_a_document_is_refused()
    {
        byte[] json = Encoding.UTF8.GetBytes(FullSpec.Json.TrimEnd());
        int read = 0;
        for (int length = 0; length < json.Length; length++)
        {
            try
            {
                RuntimeSpecReader.Read(json.AsSpan(0, length), []);
                read++;
            }
            catch (SpecException error) when (error.Message.EndsWith("the document ends too early", StringComparison.Ordinal))
            {
            }
        }
        await Assert.That(read).IsEqualTo(0);
    }
}
