using System.Text;

namespace Kist.Linux;

// What is asked of the machine, rather than of a file: randomness, its name, its devices.
public static unsafe partial class Kernel
{
    /// <summary>getrandom(2).</summary>
    public static long GetRandom(Span<byte> buffer)
    {
        fixed (byte* start = buffer) return Call(SystemCall.getrandom, (nint)start, buffer.Length);
    }

    /// <summary>The machine's name in this process's UTS namespace, uname(2).</summary>
    public static string HostName()
    {
        byte* names = stackalloc byte[6 * 65];
        return Call(SystemCall.uname, (nint)names) < 0 ? "localhost" : Encoding.UTF8.GetString(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(names + 65));
    }

    /// <summary>Which device a special file stands for, statx(2); a symbolic link is followed.</summary>
    public static Errno DeviceOf(ReadOnlySpan<char> path, out uint major, out uint minor, out FileStatus status)
    {
        byte* name = stackalloc byte[PathMaximum];
        byte* buffer = stackalloc byte[256];
        long result = Encode(path, name);
        if (result >= 0) result = Block(SystemCall.statx, AT_FDCWD, (nint)name, 0, 0x7FF, (nint)buffer);
        (major, minor, status) = (0, 0, default);
        if (result < 0) return (Errno)(int)-result;
        // struct statx: mode at 28, stx_rdev_major at 128.
        ushort mode = *(ushort*)(buffer + 28);
        status = new((FileType)(mode & 0xF000), mode & 0xFFFu, *(uint*)(buffer + 20), *(uint*)(buffer + 24), *(long*)(buffer + 40));
        (major, minor) = (*(uint*)(buffer + 128), *(uint*)(buffer + 132));
        return Errno.None;
    }
}
