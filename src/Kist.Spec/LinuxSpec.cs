namespace Kist.Spec;

/// <summary>config-linux.md.</summary>
public sealed record LinuxSpec
{
    public IReadOnlyList<Namespace> Namespaces { get; init; } = [];
    public IReadOnlyList<IdMapping> UidMappings { get; init; } = [];
    public IReadOnlyList<IdMapping> GidMappings { get; init; } = [];
    /// <summary>Offsets of the clocks "monotonic" and "boottime" in a new time namespace.</summary>
    public IReadOnlyDictionary<string, TimeOffset> TimeOffsets { get; init; } = NoTimeOffsets;
    public IReadOnlyList<Device> Devices { get; init; } = [];
    /// <summary>Host interface name to its name in the container (null keeps it), 1.3.</summary>
    public IReadOnlyDictionary<string, string?> NetDevices { get; init; } = NoNetDevices;
    public string? CgroupsPath { get; init; }
    public Resources Resources { get; init; } = Resources.None;
    public IntelRdt? IntelRdt { get; init; }
    public MemoryPolicy? MemoryPolicy { get; init; }
    public IReadOnlyDictionary<string, string> Sysctl { get; init; } = RuntimeSpec.NoStrings;
    public Seccomp? Seccomp { get; init; }
    /// <summary>shared, slave, private or unbindable.</summary>
    public string? RootfsPropagation { get; init; }
    public IReadOnlyList<string> MaskedPaths { get; init; } = [];
    public IReadOnlyList<string> ReadonlyPaths { get; init; } = [];
    public string? MountLabel { get; init; }
    public Personality? Personality { get; init; }

    internal static readonly IReadOnlyDictionary<string, TimeOffset> NoTimeOffsets = new Dictionary<string, TimeOffset>();
    internal static readonly IReadOnlyDictionary<string, string?> NoNetDevices = new Dictionary<string, string?>();
}

/// <summary>namespaces(7); with a path an existing one is joined.</summary>
public readonly record struct Namespace(NamespaceType Type, string? Path = null);

public enum NamespaceType { Pid, Network, Mount, Ipc, Uts, User, Cgroup, Time }

public readonly record struct TimeOffset(long Secs, uint Nanosecs);

/// <summary>config-linux.md#devices: Type is c, b, u or p; FileMode in permission bits.</summary>
public sealed record Device(string Path, char Type, int Major, int Minor, uint? FileMode, uint? Uid, uint? Gid)
{
    /// <summary>The kernel's dev_t has 12 bits for it.</summary>
    public const int MaxMajor = 0xfff;
    /// <summary>The kernel's dev_t has 20 bits for it.</summary>
    public const int MaxMinor = 0xfffff;
}

public sealed record IntelRdt
{
    public string? ClosId { get; init; }
    public IReadOnlyList<string> Schemata { get; init; } = [];
    public string? L3CacheSchema { get; init; }
    public string? MemBwSchema { get; init; }
    public bool EnableMonitoring { get; init; }
}

/// <summary>set_mempolicy(2).</summary>
public sealed record MemoryPolicy(string Mode, string Nodes, IReadOnlyList<string> Flags);

/// <summary>personality(2): LINUX or LINUX32.</summary>
public sealed record Personality(string Domain, IReadOnlyList<string> Flags);
