using System.Runtime.InteropServices;

namespace Kist.Linux;

/// <summary>libseccomp, seccomp_init(3) and its neighbours: results are 0 or -errno as the library gives them.</summary>
public static unsafe partial class LibSeccomp
{
    /// <summary>What a name resolves to that no architecture knows (__NR_SCMP_ERROR). Other negative numbers stand for real calls of other architectures.</summary>
    public const int UnknownSystemCall = -1;
    /// <summary>Numbers below this one stand for calls that the architecture lacks; those between are parts of socketcall(2) and ipc(2).</summary>
    public const int NotOnArchitecture = -10000;

    /// <summary>AUDIT_ARCH_X86_64, as seccomp_data carries it for x86-64 and x32 alike.</summary>
    public const uint AuditX86_64 = 0xC000003E;
    /// <summary>The library's token for x32, which has no audit architecture of its own.</summary>
    public const uint TokenX32 = 0x4000003E;
    /// <summary>AUDIT_ARCH_I386.</summary>
    public const uint AuditX86 = 0x40000003;
    /// <summary>AUDIT_ARCH_AARCH64.</summary>
    public const uint AuditArm64 = 0xC00000B7;
    /// <summary>AUDIT_ARCH_ARM.</summary>
    public const uint AuditArm = 0x40000028;

    /// <summary>Major, minor and micro version of the library that is linked, 8 bits each.</summary>
    public static uint Version
    {
        get
        {
            uint* version = seccomp_version();
            return (version[0] << 16) | (version[1] << 8) | version[2];
        }
    }

    /// <summary>seccomp_version(3): struct scmp_version.</summary>
    [LibraryImport("libseccomp")]
    internal static partial uint* seccomp_version();

    /// <summary>seccomp_init(3); zero is a failure.</summary>
    [LibraryImport("libseccomp")]
    public static partial nint seccomp_init(uint defaultAction);

    /// <summary>seccomp_release(3).</summary>
    [LibraryImport("libseccomp")]
    public static partial void seccomp_release(nint context);

    /// <summary>seccomp_arch_native(3).</summary>
    [LibraryImport("libseccomp")]
    public static partial uint seccomp_arch_native();

    /// <summary>seccomp_arch_add(3).</summary>
    [LibraryImport("libseccomp")]
    public static partial int seccomp_arch_add(nint context, uint token);

    /// <summary>seccomp_arch_remove(3).</summary>
    [LibraryImport("libseccomp")]
    public static partial int seccomp_arch_remove(nint context, uint token);

    /// <summary>seccomp_attr_set(3).</summary>
    [LibraryImport("libseccomp")]
    public static partial int seccomp_attr_set(nint context, ScmpAttribute attribute, uint value);

    /// <summary>seccomp_syscall_resolve_name(3), for the native architecture.</summary>
    [LibraryImport("libseccomp")]
    public static partial int seccomp_syscall_resolve_name(byte* name);

    /// <summary>seccomp_syscall_resolve_name_arch(3).</summary>
    [LibraryImport("libseccomp")]
    public static partial int seccomp_syscall_resolve_name_arch(uint token, byte* name);

    /// <summary>seccomp_rule_add_array(3).</summary>
    [LibraryImport("libseccomp")]
    public static partial int seccomp_rule_add_array(nint context, uint action, int number, uint count, ScmpArgument* arguments);

    /// <summary>seccomp_export_bpf(3).</summary>
    [LibraryImport("libseccomp")]
    public static partial int seccomp_export_bpf(nint context, int descriptor);
}

/// <summary>enum scmp_filter_attr.</summary>
public enum ScmpAttribute { ActDefault = 1, ActBadArch, CtlNnp, CtlTsync, ApiTskip, CtlLog, CtlSsb, CtlOptimize, ApiSysRawRc }

/// <summary>enum scmp_compare.</summary>
public enum ScmpCompare { NE = 1, LT, LE, EQ, GE, GT, MaskedEQ }

/// <summary>struct scmp_arg_cmp; for MaskedEQ <paramref name="A"/> is the mask and <paramref name="B"/> the value.</summary>
public readonly record struct ScmpArgument(uint Argument, ScmpCompare Compare, ulong A, ulong B);

/// <summary>struct sock_filter, linux/filter.h: one instruction of classic BPF.</summary>
public readonly record struct SockFilter(ushort Code, byte Jt, byte Jf, uint K)
{
    /// <summary>BPF_LD | BPF_W | BPF_ABS.</summary>
    public const ushort Load = 0x20;
    /// <summary>BPF_JMP | BPF_JA.</summary>
    public const ushort Jump = 0x05;
    /// <summary>BPF_JMP | BPF_JEQ | BPF_K.</summary>
    public const ushort JumpEqual = 0x15;
    /// <summary>BPF_JMP | BPF_JGT | BPF_K.</summary>
    public const ushort JumpGreater = 0x25;
    /// <summary>BPF_JMP | BPF_JGE | BPF_K.</summary>
    public const ushort JumpGreaterOrEqual = 0x35;
    /// <summary>BPF_RET | BPF_K.</summary>
    public const ushort Return = 0x06;
    /// <summary>BPF_MAXINSNS: what the kernel takes in one filter.</summary>
    public const int Maximum = 4096;
}

/// <summary>SECCOMP_RET_…, linux/seccomp.h: what a filter answers; the low 16 bits carry an errno or a tracer's message.</summary>
public static class SeccompReturn
{
    public const uint KillProcess = 0x80000000, KillThread = 0, Trap = 0x00030000, Errno = 0x00050000, UserNotif = 0x7FC00000,
        Trace = 0x7FF00000, Log = 0x7FFC0000, Allow = 0x7FFF0000;
}

/// <summary>SECCOMP_FILTER_FLAG_…, seccomp(2).</summary>
[Flags]
public enum SeccompFilterFlags : uint
{
    None = 0,
    Tsync = 1,
    Log = 2,
    SpecAllow = 4,
    NewListener = 8,
    TsyncEsrch = 16,
    /// <summary>Since Linux 5.19.</summary>
    WaitKillableRecv = 32,
}
