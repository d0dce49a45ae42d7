using System.Buffers.Binary;
using System.Text;

namespace Kist.Linux;

/// <summary>
/// Files that only we may have written: directory and file belong to the effective user, nobody else may write to them, and
/// neither is a symbolic link. Whatever is otherwise counts as absent.
/// </summary>
public static unsafe class PrivateDirectory
{
    const int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_EMPTY_PATH = 0x1000;
    const int STATX_BASIC_STATS = 0x7FF, StatxSize = 256;
    const int OthersMayWrite = 0x12;
    const int PathMaximum = 4096;

    /// <summary>Reads a file that begins with a head of a fixed length.</summary>
    /// <param name="directory">Absolute path.</param>
    /// <param name="name">Of a file in it.</param>
    /// <param name="head">Filled completely.</param>
    /// <param name="maximum">Bytes that may follow the head.</param>
    /// <returns>What follows the head; null if there is no such file, it is not ours alone, or it has another size.</returns>
    public static byte[]? Read(string directory, ReadOnlySpan<byte> name, Span<byte> head, int maximum)
    {
        byte* path = stackalloc byte[PathMaximum];
        byte* status = stackalloc byte[StatxSize];
        int length = Encode(directory, name.Length + 2, path);
        if (length < 0)
            return null;
        uint user = (uint)Kernel.Call(SystemCall.geteuid);
        long result = Kernel.Call(SystemCall.statx, AT_FDCWD, (nint)path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, (nint)status);
        if (result < 0 || !IsOurs(status, FileType.Directory, user))
            return null;
        path[length] = (byte)'/';
        name.CopyTo(new Span<byte>(path + length + 1, name.Length));
        path[length + 1 + name.Length] = 0;
        // O_NONBLOCK: a FIFO in its place must not hold us up.
        long file = Kernel.Call(SystemCall.openat, AT_FDCWD, (nint)path, (nint)(OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK));
        if (file < 0)
            return null;
        byte[]? content = ReadOpen((int)file, head, maximum, status, user);
        _ = Kernel.Call(SystemCall.close, (nint)file);
        return content;
    }

    /// <summary>Writes a file anew, so that a reader sees the old one or the whole new one. Makes the directory, and its parent, with mode 0700.</summary>
    /// <returns>0 or -errno; EPERM if the directory is not ours alone.</returns>
    public static int Write(string directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> head, ReadOnlySpan<byte> content)
    {
        byte* path = stackalloc byte[PathMaximum];
        byte* status = stackalloc byte[StatxSize];
        int length = Encode(directory, 1, path);
        if (length < 0)
            return length;
        if (Kernel.Call(SystemCall.mkdirat, AT_FDCWD, (nint)path, 0x1C0) == -(int)Errno.ENOENT)
        {
            int parent = new ReadOnlySpan<byte>(path, length).LastIndexOf((byte)'/');
            if (parent > 0)
            {
                path[parent] = 0;
                _ = Kernel.Call(SystemCall.mkdirat, AT_FDCWD, (nint)path, 0x1C0);
                path[parent] = (byte)'/';
            }
            _ = Kernel.Call(SystemCall.mkdirat, AT_FDCWD, (nint)path, 0x1C0);
        }
        int folder = (int)Kernel.Call(SystemCall.openat, AT_FDCWD, (nint)path,
            (nint)(OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC));
        if (folder < 0)
            return folder;
        int error = Status(folder, status);
        if (error == 0)
            error = IsOurs(status, FileType.Directory, (uint)Kernel.Call(SystemCall.geteuid)) ? Replace(folder, name, head, content) : -(int)Errno.EPERM;
        _ = Kernel.Call(SystemCall.close, folder);
        return error;
    }

    static int Replace(int folder, ReadOnlySpan<byte> name, ReadOnlySpan<byte> head, ReadOnlySpan<byte> content)
    {
        Span<byte> final = stackalloc byte[name.Length + 1];
        name.CopyTo(final);
        final[^1] = 0;
        Span<byte> random = stackalloc byte[8];
        Span<byte> temporary = stackalloc byte[4 + 16 + 1];
        fixed (byte* start = random, target = final, source = temporary)
        {
            _ = Kernel.Call(SystemCall.getrandom, (nint)start, random.Length, 0);
            ".new"u8.CopyTo(temporary);
            _ = Convert.TryToHexStringLower(random, temporary[4..], out _);
            temporary[^1] = 0;
            int file = (int)Kernel.Call(SystemCall.openat, folder, (nint)source,
                (nint)(OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC), 0x180);
            if (file < 0)
                return file;
            int error = WriteAll(file, head);
            if (error == 0)
                error = WriteAll(file, content);
            _ = Kernel.Call(SystemCall.close, file);
            if (error == 0)
                error = (int)Kernel.Call(SystemCall.renameat2, folder, (nint)source, folder, (nint)target, 0);
            if (error < 0)
                _ = Kernel.Call(SystemCall.unlinkat, folder, (nint)source, 0);
            return error;
        }
    }

    static byte[]? ReadOpen(int file, Span<byte> head, int maximum, byte* status, uint user)
    {
        if (Status(file, status) < 0 || !IsOurs(status, FileType.Regular, user))
            return null;
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(status + 40, 8));
        if (size < (uint)head.Length || size - (uint)head.Length > (uint)maximum)
            return null;
        byte[] content = GC.AllocateUninitializedArray<byte>((int)size - head.Length);
        fixed (byte* first = head, second = content)
            return Kernel.Call(SystemCall.read, file, (nint)first, head.Length) == head.Length
                && Kernel.Call(SystemCall.read, file, (nint)second, content.Length) == content.Length ? content : null;
    }

    static int WriteAll(int file, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            long written = Kernel.Call(SystemCall.write, file, (nint)start, bytes.Length);
            return written == bytes.Length ? 0 : written < 0 ? (int)written : -(int)Errno.ENOSPC;
        }
    }

    static int Status(int descriptor, byte* status)
    {
        byte empty = 0;
        return (int)Kernel.Call(SystemCall.statx, descriptor, (nint)(&empty), AT_EMPTY_PATH, STATX_BASIC_STATS, (nint)status);
    }

    /// <summary>By struct statx, whose layout is the same on every architecture: uid at 20, mode at 28, size at 40.</summary>
    static bool IsOurs(byte* status, FileType type, uint user)
    {
        uint mode = BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(status + 28, 2));
        return (mode & 0xF000) == (uint)type && (mode & OthersMayWrite) == 0
            && BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(status + 20, 4)) == user;
    }

    /// <summary>Bytes without the final NUL, or -errno.</summary>
    static int Encode(string directory, int room, byte* path)
    {
        if (directory.Contains('\0') || !Encoding.UTF8.TryGetBytes(directory, new Span<byte>(path, PathMaximum - room), out int length))
            return -(int)Errno.ENAMETOOLONG;
        path[length] = 0;
        return length;
    }
}
