using System.Runtime.InteropServices;

namespace Kist.Init;

/// <summary>--init: process 1 stays to reap what is orphaned and to pass signals on.</summary>
static unsafe class Supervisor
{
    const int WNOHANG = 1, FUTEX_WAIT = 0, FUTEX_WAKE = 1, TIOCSPGRP = 0x5410, SI_KERNEL = 0x80;
    const int SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGSEGV = 11, SIGTSTP = 20, SIGTTIN = 21, SIGTTOU = 22;

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    struct SignalInformation { [FieldOffset(0)] public int Number; [FieldOffset(8)] public int Code; }

    public static long Fork(in PlanStep step)
    {
        // Blocked before the child is there, so that no signal falls between.
        ulong all = ~(1ul << SIGSEGV - 1 | 1ul << SIGBUS - 1 | 1ul << SIGILL - 1 | 1ul << SIGFPE - 1 | 1ul << SIGTRAP - 1);
        Kernel.Call(SystemCall.rt_sigprocmask, Constants.SIG_SETMASK, (long)&all, 0, sizeof(ulong));
        long child = Kernel.Call(SystemCall.clone, Constants.SIGCHLD);
        if (child < 0) return child;
        PlanHeader* header = ThePlan.Header;
        if (child == 0)
        {
            // What process 1 still holds could be opened through /proc/1/fd.
            while (header->Supervised == 0) Kernel.Call(SystemCall.futex, (long)&header->Supervised, FUTEX_WAIT, 0);
            // Without a pid namespace the end of process 1 is not the program's, unless it says so itself.
            if (step.Value != 0) Kernel.Call(SystemCall.prctl, Constants.PR_SET_PDEATHSIG, Constants.SIGKILL);
            // A process group of its own, in the terminal's foreground: Ctrl-C reaches the program once.
            Kernel.Call(SystemCall.setpgid, 0, 0);
            if (step.Flags != 0)
            {
                int group = (int)Kernel.Call(SystemCall.getpid);
                Kernel.Call(SystemCall.ioctl, 0, TIOCSPGRP, (long)&group);
            }
            // Only now: in the background, that call would have stopped it (SIGTTOU).
            ulong none = 0;
            Kernel.Call(SystemCall.rt_sigprocmask, Constants.SIG_SETMASK, (long)&none, 0, sizeof(ulong));
            return 0;
        }
        // What stays holds nothing open but the standard descriptors' numbers: the channel's end tells the host side that the program runs.
        Kernel.Call(SystemCall.close_range, 0, 0xffffffff);
        header->Supervised = 1;
        Kernel.Call(SystemCall.futex, (long)&header->Supervised, FUTEX_WAKE, 1);
        Kernel.Call(SystemCall.exit_group, Reap((int)child, all));
        return 0;
    }

    static long Reap(int child, ulong signals)
    {
        for (; ; )
        {
            SignalInformation information;
            long signal = Kernel.Call(SystemCall.rt_sigtimedwait, (long)&signals, (long)&information, 0, sizeof(ulong));
            if (signal < 0) continue;
            if (signal != Constants.SIGCHLD)
            {
                // The terminal's own signals reach the program's group by themselves.
                bool fromTerminal = information.Code == SI_KERNEL && (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU);
                if (!fromTerminal) Kernel.Call(SystemCall.kill, child, signal);
                continue;
            }
            for (; ; )
            {
                int status;
                long ended = Kernel.Call(SystemCall.wait4, -1, (long)&status, WNOHANG);
                if (ended <= 0) break;
                if (ended == child) return (status & 127) == 0 ? status >> 8 & 255 : 128 + (status & 127);
            }
        }
    }
}
