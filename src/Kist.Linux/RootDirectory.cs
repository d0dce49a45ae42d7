using System.Runtime.InteropServices;
using System.Text;

namespace Kist.Linux;

/// <summary>
/// A root filesystem, looked at from outside. Every path is resolved by openat2(2) as if the directory were "/": neither "..",
/// nor a symbolic link, nor a magic link of /proc leads out of it. Nothing throws; a method returns the errno.
/// </summary>
public sealed unsafe class RootDirectory : SafeHandle
{
    const int AT_FDCWD = -100;
    const ulong RESOLVE_NO_MAGICLINKS = 2, RESOLVE_IN_ROOT = 0x10;
    const long ST_NOEXEC = 8;
    const int PathMaximum = 4096;
    /// <summary>openat2 gives up with EAGAIN when a rename elsewhere might have let ".." escape.</summary>
    const int Attempts = 64;

    /// <summary>Takes over a descriptor of a directory (O_PATH is enough).</summary>
    public RootDirectory(int descriptor) : base(-1, ownsHandle: true) => SetHandle(descriptor);

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <summary>The directory's descriptor; it stays this object's.</summary>
    public int Descriptor => (int)handle;

    /// <summary>Opens a directory of the host's, following links.</summary>
    /// <returns>None, or why not: ENOENT, ENOTDIR, EACCES, …</returns>
    public static Errno Open(string path, out RootDirectory root)
    {
        byte* name = stackalloc byte[PathMaximum];
        if (!Encode(path, name, out Errno error))
        {
            root = new RootDirectory(-1);
            return error;
        }
        long result = Kernel.Call(SystemCall.openat, AT_FDCWD, (nint)name, (nint)(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC));
        root = new RootDirectory((int)long.Max(result, -1));
        return ErrorOf(result);
    }

    /// <summary>openat2(2) inside this root; O_CLOEXEC and O_NOCTTY are always added.</summary>
    /// <param name="path">Absolute or relative: both start at this root.</param>
    /// <param name="flags">Of open(2). Without O_PATH add O_NONBLOCK, or a FIFO in the root filesystem blocks the caller.</param>
    /// <returns>A descriptor that the caller closes, or -errno.</returns>
    public int OpenAt(string path, OpenFlags flags)
    {
        byte* name = stackalloc byte[PathMaximum];
        if (!Encode(path, name, out Errno error))
            return -(int)error;
        OpenFlags unneeded = (flags & OpenFlags.O_PATH) != 0 ? 0 : OpenFlags.O_NOCTTY;
        OpenHow how = new() { Flags = (ulong)(flags | OpenFlags.O_CLOEXEC | unneeded), Resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
        long result = -(int)Errno.EAGAIN;
        for (int attempt = 0; attempt < Attempts && result == -(int)Errno.EAGAIN; attempt++)
            result = Kernel.Call(SystemCall.openat2, handle, (nint)name, (nint)(&how), sizeof(OpenHow));
        return (int)result;
    }

    /// <summary>Reads a regular file; anything else is EINVAL (a directory EISDIR).</summary>
    /// <param name="path">Inside this root.</param>
    /// <param name="limit">Bytes at most; what is beyond is not read.</param>
    /// <param name="content">What was read; empty on error.</param>
    public Errno ReadFile(string path, int limit, out byte[] content)
    {
        content = [];
        // First by O_PATH: opening a device for reading may already do something.
        Errno error = Stat(path, out FileStatus status);
        if (error == Errno.None && status.Type != FileType.Regular)
            error = status.Type == FileType.Directory ? Errno.EISDIR : Errno.EINVAL;
        if (error != Errno.None)
            return error;
        int file = OpenAt(path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK);
        if (file < 0)
            return (Errno)(-file);
        // And again what was opened, which another process may have exchanged.
        error = StatDescriptor(file, out status);
        if (error == Errno.None)
            error = status.Type == FileType.Regular ? ReadAll(file, limit, status.Size, out content) : Errno.EINVAL;
        Close(file);
        return error;
    }

    /// <summary>statx(2).</summary>
    /// <param name="path">Inside this root.</param>
    /// <param name="status">What the file is.</param>
    /// <param name="follow">Whether a symbolic link at the end of the path is followed.</param>
    public Errno Stat(string path, out FileStatus status, bool follow = true)
    {
        status = default;
        int file = OpenAt(path, OpenFlags.O_PATH | (follow ? 0 : OpenFlags.O_NOFOLLOW));
        if (file < 0)
            return (Errno)(-file);
        Errno error = StatDescriptor(file, out status);
        Close(file);
        return error;
    }

    /// <summary>Whether something is there; a symbolic link that leads nowhere is not.</summary>
    public bool Exists(string path) => Stat(path, out _) == Errno.None;

    /// <summary>Whether the file lies on a filesystem that is mounted noexec, statfs(2); false when that cannot be found out.</summary>
    public bool IsNoExec(string path)
    {
        int file = OpenAt(path, OpenFlags.O_PATH);
        if (file < 0)
            return false;
        // struct statfs of 64-bit machines: f_flags is the eleventh word.
        long* status = stackalloc long[15];
        long result = Kernel.Call(SystemCall.fstatfs, file, (nint)status);
        Close(file);
        return result == 0 && (status[10] & ST_NOEXEC) != 0;
    }

    /// <summary>Where a symbolic link points, readlinkat(2), as it is written there.</summary>
    public Errno ReadLink(string path, out string target)
    {
        target = "";
        int link = OpenAt(path, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW);
        if (link < 0)
            return (Errno)(-link);
        byte* buffer = stackalloc byte[PathMaximum];
        byte empty = 0;
        long length = Kernel.Call(SystemCall.readlinkat, link, (nint)(&empty), (nint)buffer, PathMaximum);
        Close(link);
        if (length > 0)
            target = Encoding.UTF8.GetString(buffer, (int)length);
        return ErrorOf(length);
    }

    /// <summary>The names in a directory, without "." and "..", in the filesystem's order.</summary>
    public Errno List(string path, List<string> names)
    {
        int directory = OpenAt(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        if (directory < 0)
            return (Errno)(-directory);
        const int size = 8192;
        byte* buffer = stackalloc byte[size];
        long length;
        while ((length = Kernel.Call(SystemCall.getdents64, directory, (nint)buffer, size)) > 0)
        {
            // struct linux_dirent64: inode, offset, record length (16), type (18), name (19).
            for (byte* entry = buffer; entry < buffer + length; entry += *(ushort*)(entry + 16))
            {
                ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + 19);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    names.Add(Encoding.UTF8.GetString(name));
            }
        }
        Close(directory);
        return ErrorOf(length);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Close((int)handle);
        return true;
    }

    static Errno ReadAll(int file, int limit, long expected, out byte[] content)
    {
        // Files of procfs say that they are empty: room for a page, and more as it comes.
        byte[] buffer = new byte[(int)long.Clamp(expected, long.Min(4096, limit), limit)];
        int length = 0;
        while (true)
        {
            if (length == buffer.Length && length < limit)
                Array.Resize(ref buffer, (int)long.Min(limit, length * 2L + 1));
            if (length == buffer.Length)
                break;
            long result;
            fixed (byte* start = buffer)
                result = Kernel.Block(SystemCall.read, file, (nint)(start + length), buffer.Length - length);
            if (result == -(int)Errno.EINTR)
                continue;
            if (result < 0)
            {
                content = [];
                return ErrorOf(result);
            }
            if (result == 0)
                break;
            length += (int)result;
        }
        content = length == buffer.Length ? buffer : buffer[..length];
        return Errno.None;
    }

    static Errno StatDescriptor(int file, out FileStatus status) => Kernel.Stat(file, "", out status);

    static bool Encode(string path, byte* name, out Errno error)
    {
        int length = 0;
        error = path.Contains('\0') ? Errno.EINVAL
            : Encoding.UTF8.TryGetBytes(path, new Span<byte>(name, PathMaximum - 1), out length) ? Errno.None : Errno.ENAMETOOLONG;
        if (error == Errno.None)
            name[length] = 0;
        return error == Errno.None;
    }

    static void Close(int file) => Kernel.Close(file);

    static Errno ErrorOf(long result) => result < 0 ? (Errno)(int)-result : Errno.None;

    /// <summary>open_how, openat2(2).</summary>
    struct OpenHow
    {
        public ulong Flags, Mode, Resolve;
    }
}
