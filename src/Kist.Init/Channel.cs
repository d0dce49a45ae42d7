using System;

namespace Kist.Init;

/// <summary>The socket that connects both sides; it closes when either ends, and when the user's program is executed.</summary>
static unsafe class Channel
{
    const int MSG_PEEK = 2, MSG_DONTWAIT = 0x40, MSG_CMSG_CLOEXEC = 0x40000000, SOL_SOCKET = 1, SCM_RIGHTS = 1;
    const int MaxDescriptors = 250;

    struct IoVector { public void* Base; public ulong Length; }
    struct MessageHeader { public void* Name; public ulong NameLength; public IoVector* Vectors; public ulong VectorCount; public void* Control; public ulong ControlLength; public ulong Flags; }

    public static long Await(in PlanStep step)
    {
        byte message;
        long result;
        do result = Kernel.Call(SystemCall.read, ThePlan.Slot(step.Into), (long)&message, 1); while (result == -Constants.EINTR);
        if (result < 0) return result;
        return result == 1 && message == (byte)step.Flags ? 0 : -Constants.EPIPE;
    }

    public static long Notify(in PlanStep step)
    {
        byte message = (byte)step.Flags;
        return Kernel.Call(SystemCall.write, ThePlan.Slot(step.Into), (long)&message, 1);
    }

    public static long Receive(in PlanStep step)
    {
        byte* control = stackalloc byte[16 + MaxDescriptors * sizeof(int)];
        ushort keep = step.Keep;
        for (uint left = step.Flags; left > 0;)
        {
            byte message;
            IoVector vector = new() { Base = &message, Length = 1 };
            MessageHeader header = new() { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = 16 + MaxDescriptors * sizeof(int) };
            long result;
            do result = Kernel.Call(SystemCall.recvmsg, ThePlan.Slot(step.Into), (long)&header, MSG_CMSG_CLOEXEC); while (result == -Constants.EINTR);
            if (result < 0) return result;
            if (result == 0 || header.ControlLength < 16 || *(int*)(control + 8) != SOL_SOCKET || *(int*)(control + 12) != SCM_RIGHTS) return -Constants.EPIPE;
            int* descriptor = (int*)(control + 16);
            for (ulong count = (*(ulong*)control - 16) / sizeof(int); count > 0 && left > 0; count--, left--) ThePlan.Keep(keep++, *descriptor++);
        }
        return 0;
    }

    // PR_SET_PDEATHSIG follows a death from now on; one before it shows in the channel, as getppid(2) is 0 in a new pid namespace.
    public static long DieWithParent(in PlanStep step)
    {
        long result = Kernel.Call(SystemCall.prctl, Constants.PR_SET_PDEATHSIG, Constants.SIGKILL);
        if (result < 0) return result;
        byte message;
        long received = Kernel.Call(SystemCall.recvfrom, ThePlan.Slot(step.Into), (long)&message, 1, MSG_PEEK | MSG_DONTWAIT);
        return received == 0 ? -Constants.EPIPE : 0;
    }
}
