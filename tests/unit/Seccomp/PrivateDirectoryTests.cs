using System.Runtime.InteropServices;
using Kist.Linux;

namespace Kist.Tests.Unit;

public sealed partial class PrivateDirectoryTests
{
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint user, uint group);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkfifo(string path, uint mode);

    internal static int Chown(string path, uint user) => lchown(path, user, user);

    internal static int MakeFifo(string path) => mkfifo(path, 0x180);

    [Test]
    public async Task A_file_is_replaced_whole_and_nothing_else_is_left()
    {
        string folder = Directory.CreateTempSubdirectory("kist-private-").FullName;
        try
        {
            await Assert.That(PrivateDirectory.Write(folder, "name"u8, "head"u8, "first"u8)).IsEqualTo(0);
            await Assert.That(PrivateDirectory.Write(folder, "name"u8, "head"u8, "second"u8)).IsEqualTo(0);
            byte[] head = new byte[4];
            await Assert.That(Convert.ToHexString(PrivateDirectory.Read(folder, "name"u8, head, 6)!)).IsEqualTo(Convert.ToHexString("second"u8));
            await Assert.That(Convert.ToHexString(head)).IsEqualTo(Convert.ToHexString("head"u8));
            await Assert.That(PrivateDirectory.Read(folder, "name"u8, head, 5)).IsNull();
            await Assert.That(Directory.GetFileSystemEntries(folder).Length).IsEqualTo(1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
