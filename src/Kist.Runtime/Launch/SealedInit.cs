using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kist.Linux;

namespace Kist.Runtime.Launch;

/// <summary>
/// kist-init as a file that nobody can write to, the container included: what /proc/1/exe shows there is this copy
/// (CVE-2019-5736).
/// </summary>
static unsafe partial class SealedInit
{
    [LibraryImport("kistnative", EntryPoint = "kist_init_image"), SuppressGCTransition]
    private static partial byte* LinkedImage(long* size);

    /// <summary>The bytes: linked in, or where this assembly is compiled just in time its resource.</summary>
    internal static ReadOnlySpan<byte> Image()
    {
        if (RuntimeFeature.IsDynamicCodeSupported)
        {
            var resource = (UnmanagedMemoryStream)typeof(SealedInit).Assembly.GetManifestResourceStream("kist-init")!;
            return new(resource.PositionPointer, (int)resource.Length);
        }
        long size;
        byte* first = LinkedImage(&size);
        return new(first, (int)size);
    }

    /// <summary>A descriptor to execute; the caller closes it.</summary>
    /// <exception cref="KistException">This host forbids memfds that can be executed.</exception>
    public static int Create()
    {
        int file = Kernel.MemfdCreate("kist-init\0"u8, Kernel.MFD_CLOEXEC | Kernel.MFD_ALLOW_SEALING | Kernel.MFD_EXEC);
        if (file == -(int)Errno.EINVAL) file = Kernel.MemfdCreate("kist-init\0"u8, Kernel.MFD_CLOEXEC | Kernel.MFD_ALLOW_SEALING);   // before Linux 6.3
        if (file == -(int)Errno.EACCES) return OnTmpfs();   // vm.memfd_noexec is 2: no memfd may be executed
        if (file < 0) throw new KistException($"cannot make kist-init: memfd_create: {((Errno)(-file)).Describe()}");
        long written = Kernel.Write(file, Image());
        int seals = written < 0 ? (int)written : Kernel.Fcntl(file, Kernel.F_ADD_SEALS, Kernel.F_SEAL_SEAL | Kernel.F_SEAL_SHRINK | Kernel.F_SEAL_GROW | Kernel.F_SEAL_WRITE);
        if (seals >= 0) return file;
        Kernel.Close(file);
        throw new KistException($"cannot make kist-init: {((Errno)(-seals)).Describe()}");
    }

    // Where memfds may not be executed: a tmpfs that is attached nowhere, and read-only in its superblock, so that no clone of the
    // mount can be made writable again.
    static int OnTmpfs()
    {
        const string advice = "this host forbids executable memfds (sysctl vm.memfd_noexec is 2), and only root can do without; set vm.memfd_noexec to 1 or 0";
        int mount = Kernel.MountDetached("tmpfs", [("source", "kist"), ("size", "1m"), ("mode", "755")], [], MountAttribute.MOUNT_ATTR_NOSUID | MountAttribute.MOUNT_ATTR_NODEV, out _);
        if (mount < 0) throw new KistException($"cannot make kist-init: {advice}: {((Errno)(-mount)).Describe()}");
        int result = Kernel.WriteFile(mount, "kist-init", Image(), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0x1ED);
        if (result >= 0) result = Kernel.MakeReadOnly(mount);
        if (result >= 0) result = Kernel.OpenAt(mount, "kist-init", OpenFlags.O_PATH);
        Kernel.Close(mount);
        return result >= 0 ? result : throw new KistException($"cannot make kist-init: {advice}: {((Errno)(-result)).Describe()}");
    }
}
