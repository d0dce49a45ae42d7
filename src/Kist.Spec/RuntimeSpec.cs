namespace Kist.Spec;

// The OCI runtime specification 1.3 as records, named as its documents name them (config.md, config-linux.md).
// Absent is null, or an empty list where the specification makes no difference between the two.

/// <summary>config.json, the whole of it (config.md).</summary>
public sealed record RuntimeSpec
{
    /// <summary>The version of the specification that the document follows.</summary>
    public required string OciVersion { get; init; }
    /// <summary>The container's root filesystem.</summary>
    public Root? Root { get; init; }
    /// <summary>The program to run; needed at start.</summary>
    public Process? Process { get; init; }
    /// <summary>sethostname(2) in the container's UTS namespace.</summary>
    public string? Hostname { get; init; }
    /// <summary>setdomainname(2) in the container's UTS namespace.</summary>
    public string? Domainname { get; init; }
    /// <summary>Mounts below the root, in order.</summary>
    public IReadOnlyList<Mount> Mounts { get; init; } = [];
    /// <summary>Programs to run at points of the lifecycle.</summary>
    public Hooks? Hooks { get; init; }
    /// <summary>Free-form metadata.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = NoStrings;
    /// <summary>What only Linux has (config-linux.md).</summary>
    public LinuxSpec Linux { get; init; } = new();

    internal static readonly IReadOnlyDictionary<string, string> NoStrings = new Dictionary<string, string>();
}

/// <summary>config.md#root.</summary>
public sealed record Root(string Path, bool Readonly = false);

/// <summary>config.md#mounts, with the id maps of config-linux.md.</summary>
public sealed record Mount
{
    /// <summary>Absolute, or (deprecated) relative to /.</summary>
    public required string Destination { get; init; }
    /// <summary>A filesystem's name; null or "bind" or "none" with the option bind or rbind.</summary>
    public string? Type { get; init; }
    /// <summary>A device, a name, or for binds a path on the host (relative to the bundle).</summary>
    public string? Source { get; init; }
    /// <summary>fstab(5) options, config.md's table.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];
    public IReadOnlyList<IdMapping> UidMappings { get; init; } = [];
    public IReadOnlyList<IdMapping> GidMappings { get; init; } = [];
}

/// <summary>config-linux.md#user-namespace-mappings.</summary>
public readonly record struct IdMapping(uint ContainerId, uint HostId, uint Size);

/// <summary>config.md#process.</summary>
public sealed record Process
{
    public bool Terminal { get; init; }
    public ConsoleSize? ConsoleSize { get; init; }
    public User User { get; init; } = new();
    public IReadOnlyList<string> Args { get; init; } = [];
    /// <summary>KEY=value, in order.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];
    public required string Cwd { get; init; }
    public Capabilities? Capabilities { get; init; }
    public IReadOnlyList<Rlimit> Rlimits { get; init; } = [];
    public bool NoNewPrivileges { get; init; }
    public int? OomScoreAdj { get; init; }
    public string? ApparmorProfile { get; init; }
    public string? SelinuxLabel { get; init; }
    public Scheduler? Scheduler { get; init; }
    public IoPriority? IoPriority { get; init; }
    public ExecCpuAffinity? ExecCpuAffinity { get; init; }
}

public readonly record struct ConsoleSize(uint Height, uint Width);

/// <summary>config.md#user.</summary>
public sealed record User
{
    public uint Uid { get; init; }
    public uint Gid { get; init; }
    public uint? Umask { get; init; }
    public IReadOnlyList<uint> AdditionalGids { get; init; } = [];
}

/// <summary>The five sets of capabilities(7), as bit masks: bit n is capability n.</summary>
public sealed record Capabilities(ulong Bounding, ulong Effective, ulong Inheritable, ulong Permitted, ulong Ambient);

/// <summary>setrlimit(2): <paramref name="Type"/> is RLIMIT_…; ulong.MaxValue is RLIM_INFINITY.</summary>
public readonly record struct Rlimit(string Type, ulong Soft, ulong Hard);

/// <summary>sched_setattr(2).</summary>
public sealed record Scheduler
{
    public required string Policy { get; init; }
    public int Nice { get; init; }
    public int Priority { get; init; }
    public IReadOnlyList<string> Flags { get; init; } = [];
    public ulong Runtime { get; init; }
    public ulong Deadline { get; init; }
    public ulong Period { get; init; }
}

/// <summary>ioprio_set(2).</summary>
public readonly record struct IoPriority(string Class, int Priority);

public sealed record ExecCpuAffinity(string? Initial, string? Final);

/// <summary>config.md#posix-platform-hooks, in the order of the lifecycle.</summary>
public sealed record Hooks
{
    public IReadOnlyList<Hook> Prestart { get; init; } = [];
    public IReadOnlyList<Hook> CreateRuntime { get; init; } = [];
    public IReadOnlyList<Hook> CreateContainer { get; init; } = [];
    public IReadOnlyList<Hook> StartContainer { get; init; } = [];
    public IReadOnlyList<Hook> Poststart { get; init; } = [];
    public IReadOnlyList<Hook> Poststop { get; init; } = [];
}

/// <summary>One program; <see cref="Timeout"/> in seconds.</summary>
public sealed record Hook
{
    public required string Path { get; init; }
    public IReadOnlyList<string> Args { get; init; } = [];
    public IReadOnlyList<string> Env { get; init; } = [];
    public int? Timeout { get; init; }
}
