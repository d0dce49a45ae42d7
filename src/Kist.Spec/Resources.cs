namespace Kist.Spec;

/// <summary>config-linux.md#control-groups. Sizes in bytes, times in microseconds unless said otherwise.</summary>
public sealed record Resources
{
    public IReadOnlyList<DeviceRule> Devices { get; init; } = [];
    public MemoryResources? Memory { get; init; }
    public CpuResources? Cpu { get; init; }
    /// <summary>Most tasks; -1 is no limit.</summary>
    public long? PidsLimit { get; init; }
    public BlockIo? BlockIo { get; init; }
    public IReadOnlyList<HugepageLimit> HugepageLimits { get; init; } = [];
    public NetworkResources? Network { get; init; }
    public IReadOnlyDictionary<string, RdmaLimit> Rdma { get; init; } = NoRdma;
    /// <summary>cgroup v2 files and what to write to them.</summary>
    public IReadOnlyDictionary<string, string> Unified { get; init; } = RuntimeSpec.NoStrings;

    internal static readonly IReadOnlyDictionary<string, RdmaLimit> NoRdma = new Dictionary<string, RdmaLimit>();
    /// <summary>No limits at all.</summary>
    public static Resources None { get; } = new();
}

/// <summary>Type is a, b or c; null numbers are wildcards; Access is of r, w, m.</summary>
public sealed record DeviceRule(bool Allow, char Type, long? Major, long? Minor, string Access);

public sealed record MemoryResources
{
    public long? Limit { get; init; }
    public long? Reservation { get; init; }
    /// <summary>Memory and swap together, as in cgroup v1; -1 is no limit.</summary>
    public long? Swap { get; init; }
    public long? Kernel { get; init; }
    public long? KernelTcp { get; init; }
    public ulong? Swappiness { get; init; }
    public bool? DisableOomKiller { get; init; }
    public bool? UseHierarchy { get; init; }
    public bool? CheckBeforeUpdate { get; init; }
}

public sealed record CpuResources
{
    public ulong? Shares { get; init; }
    public long? Quota { get; init; }
    public ulong? Burst { get; init; }
    public ulong? Period { get; init; }
    public long? RealtimeRuntime { get; init; }
    public ulong? RealtimePeriod { get; init; }
    public string? Cpus { get; init; }
    public string? Mems { get; init; }
    public long? Idle { get; init; }
}

public sealed record BlockIo
{
    public ushort? Weight { get; init; }
    public ushort? LeafWeight { get; init; }
    public IReadOnlyList<BlockWeight> WeightDevice { get; init; } = [];
    public IReadOnlyList<BlockThrottle> ThrottleReadBpsDevice { get; init; } = [];
    public IReadOnlyList<BlockThrottle> ThrottleWriteBpsDevice { get; init; } = [];
    public IReadOnlyList<BlockThrottle> ThrottleReadIopsDevice { get; init; } = [];
    public IReadOnlyList<BlockThrottle> ThrottleWriteIopsDevice { get; init; } = [];
}

public readonly record struct BlockWeight(long Major, long Minor, ushort? Weight, ushort? LeafWeight);

public readonly record struct BlockThrottle(long Major, long Minor, ulong Rate);

public readonly record struct HugepageLimit(string PageSize, ulong Limit);

public sealed record NetworkResources(uint? ClassId, IReadOnlyList<(string Name, uint Priority)> Priorities);

public readonly record struct RdmaLimit(uint? HcaHandles, uint? HcaObjects);
