using System.Runtime.InteropServices;

namespace Kist.Linux;

/// <summary>How a process ended: its exit status, or the signal that killed it (the other is 0).</summary>
public readonly record struct ProcessEnd(int Status, int Signal)
{
    /// <summary>As a shell says it: the status, or 128 and the signal's number.</summary>
    public int ExitCode => Signal == 0 ? Status : 128 + Signal;
}

/// <summary>A process by its descriptor, pidfd_open(2): no other process can take its place as with a number.</summary>
public static unsafe class Pidfd
{
    const int P_PIDFD = 3, WEXITED = 4;
    const int CLD_EXITED = 1;

    /// <summary>pidfd_open(2).</summary>
    public static int Open(int process) => (int)Kernel.Call(SystemCall.pidfd_open, process);

    /// <summary>pidfd_getfd(2): a copy of one of its descriptors.</summary>
    public static int GetDescriptor(int pidfd, int descriptor) => (int)Kernel.Call(SystemCall.pidfd_getfd, pidfd, descriptor);

    /// <summary>pidfd_send_signal(2). ESRCH: it has ended and was waited for.</summary>
    public static long SendSignal(int pidfd, int signal) => Kernel.Call(SystemCall.pidfd_send_signal, pidfd, signal);

    /// <summary>waitid(2): waits for the end of a child and reaps it.</summary>
    /// <returns>0 or -errno: ECHILD when it is no child of this process.</returns>
    public static long Wait(int pidfd, out ProcessEnd end)
    {
        SignalInformation information = default;
        long result;
        do
            result = Kernel.Block(SystemCall.waitid, P_PIDFD, pidfd, (nint)(&information), WEXITED);
        while (result == -(int)Errno.EINTR);
        end = information.Code == CLD_EXITED ? new ProcessEnd(information.Status, 0) : new ProcessEnd(0, information.Status);
        return result;
    }

    /// <summary>siginfo_t of 64-bit machines, as SIGCHLD fills it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    struct SignalInformation
    {
        [FieldOffset(8)] public int Code;
        [FieldOffset(24)] public int Status;
    }
}
