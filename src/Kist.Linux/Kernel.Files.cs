using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

[module: SkipLocalsInit]

namespace Kist.Linux;

// Files: each method is one system call under its manual page's name, and returns its result or -errno.
public static unsafe partial class Kernel
{
    /// <summary>The working directory, in place of a directory's descriptor (openat(2)).</summary>
    public const int AT_FDCWD = -100;
    public const int AT_REMOVEDIR = 0x200, AT_EMPTY_PATH = 0x1000, AT_SYMLINK_NOFOLLOW = 0x100;
    public const int LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8;
    internal const int PathMaximum = 4096;

    /// <summary>openat(2), always with O_CLOEXEC.</summary>
    public static int OpenAt(int directory, ReadOnlySpan<char> path, OpenFlags flags, uint mode = 0)
    {
        byte* name = stackalloc byte[PathMaximum];
        return Encode(path, name) is < 0 and int error ? error : (int)Block(SystemCall.openat, directory, (nint)name, (nint)(flags | OpenFlags.O_CLOEXEC), (nint)mode);
    }

    /// <summary>close(2).</summary>
    public static void Close(int descriptor)
    {
        if (descriptor >= 0) _ = Call(SystemCall.close, descriptor);
    }

    /// <summary>read(2), again after EINTR.</summary>
    public static long Read(int descriptor, Span<byte> buffer)
    {
        long result;
        fixed (byte* start = buffer)
            do result = Block(SystemCall.read, descriptor, (nint)start, buffer.Length); while (result == -(long)Errno.EINTR);
        return result;
    }

    /// <summary>write(2), again after EINTR, until all is written.</summary>
    public static long Write(int descriptor, ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            for (long written = 0; written < data.Length;)
            {
                long result = Block(SystemCall.write, descriptor, (nint)(start + written), (nint)(data.Length - written));
                if (result == -(long)Errno.EINTR) continue;
                if (result < 0) return result;
                written += result;
            }
        }
        return data.Length;
    }

    /// <summary>Reads a file to its end: of procfs or cgroupfs, where sizes say nothing.</summary>
    /// <returns>The bytes, or null with the errno.</returns>
    public static byte[]? ReadFile(int directory, ReadOnlySpan<char> path, out Errno error, int limit = 16 << 20)
    {
        int file = OpenAt(directory, path, OpenFlags.O_RDONLY);
        error = file < 0 ? (Errno)(-file) : Errno.None;
        if (file < 0) return null;
        byte[] buffer = new byte[4096];
        int length = 0;
        for (; ; )
        {
            long result = Read(file, buffer.AsSpan(length));
            if (result < 0) error = (Errno)(int)-result;
            if (result <= 0) break;
            length += (int)result;
            if (length < buffer.Length) continue;
            if (length >= limit) { error = Errno.EFBIG; break; }
            Array.Resize(ref buffer, length * 2);
        }
        Close(file);
        return error == Errno.None ? buffer[..length] : null;
    }

    /// <summary>open, write(2) of the whole text in one call, close: how procfs and cgroupfs want it.</summary>
    public static int WriteFile(int directory, ReadOnlySpan<char> path, ReadOnlySpan<byte> text, OpenFlags flags = OpenFlags.O_WRONLY, uint mode = 0)
    {
        int file = OpenAt(directory, path, flags, mode);
        if (file < 0) return file;
        long written = Write(file, text);
        Close(file);
        return written < 0 ? (int)written : 0;
    }

    /// <summary>mkdirat(2).</summary>
    public static int MkdirAt(int directory, ReadOnlySpan<char> path, uint mode)
    {
        byte* name = stackalloc byte[PathMaximum];
        return Encode(path, name) is < 0 and int error ? error : (int)Block(SystemCall.mkdirat, directory, (nint)name, (nint)mode);
    }

    /// <summary>unlinkat(2); AT_REMOVEDIR removes an empty directory.</summary>
    public static int UnlinkAt(int directory, ReadOnlySpan<char> path, int flags = 0)
    {
        byte* name = stackalloc byte[PathMaximum];
        return Encode(path, name) is < 0 and int error ? error : (int)Block(SystemCall.unlinkat, directory, (nint)name, flags);
    }

    /// <summary>renameat2(2).</summary>
    public static int RenameAt(int fromDirectory, ReadOnlySpan<char> from, int toDirectory, ReadOnlySpan<char> to, uint flags = 0)
    {
        byte* first = stackalloc byte[PathMaximum], second = stackalloc byte[PathMaximum];
        if (Encode(from, first) is < 0 and int error) return error;
        if (Encode(to, second) is < 0 and int other) return other;
        return (int)Block(SystemCall.renameat2, fromDirectory, (nint)first, toDirectory, (nint)second, (nint)flags);
    }

    /// <summary>symlinkat(2).</summary>
    public static int SymlinkAt(ReadOnlySpan<char> target, int directory, ReadOnlySpan<char> path)
    {
        byte* first = stackalloc byte[PathMaximum], second = stackalloc byte[PathMaximum];
        if (Encode(target, first) is < 0 and int error) return error;
        if (Encode(path, second) is < 0 and int other) return other;
        return (int)Block(SystemCall.symlinkat, (nint)first, directory, (nint)second);
    }

    /// <summary>readlinkat(2).</summary>
    /// <returns>The link's target, or null with the errno.</returns>
    public static string? ReadLinkAt(int directory, ReadOnlySpan<char> path, out Errno error)
    {
        byte* name = stackalloc byte[PathMaximum], target = stackalloc byte[PathMaximum];
        long result = Encode(path, name);
        if (result >= 0) result = Block(SystemCall.readlinkat, directory, (nint)name, (nint)target, PathMaximum);
        error = result < 0 ? (Errno)(int)-result : Errno.None;
        return result < 0 ? null : Encoding.UTF8.GetString(target, (int)result);
    }

    /// <summary>flock(2).</summary>
    public static int Flock(int descriptor, int operation)
    {
        long result;
        do result = Block(SystemCall.flock, descriptor, operation); while (result == -(long)Errno.EINTR);
        return (int)result;
    }

    /// <summary>fchownat(2).</summary>
    public static int FchownAt(int directory, ReadOnlySpan<char> path, uint uid, uint gid, int flags = 0)
    {
        byte* name = stackalloc byte[PathMaximum];
        return Encode(path, name) is < 0 and int error ? error : (int)Block(SystemCall.fchownat, directory, (nint)name, (nint)uid, (nint)gid, flags);
    }

    /// <summary>statx(2) of a path.</summary>
    public static Errno Stat(int directory, ReadOnlySpan<char> path, out FileStatus status, bool follow = true)
    {
        byte* name = stackalloc byte[PathMaximum];
        byte* buffer = stackalloc byte[256];
        long result = Encode(path, name);
        if (result >= 0) result = Block(SystemCall.statx, directory, (nint)name, path.IsEmpty ? AT_EMPTY_PATH : follow ? 0 : AT_SYMLINK_NOFOLLOW, 0x7FF, (nint)buffer);
        if (result < 0)
        {
            status = default;
            return (Errno)(int)-result;
        }
        ushort mode = *(ushort*)(buffer + 28);
        status = new((FileType)(mode & 0xF000), mode & 0xFFFu, *(uint*)(buffer + 20), *(uint*)(buffer + 24), *(long*)(buffer + 40)) { Links = *(uint*)(buffer + 16) };
        return Errno.None;
    }

    /// <summary>The filesystem's magic number, statfs(2), or -errno.</summary>
    public static long FilesystemType(ReadOnlySpan<char> path)
    {
        byte* name = stackalloc byte[PathMaximum];
        long* status = stackalloc long[15];
        if (Encode(path, name) is < 0 and int error) return error;
        long result = Block(SystemCall.statfs, (nint)name, (nint)status);
        return result < 0 ? result : status[0];
    }

    /// <summary>Blocks of <paramref name="blockSize"/> bytes that are left to anybody, fstatfs(2).</summary>
    public static int FreeSpace(int descriptor, out long blockSize, out long blocks, out long free)
    {
        long* status = stackalloc long[15];
        long result = Block(SystemCall.fstatfs, descriptor, (nint)status);
        (blockSize, blocks, free) = result < 0 ? (0, 0, 0) : (status[1], status[2], status[4]);
        return (int)result;
    }

    /// <summary>The name of the working directory, getcwd(2).</summary>
    public static string? WorkingDirectory(out Errno error)
    {
        byte* buffer = stackalloc byte[PathMaximum];
        long result = Call(SystemCall.getcwd, (nint)buffer, PathMaximum);
        error = result < 0 ? (Errno)(int)-result : Errno.None;
        return result < 0 ? null : Encoding.UTF8.GetString(buffer, (int)result - 1);
    }

    /// <summary>Every name in a directory but "." and "..".</summary>
    public static Errno List(int directory, List<string> names)
    {
        const int size = 8192;
        byte* buffer = stackalloc byte[size];
        long length;
        while ((length = Block(SystemCall.getdents64, directory, (nint)buffer, size)) > 0)
        {
            for (byte* entry = buffer; entry < buffer + length; entry += *(ushort*)(entry + 16))
            {
                ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + 19);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8)) names.Add(Encoding.UTF8.GetString(name));
            }
        }
        return length < 0 ? (Errno)(int)-length : Errno.None;
    }

    /// <summary>UTF-8 with a zero byte after it; ENAMETOOLONG, or EINVAL for a zero within.</summary>
    internal static int Encode(ReadOnlySpan<char> path, byte* name)
    {
        if (!Encoding.UTF8.TryGetBytes(path, new Span<byte>(name, PathMaximum - 1), out int length)) return -(int)Errno.ENAMETOOLONG;
        name[length] = 0;
        return path.Contains('\0') ? -(int)Errno.EINVAL : length;
    }

    /// <summary>Whether the kernel knows open_tree_attr(2), Linux 6.15: a call with a bad descriptor tells.</summary>
    public static bool HasOpenTreeAttr() => Call(SystemCall.open_tree_attr, -1) != -(long)Errno.ENOSYS;
}
