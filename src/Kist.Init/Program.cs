namespace Kist.Init;

/// <summary>The last steps: from here on the process is the user's program.</summary>
static unsafe class Program
{
    /// <summary>The kernel's sigaction.</summary>
    struct SignalAction { public ulong Handler, Flags, Restorer, Mask; }

    const int StandardSignals = 31, SIGSTOP = 19;

    public static long ResetSignals()
    {
        SignalAction action = default;
        for (int signal = 1; signal <= StandardSignals; signal++)
            if (signal != Constants.SIGKILL && signal != SIGSTOP) Kernel.Call(SystemCall.rt_sigaction, signal, (long)&action, 0, sizeof(ulong));
        ulong none = 0;
        return Kernel.Call(SystemCall.rt_sigprocmask, Constants.SIG_SETMASK, (long)&none, 0, sizeof(ulong));
    }

    // As execvp(3): the first candidate that runs; one that may not be executed is remembered, one that is absent is passed over.
    public static long Execute(in PlanStep step)
    {
        byte** arguments = Pointers(step.Text), environment = Pointers(step.Data);
        ulong* candidates = (ulong*)ThePlan.At(step.Path);
        long failure = -Constants.ENOENT;
        ThePlan.Header->Candidate = 0;
        for (uint i = 0; candidates[i] != 0; i++)
        {
            long result = Kernel.Call(SystemCall.execve, (long)ThePlan.At((uint)candidates[i]), (long)arguments, (long)environment);
            if (result == -Constants.ENOENT || result == -Constants.ENOTDIR)
            {
                // The kernel says ENOENT too when the file is there and its interpreter is not: execvp(3) goes on, and so does this.
                continue;
            }
            failure = result;
            ThePlan.Header->Candidate = i;
            if (result != -Constants.EACCES) break;
        }
        return failure;
    }

    /// <summary>Turns an array of offsets into the array of pointers that execve wants, in place.</summary>
    static byte** Pointers(uint array)
    {
        ulong* entry = (ulong*)ThePlan.At(array);
        for (; *entry != 0; entry++) *entry += (ulong)ThePlan.Header;
        return (byte**)ThePlan.At(array);
    }
}
