using System.Runtime.InteropServices;

namespace Kist.Init;

static unsafe class Network
{
    const int AF_INET = 2, SOCK_DGRAM_CLOEXEC = 2 | 0x80000, SIOCSIFFLAGS = 0x8914;
    const short IFF_UP = 1;

    /// <summary>ifreq, netdevice(7).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    struct InterfaceRequest { [FieldOffset(0)] public ushort Name; [FieldOffset(16)] public short Flags; }

    public static long LoopbackUp()
    {
        long socket = Kernel.Call(SystemCall.socket, AF_INET, SOCK_DGRAM_CLOEXEC);
        if (socket < 0) return socket;
        InterfaceRequest request = new() { Name = 'l' | 'o' << 8, Flags = IFF_UP };
        long result = Kernel.Call(SystemCall.ioctl, socket, SIOCSIFFLAGS, (long)&request);
        Kernel.Call(SystemCall.close, socket);
        return result;
    }
}
