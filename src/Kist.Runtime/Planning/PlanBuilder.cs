using Kist.Linux;
using Kist.Plan;
using Kist.Runtime.Cgroups;
using Kist.Runtime.Steps;
using Kist.Spec;

namespace Kist.Runtime.Planning;

/// <summary>What the planners share while a plan grows.</summary>
sealed class PlanBuilder(LaunchRequest request, HostFacts facts)
{
    readonly List<Step> _steps = new(96);
    readonly List<InheritedFile> _inherited = [];
    readonly List<string> _warnings = [];
    ushort _nextSlot = Slot.FirstFree;

    public LaunchRequest Request => request;
    public RuntimeSpec Spec => request.Spec;
    public HostFacts Facts => facts;
    public Process Process => request.Spec.Process!;
    public IReadOnlyList<string> Cgroups { get; set; } = [];
    /// <summary>/proc, /dev, /sys are the container's own mounts, so that paths below can start there.</summary>
    public bool OwnProc { get; set; }
    public bool OwnDev { get; set; }
    public bool OwnSys { get; set; }
    public bool OwnPts { get; set; }

    public void Add(Step step) => _steps.Add(step);

    public void Warn(string warning) => _warnings.Add(warning);

    public ushort NewSlot(int count = 1)
    {
        ushort first = _nextSlot;
        _nextSlot += (ushort)count;
        return first;
    }

    /// <summary>A slot with a descriptor that the child inherits.</summary>
    public ushort Inherit(string path, OpenFlags flags, bool optional = false)
    {
        ushort slot = NewSlot();
        _inherited.Add(new(slot, path, flags, null, optional));
        return slot;
    }

    /// <summary>
    /// Whether the child may not be able to reach what the host's root can: it is nobody outside its user namespace, and a
    /// directory on the way may be closed to it. Then the host side opens what is mounted.
    /// </summary>
    public bool ChildIsNobody => facts.IsRoot && Has(NamespaceType.User);

    /// <summary>A slot with a detached clone of a host's tree, made by the host side.</summary>
    public ushort InheritTree(string path, TreeClone clone)
    {
        ushort slot = NewSlot();
        _inherited.Add(new(slot, path, 0, clone));
        return slot;
    }

    public bool Has(NamespaceType type)
    {
        foreach (Namespace item in Spec.Linux.Namespaces)
            if (item.Type == type) return true;
        return false;
    }

    /// <summary>JSON pointer to a namespace's entry.</summary>
    public string NamespaceField(NamespaceType type)
    {
        for (int i = 0; i < Spec.Linux.Namespaces.Count; i++)
            if (Spec.Linux.Namespaces[i].Type == type) return "/linux/namespaces/" + i;
        return "";
    }

    /// <summary>The place of an absolute path in the container, from the nearest mount of our own.</summary>
    public Place PlaceOf(string path)
    {
        if (OwnProc && path.StartsWith("/proc/", StringComparison.Ordinal)) return new(Slot.Proc, path[6..]);
        if (OwnSys && path.StartsWith("/sys/", StringComparison.Ordinal)) return new(Slot.Sys, path[5..]);
        return Place.Root(path);
    }

    /// <summary>
    /// A name right below the container's own procfs or sysfs: nobody else makes names there, so it need not be opened before it is
    /// mounted on. Links are looked up all the same.
    /// </summary>
    public static bool IsKernels(Place place) => place.Slot is Slot.Proc or Slot.Sys && !place.Path.Contains('/')
        && place.Path is not ("self" or "thread-self" or "net" or "mounts");

    public StepOptions CloneOptions => facts.OpenTreeAttr ? StepOptions.OpenTreeAttr : StepOptions.None;

    public LaunchPlan Build() => new()
    {
        Request = request, Steps = _steps, Cgroups = Cgroups, SlotCount = _nextSlot, Inherited = _inherited, Warnings = _warnings,
    };
}
