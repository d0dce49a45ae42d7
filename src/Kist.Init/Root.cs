namespace Kist.Init;

static unsafe class Root
{
    // pivot_root(".", ".") stacks the old root on the new one, so that "." to unmount is the old one (pivot_root(2), NOTES).
    public static long Pivot(in PlanStep step)
    {
        long result = Kernel.Call(SystemCall.fchdir, ThePlan.Slot(step.Into));
        if (result >= 0) result = Kernel.Call(SystemCall.pivot_root, Bytes.Address(".\0"u8), Bytes.Address(".\0"u8));
        if (result >= 0) result = Kernel.Call(SystemCall.umount2, Bytes.Address(".\0"u8), Constants.MNT_DETACH);
        return result < 0 ? result : Kernel.Call(SystemCall.chdir, Bytes.Address("/\0"u8));
    }

    public static long Move(in PlanStep step)
    {
        long result = Kernel.Call(SystemCall.fchdir, ThePlan.Slot(step.Into));
        if (result >= 0) result = Kernel.Call(SystemCall.mount, Bytes.Address(".\0"u8), Bytes.Address("/\0"u8), 0, Constants.MS_MOVE);
        return result < 0 ? result : Enter();
    }

    public static long Change(in PlanStep step)
    {
        long result = Kernel.Call(SystemCall.fchdir, ThePlan.Slot(step.Into));
        return result < 0 ? result : Enter();
    }

    static long Enter()
    {
        long result = Kernel.Call(SystemCall.chroot, Bytes.Address(".\0"u8));
        return result < 0 ? result : Kernel.Call(SystemCall.chdir, Bytes.Address("/\0"u8));
    }
}
