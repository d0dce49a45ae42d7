using Kist.Linux;
using Kist.Runtime.Planning;
using Kist.Runtime.Steps;

namespace Kist.Runtime;

/// <summary>
/// The whole start of a container as data: an ordered list of steps for both sides. Each side executes its own in order, at the
/// same time as the other; where one waits for the other, a step says so.
/// </summary>
public sealed record LaunchPlan
{
    public required LaunchRequest Request { get; init; }
    public required IReadOnlyList<Step> Steps { get; init; }
    /// <summary>The container's cgroup directories; empty where it has none.</summary>
    public required IReadOnlyList<string> Cgroups { get; init; }
    /// <summary>How many descriptors the container's side needs room for.</summary>
    public required int SlotCount { get; init; }
    /// <summary>Slots that the host side fills before it clones, with the path to open.</summary>
    internal IReadOnlyList<InheritedFile> Inherited { get; init; } = [];
    /// <summary>What the user should know, and the launch does not fail for.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>A pure function of the request and the machine's facts.</summary>
    /// <exception cref="KistException">The request asks for what cannot be had.</exception>
    public static LaunchPlan Create(LaunchRequest request, HostFacts facts)
    {
        PlanBuilder plan = new(request, facts);
        NamespacePlanner.Refuse(request.Spec);
        CgroupPlanner.Begin(plan);
        NamespacePlanner.Begin(plan);
        CgroupPlanner.Limit(plan);
        ProcessPlanner.HostSide(plan);
        NamespacePlanner.Enter(plan);
        RootPlanner.Plan(plan);
        MountPlanner.Plan(plan);
        // Before /proc/sys is made read-only.
        NamespacePlanner.Configure(plan);
        DevicePlanner.Plan(plan);
        RootPlanner.Close(plan);
        ProcessPlanner.Plan(plan);
        return plan.Build();
    }
}

/// <summary>What the host side opens for the child before it clones.</summary>
/// <param name="Tree">Null: the file itself, with Flags; else a detached clone of the tree.</param>
sealed record InheritedFile(ushort Slot, string Path, OpenFlags Flags, TreeClone? Tree, bool Optional = false);

/// <summary>How a tree is cloned: open_tree(2), mount_setattr(2).</summary>
sealed record TreeClone(bool Recursive, ulong Set = 0, ulong Clear = 0, ulong Propagation = 0, bool RecursiveAttributes = false);
