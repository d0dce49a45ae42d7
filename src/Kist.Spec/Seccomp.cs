namespace Kist.Spec;

/// <summary>config-linux.md#seccomp.</summary>
public sealed record Seccomp
{
    public required SeccompAction DefaultAction { get; init; }
    /// <summary>errno for the default action, where that is SCMP_ACT_ERRNO or SCMP_ACT_TRACE.</summary>
    public uint? DefaultErrnoRet { get; init; }
    /// <summary>SCMP_ARCH_… names.</summary>
    public IReadOnlyList<string> Architectures { get; init; } = [];
    /// <summary>SECCOMP_FILTER_FLAG_… names; null is "as the runtime sees fit".</summary>
    public IReadOnlyList<string>? Flags { get; init; }
    public string? ListenerPath { get; init; }
    public string? ListenerMetadata { get; init; }
    public IReadOnlyList<SeccompRule> Syscalls { get; init; } = [];
}

/// <summary>What one action means for a list of system calls, under conditions on their arguments (all of them must hold).</summary>
public sealed record SeccompRule
{
    public required IReadOnlyList<string> Names { get; init; }
    public required SeccompAction Action { get; init; }
    public uint? ErrnoRet { get; init; }
    public IReadOnlyList<SeccompArgument> Args { get; init; } = [];
}

public readonly record struct SeccompArgument(uint Index, ulong Value, ulong ValueTwo, SeccompOperator Operator);

/// <summary>SCMP_ACT_….</summary>
public enum SeccompAction { Kill, KillProcess, KillThread, Trap, Errno, Trace, Allow, Log, Notify }

/// <summary>SCMP_CMP_….</summary>
public enum SeccompOperator { NotEqual, LessThan, LessOrEqual, Equal, GreaterOrEqual, GreaterThan, MaskedEqual }
