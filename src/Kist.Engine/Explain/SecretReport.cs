using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kist.Engine.Host;
using Kist.Linux;

namespace Kist.Engine.Explain;

/// <summary>Something that <c>@host</c> hides.</summary>
/// <param name="Path">Where it is, or would be.</param>
/// <param name="Exists">On this machine, for this caller.</param>
/// <param name="Reason">What is in it.</param>
public sealed record SecretLine(string Path, bool Exists, string Reason);

/// <summary>kist info --secrets: the list whose paths --open takes.</summary>
public static class SecretReport
{
    /// <summary>Looks at the machine.</summary>
    /// <param name="home">The caller's home directory.</param>
    public static List<SecretLine> Collect(string home)
    {
        List<SecretLine> lines = [];
        foreach (HostSecret secret in HostSecrets.All)
        {
            string path = secret.Path.StartsWith('~') ? home + secret.Path[1..] : secret.Path;
            lines.Add(new(path, Kernel.Stat(Kernel.AT_FDCWD, path, out _) == Errno.None, secret.Reason));
        }
        return lines;
    }

    /// <summary>For people.</summary>
    public static string Table(IReadOnlyList<SecretLine> lines, bool color)
    {
        TextTable table = new("PATH", "HERE", "WHAT IS IN IT");
        foreach (SecretLine line in lines)
            table.Add(line.Path, line.Exists ? "yes" : "no", line.Reason);
        return table.ToText(color);
    }

    /// <summary>For programs.</summary>
    public static byte[] Json(IReadOnlyList<SecretLine> lines)
    {
        ArrayBufferWriter<byte> buffer = new(16384);
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (SecretLine line in lines)
            {
                json.WriteStartObject();
                json.WriteString("path"u8, line.Path);
                json.WriteBoolean("exists"u8, line.Exists);
                json.WriteString("reason"u8, line.Reason);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return [.. buffer.WrittenSpan, (byte)'\n'];
    }
}
