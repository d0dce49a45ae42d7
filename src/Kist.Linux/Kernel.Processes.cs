namespace Kist.Linux;

// Processes, memory and sockets between them.
public static unsafe partial class Kernel
{
    public const uint MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2, MFD_EXEC = 16;
    public const int F_SETFD = 2, F_ADD_SEALS = 1033;
    public const int F_SEAL_SEAL = 1, F_SEAL_SHRINK = 2, F_SEAL_GROW = 4, F_SEAL_WRITE = 8;
    public const int PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1;
    public const int SIGHUP = 1, SIGINT = 2, SIGKILL = 9, SIGTERM = 15, SIGCHLD = 17;

    /// <summary>memfd_create(2).</summary>
    public static int MemfdCreate(ReadOnlySpan<byte> name, uint flags)
    {
        fixed (byte* start = name) return (int)Call(SystemCall.memfd_create, (nint)start, (nint)flags);
    }

    /// <summary>fcntl(2).</summary>
    public static int Fcntl(int descriptor, int command, int argument) => (int)Call(SystemCall.fcntl, descriptor, command, argument);

    /// <summary>ftruncate(2).</summary>
    public static int Ftruncate(int descriptor, long size) => (int)Call(SystemCall.ftruncate, descriptor, (nint)size);

    /// <summary>mmap(2) of a file from its start, shared.</summary>
    /// <returns>The address, or -errno.</returns>
    public static long MapShared(int descriptor, long size) => Call(SystemCall.mmap, 0, (nint)size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor);

    /// <summary>munmap(2).</summary>
    public static void Unmap(nint address, long size) => _ = Call(SystemCall.munmap, address, (nint)size);

    /// <summary>socketpair(2): two connected Unix stream sockets, closed by execve(2).</summary>
    public static int SocketPair(out int first, out int second)
    {
        const int AF_UNIX = 1, SOCK_STREAM_CLOEXEC = 1 | 0x80000;
        int* pair = stackalloc int[2];
        long result = Call(SystemCall.socketpair, AF_UNIX, SOCK_STREAM_CLOEXEC, 0, (nint)pair);
        (first, second) = result < 0 ? (-1, -1) : (pair[0], pair[1]);
        return (int)result;
    }

    /// <summary>Sends one byte and descriptors (SCM_RIGHTS, unix(7)); at most 250 of them.</summary>
    public static long SendDescriptors(int socket, byte message, ReadOnlySpan<int> descriptors)
    {
        byte* control = stackalloc byte[16 + 250 * sizeof(int)];
        *(ulong*)control = 16 + (ulong)descriptors.Length * sizeof(int);
        *(int*)(control + 8) = 1;    // SOL_SOCKET
        *(int*)(control + 12) = 1;   // SCM_RIGHTS
        descriptors.CopyTo(new Span<int>(control + 16, 250));
        nint* vector = stackalloc nint[2] { (nint)(&message), 1 };
        nint* header = stackalloc nint[7] { 0, 0, (nint)vector, 1, (nint)control, (nint)(16 + (descriptors.Length * sizeof(int) + 7 & ~7)), 0 };
        return Block(SystemCall.sendmsg, socket, (nint)header, 0x4000);   // MSG_NOSIGNAL
    }

    /// <summary>Ends the process at once, without the runtime's own closing work.</summary>
    public static void Exit(int status) => _ = Call(SystemCall.exit_group, status);

    public static uint GetEuid() => (uint)Call(SystemCall.geteuid);

    public static uint GetEgid() => (uint)Call(SystemCall.getegid);

    public static int GetPid() => (int)Call(SystemCall.getpid);

    /// <summary>prctl(2).</summary>
    public static int Prctl(int option, nint argument = 0, nint second = 0) => (int)Call(SystemCall.prctl, option, argument, second);

    /// <summary>The permitted capabilities of this process, capget(2).</summary>
    public static ulong PermittedCapabilities()
    {
        ulong header = 0x20080522;
        uint* data = stackalloc uint[6];
        return Call(SystemCall.capget, (nint)(&header), (nint)data) < 0 ? 0 : data[1] | (ulong)data[4] << 32;
    }

    /// <summary>The kernel's release, uname(2): "6.18.44-…".</summary>
    public static string Release()
    {
        byte* names = stackalloc byte[6 * 65];
        return Call(SystemCall.uname, (nint)names) < 0 ? "" : System.Text.Encoding.UTF8.GetString(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(names + 2 * 65));
    }
}
