namespace Kist.Init;

static unsafe class Terminal
{
    const int TIOCSPTLCK = 0x40045431, TIOCGPTPEER = 0x5441, TIOCSCTTY = 0x540E, TIOCSWINSZ = 0x5414;

    struct WindowSize { public ushort Rows, Columns, Width, Height; }

    // The other end is asked of the master itself (TIOCGPTPEER), so that no name under /dev/pts, which the container could
    // redirect, is looked up (CVE-2025-52565). [Flags] is the owner, [Value] the window's size: rows, then columns.
    public static long Open(in PlanStep step)
    {
        long master = Kernel.Call(SystemCall.openat, ThePlan.Slot(step.Into), Bytes.Address("ptmx\0"u8), Constants.O_RDWR | Constants.O_NOCTTY | Constants.O_CLOEXEC);
        if (master < 0) return ThePlan.Fail(Stage.Master, master);
        ThePlan.Keep(step.Keep, master);
        int unlocked = 0;
        long result = Kernel.Call(SystemCall.ioctl, master, TIOCSPTLCK, (long)&unlocked);
        if (result < 0) return ThePlan.Fail(Stage.Master, result);
        if (step.Value != 0)
        {
            WindowSize size = new() { Rows = (ushort)step.Value, Columns = (ushort)(step.Value >> 16) };
            result = Kernel.Call(SystemCall.ioctl, master, TIOCSWINSZ, (long)&size);
            if (result < 0) return ThePlan.Fail(Stage.Master, result);
        }

        long peer = Kernel.Call(SystemCall.ioctl, master, TIOCGPTPEER, Constants.O_RDWR | Constants.O_NOCTTY | Constants.O_CLOEXEC);
        if (peer < 0) return ThePlan.Fail(Stage.Peer, peer);
        ThePlan.Keep(step.Extra, peer);
        result = Kernel.Call(SystemCall.fchown, peer, step.Flags, -1);
        if (result < 0) return ThePlan.Fail(Stage.Peer, result);
        for (int standard = 0; standard < 3; standard++)
        {
            result = Kernel.Call(SystemCall.dup3, peer, standard);
            if (result < 0) return ThePlan.Fail(Stage.Peer, result);
        }
        result = Kernel.Call(SystemCall.ioctl, 0, TIOCSCTTY);
        return result < 0 ? ThePlan.Fail(Stage.Peer, result) : result;
    }
}
