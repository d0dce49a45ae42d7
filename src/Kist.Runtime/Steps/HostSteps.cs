using Kist.Spec;

namespace Kist.Runtime.Steps;

/// <summary>Makes the container's cgroups, one in each hierarchy: mkdir(2).</summary>
/// <param name="Directories">Absolute paths.</param>
public sealed record MakeCgroups(IReadOnlyList<string> Directories, string Field, string Why) : HostStep(Field, Why)
{
    /// <summary>Where this user may make none, the container goes without.</summary>
    public bool Optional { get; init; }
    /// <inheritdoc/>
    public override string SystemCall => "mkdir";
    /// <inheritdoc/>
    public override string Operation => Directories.Count == 1 ? $"make cgroup {Directories[0]}" : $"make cgroup {Directories[0]} and in {Directories.Count - 1} more hierarchies";
}

/// <summary>Switches controllers on for the children of a cgroup v2: writes cgroup.subtree_control.</summary>
public sealed record EnableControllers(string Parent, IReadOnlyList<string> Controllers, string Field, string Why) : HostStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "write";
    /// <inheritdoc/>
    public override string Operation => $"switch on {string.Join(", ", Controllers)} down to {Parent}";
}

/// <summary>Writes a limit to a file of the container's cgroup.</summary>
public sealed record WriteCgroup(string File, string Value, string Field, string Why) : HostStep(Field, Why)
{
    /// <summary>The file may be absent on this kernel, which changes nothing for the container.</summary>
    public bool Optional { get; init; }
    /// <inheritdoc/>
    public override string SystemCall => "write";
    /// <inheritdoc/>
    public override string Operation => $"write \"{Value}\" to {File}";
}

/// <summary>Attaches a program that decides about devices to a cgroup v2: bpf(2).</summary>
public sealed record FilterDevices(string Cgroup, IReadOnlyList<DeviceRule> Rules, string Field, string Why) : HostStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "bpf";
    /// <inheritdoc/>
    public override string Operation => $"attach a device filter of {Rules.Count} rules to {Cgroup}";
}

/// <summary>Replaces standard input by /dev/null: dup3(2).</summary>
public sealed record NullStandardInput(string Field, string Why) : HostStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "dup3";
    /// <inheritdoc/>
    public override string Operation => "make /dev/null the standard input";
}

/// <summary>Starts kist-init in new namespaces: clone3(2), execveat(2).</summary>
/// <param name="Namespaces">CLONE_NEW… bits.</param>
/// <param name="Cgroup">The cgroup v2 to be born in, or null.</param>
public sealed record CloneContainer(ulong Namespaces, string? Cgroup, string Field, string Why) : HostStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "clone3";
    /// <inheritdoc/>
    public override string Operation => $"start kist-init in new namespaces: {NamespaceWords.Describe(Namespaces)}{(Cgroup is null ? "" : $", in {Cgroup}")}";
}

/// <summary>Writes the maps of the new user namespace and lets the child go on, user_namespaces(7).</summary>
public sealed record WriteIdMaps(IReadOnlyList<IdMapping> Uids, IReadOnlyList<IdMapping> Gids, bool ByHelper, bool DenySetgroups, string Field, string Why) : HostStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "write";
    /// <inheritdoc/>
    public override string Operation => $"map users {Describe(Uids)} and groups {Describe(Gids)}{(ByHelper ? " with newuidmap and newgidmap" : "")}";

    static string Describe(IReadOnlyList<IdMapping> maps)
    {
        string words = "";
        foreach (IdMapping map in maps) words += $"{(words == "" ? "" : ", ")}{map.ContainerId}:{map.HostId}:{map.Size}";
        return words;
    }
}

/// <summary>Prepares mounts that only the host's root can make, seen through the container's id maps, and sends them.</summary>
public sealed record PrepareRootView(RootView View, string Field, string Why) : HostStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "mount_setattr";
    /// <inheritdoc/>
    public override string Operation => "prepare idmapped layers and send them";
}

/// <summary>Writes /proc/PID/oom_score_adj.</summary>
public sealed record AdjustOomScore(int Value, string Field, string Why) : HostStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "write";
    /// <inheritdoc/>
    public override string Operation => $"set the OOM score adjustment to {Value}";
}

/// <summary>Gets the compiled filter from the cache, or compiles it, and puts it into the plan.</summary>
public sealed record PrepareSeccompFilter(SeccompChoice Choice, ulong Capabilities, string Field, string Why) : HostStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "read";
    /// <inheritdoc/>
    public override string Operation => "fetch the compiled system call filter";
}

/// <summary>Fetches the terminal's master from the container: pidfd_getfd(2).</summary>
public sealed record FetchTerminal(string Field, string Why) : HostStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "pidfd_getfd";
    /// <inheritdoc/>
    public override string Operation => "wait for the terminal and fetch it";
}

/// <summary>Tells kist-init that the host side has done its part.</summary>
public sealed record LetGo(string Field, string Why) : HostStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "write";
    /// <inheritdoc/>
    public override string Operation => "let the container go on";
}

/// <summary>Waits until the channel closes: the program runs, or a step failed.</summary>
public sealed record AwaitProgram(string Field, string Why) : HostStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "read";
    /// <inheritdoc/>
    public override string Operation => "wait until the program runs";
}

static class NamespaceWords
{
    static readonly (ulong Flag, string Name)[] s_names =
        [(0x10000000, "user"), (0x20000000, "pid"), (0x20000, "mount"), (0x40000000, "network"), (0x8000000, "ipc"), (0x4000000, "uts"), (0x2000000, "cgroup"), (0x80, "time")];

    internal static string Describe(ulong flags)
    {
        string words = "";
        foreach ((ulong flag, string name) in s_names)
            if ((flags & flag) != 0) words += $"{(words == "" ? "" : ", ")}{name}";
        return words == "" ? "none" : words;
    }
}
