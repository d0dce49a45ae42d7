namespace Kist.Linux;

/// <summary>bpf(2), as much of it as a device filter needs.</summary>
public static unsafe class Bpf
{
    const int BPF_PROG_LOAD = 5, BPF_PROG_ATTACH = 8, BPF_PROG_TYPE_CGROUP_DEVICE = 15, BPF_CGROUP_DEVICE = 6, BPF_F_ALLOW_MULTI = 2;

    /// <summary>Loads a program of type BPF_PROG_TYPE_CGROUP_DEVICE and attaches it beside those that are there.</summary>
    /// <param name="cgroup">A descriptor of the cgroup's directory.</param>
    /// <param name="program">Instructions of eight bytes.</param>
    public static Errno AttachDeviceProgram(int cgroup, ReadOnlySpan<ulong> program)
    {
        ulong* load = stackalloc ulong[16];
        new Span<ulong>(load, 16).Clear();
        long descriptor;
        fixed (ulong* first = program)
        fixed (byte* licence = "Apache-2.0\0"u8)
        {
            load[0] = BPF_PROG_TYPE_CGROUP_DEVICE | (ulong)program.Length << 32;
            load[1] = (ulong)first;
            load[2] = (ulong)licence;
            // The verifier gives up when a signal arrives, such as a child's end.
            int attempts = 0;
            do descriptor = Kernel.Block(SystemCall.bpf, BPF_PROG_LOAD, (nint)load, 128);
            while (descriptor == -(long)Errno.EAGAIN && ++attempts < 16);
        }
        if (descriptor < 0) return (Errno)(int)-descriptor;
        uint* attach = stackalloc uint[5] { (uint)cgroup, (uint)descriptor, BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI, 0 };
        long result = Kernel.Block(SystemCall.bpf, BPF_PROG_ATTACH, (nint)attach, 20);
        Kernel.Close((int)descriptor);
        return result < 0 ? (Errno)(int)-result : Errno.None;
    }
}
