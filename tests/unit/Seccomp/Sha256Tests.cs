using System.Text;
using Kist.Runtime;

namespace Kist.Tests.Unit;

public sealed class Sha256Tests
{
    internal static void Hash(ReadOnlySpan<byte> bytes, out string digest)
    {
        Sha256 hash = new(stackalloc byte[64]);
        // In parts of growing length, so that every way to fill a block is taken.
        for (int part = 1; bytes.Length > 0; part++)
        {
            int length = Math.Min(part, bytes.Length);
            hash.Append(bytes[..length]);
            bytes = bytes[length..];
        }
        byte[] result = new byte[Sha256.Size];
        hash.Finish(result);
        digest = Convert.ToHexStringLower(result);
    }

    // The examples of FIPS 180-4 and NIST's SHA test vectors.
    [Test]
    [Arguments("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [Arguments("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [Arguments("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    [Arguments("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")]
    public async Task The_standards_examples_hold(string text, int times, string expected)
    {
        Hash(Encoding.ASCII.GetBytes(new StringBuilder().Insert(0, text, times).ToString()), out string digest);
        await Assert.That(digest).IsEqualTo(expected);
    }
}
