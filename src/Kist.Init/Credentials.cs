namespace Kist.Init;

static unsafe class Credentials
{
    const int PR_CAPBSET_DROP = 24, PR_CAP_AMBIENT = 47, PR_CAP_AMBIENT_RAISE = 2, PR_CAP_AMBIENT_CLEAR_ALL = 4;
    const uint LINUX_CAPABILITY_VERSION_3 = 0x20080522;
    const int SECCOMP_SET_MODE_FILTER = 1, KEYCTL_JOIN_SESSION_KEYRING = 1, KEYCTL_SETPERM = 5;

    struct Limit { public ulong Soft, Hard; }
    struct CapabilityHeader { public uint Version; public int Process; }
    struct CapabilityData { public uint Effective, Permitted, Inheritable, EffectiveHigh, PermittedHigh, InheritableHigh; }
    struct FilterProgram { public ushort Length; public void* Filter; }

    public static long ResourceLimit(in PlanStep step)
    {
        Limit limit = new() { Soft = step.Value, Hard = step.Other };
        return Kernel.Call(SystemCall.prlimit64, 0, step.Flags, (long)&limit);
    }

    public static long Bounding(in PlanStep step)
    {
        for (int capability = 0; capability < (int)step.Flags; capability++)
        {
            if ((step.Value >> capability & 1) != 0) continue;
            long dropped = Kernel.Call(SystemCall.prctl, PR_CAPBSET_DROP, capability);
            if (dropped < 0) return dropped;
        }
        return 0;
    }

    public static long Capabilities(in PlanStep step)
    {
        ulong* sets = (ulong*)ThePlan.At(step.Data);
        CapabilityHeader header = new() { Version = LINUX_CAPABILITY_VERSION_3 };
        CapabilityData data = new()
        {
            Effective = (uint)sets[0], EffectiveHigh = (uint)(sets[0] >> 32),
            Permitted = (uint)sets[1], PermittedHigh = (uint)(sets[1] >> 32),
            Inheritable = (uint)sets[2], InheritableHigh = (uint)(sets[2] >> 32),
        };
        return Kernel.Call(SystemCall.capset, (long)&header, (long)&data);
    }

    public static long Ambient(in PlanStep step)
    {
        long result = Kernel.Call(SystemCall.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
        for (int capability = 0; capability < 64 && result >= 0; capability++)
            if ((step.Value >> capability & 1) != 0) result = Kernel.Call(SystemCall.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability);
        return result;
    }

    public static long Seccomp(in PlanStep step)
    {
        FilterProgram program = new() { Length = (ushort)step.Value, Filter = ThePlan.At(step.Data) };
        return Kernel.Call(SystemCall.seccomp, SECCOMP_SET_MODE_FILTER, step.Flags, (long)&program);
    }

    /// <summary>A session keyring of the container's own, which its processes may search.</summary>
    public static long JoinKeyring(in PlanStep step)
    {
        const uint UserSearch = 0x00080000;
        long keyring = Kernel.Call(SystemCall.keyctl, KEYCTL_JOIN_SESSION_KEYRING, (long)ThePlan.At(step.Text));
        return keyring < 0 ? keyring : Kernel.Call(SystemCall.keyctl, KEYCTL_SETPERM, keyring, 0x3F000000 | 0x003F0000 | UserSearch);
    }
}
