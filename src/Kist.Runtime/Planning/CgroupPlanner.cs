using Kist.Linux;
using Kist.Runtime.Cgroups;
using Kist.Runtime.Steps;
using Kist.Spec;

namespace Kist.Runtime.Planning;

/// <summary>Control groups: where the container's are, how it gets into them, and what they limit.</summary>
static class CgroupPlanner
{
    /// <summary>Makes the container's cgroups, before anything runs in them.</summary>
    public static void Begin(PlanBuilder plan)
    {
        CgroupLayout layout = plan.Facts.Cgroups;
        bool limits = CgroupLimits.Any(plan.Spec.Linux.Resources);
        bool v1 = layout.Version is CgroupVersion.V1 or CgroupVersion.Hybrid;
        if (layout.Version == CgroupVersion.None || v1 && !plan.Facts.IsRoot)
        {
            if (limits)
                throw new KistException($"{CgroupLimits.FirstField(plan.Spec.Linux.Resources)}: cannot be enforced here: "
                    + (layout.Version == CgroupVersion.None ? "no control groups are mounted at /sys/fs/cgroup" : "cgroup v1 cannot be delegated to users who are not root; run as root, or leave limits out"));
            return;
        }

        List<string> directories = new(layout.Hierarchies.Count);
        foreach (CgroupHierarchy hierarchy in layout.Hierarchies) directories.Add(hierarchy.Directory + PathIn(plan, hierarchy, layout.Version));
        plan.Cgroups = directories;
        plan.Add(new MakeCgroups(directories, "/linux/cgroupsPath", "accounts for and limits what the container uses") { Optional = plan.Request.CgroupOptional && !limits });

        // Before the clone: nothing can enter a cpuset of v1 that has no CPUs yet, and device rules are written one by one, the
        // first of which denies everything.
        if (v1)
        {
            foreach (CgroupWrite write in CgroupLimits.Plan(plan.Spec.Linux.Resources, layout))
                if (write.Controller == "cpuset") Add(plan, write);
            LimitDevices(plan);
        }

        IReadOnlyList<string> controllers = layout.Version == CgroupVersion.V2 ? CgroupLimits.Controllers(plan.Spec.Linux.Resources) : [];
        if (controllers.Count > 0)
            plan.Add(new EnableControllers(directories[0][..directories[0].LastIndexOf('/')], controllers, CgroupLimits.FirstField(plan.Spec.Linux.Resources), "a cgroup's controllers are switched on by the one above it"));
    }

    static string PathIn(PlanBuilder plan, CgroupHierarchy hierarchy, CgroupVersion version)
    {
        string path = plan.Spec.Linux.CgroupsPath is { Length: > 0 } given ? given : plan.Request.CgroupPrefix + plan.Request.Id;
        if (path.StartsWith('/')) return path;
        // Relative: below this process's own cgroup; on v2 beside it, as a cgroup with processes may not have children with controllers.
        string own = hierarchy.OwnPath;
        if (version == CgroupVersion.V2) own = own[..int.Max(0, own.LastIndexOf('/'))];
        return $"{(own == "/" ? "" : own)}/{path}";
    }

    /// <summary>The files that limit, written by the host side while the child mounts.</summary>
    public static void Limit(PlanBuilder plan)
    {
        if (plan.Cgroups.Count == 0) return;
        Resources resources = plan.Spec.Linux.Resources;
        foreach (CgroupWrite write in CgroupLimits.Plan(resources, plan.Facts.Cgroups))
            if (plan.Facts.Cgroups.Version == CgroupVersion.V2 || write.Controller != "cpuset") Add(plan, write);
        if (plan.Facts.Cgroups.Version == CgroupVersion.V2) LimitDevices(plan);
    }

    static void LimitDevices(PlanBuilder plan)
    {
        Resources resources = plan.Spec.Linux.Resources;
        if (resources.Devices.Count == 0 || !plan.Facts.IsRoot) return;
        if (plan.Facts.Cgroups.Version == CgroupVersion.V2)
            plan.Add(new FilterDevices(plan.Cgroups[0], DeviceRules.Complete(resources.Devices, plan.Spec.Linux.Devices), "/linux/resources/devices", "which devices may be opened and made"));
        else if (plan.Facts.Cgroups.Find("devices") is { } hierarchy)
            foreach ((string file, string value) in DeviceRules.ForV1(DeviceRules.Complete(resources.Devices, plan.Spec.Linux.Devices)))
                plan.Add(new WriteCgroup($"{plan.Cgroups[IndexOf(plan, hierarchy)]}/{file}", value, "/linux/resources/devices", "which devices may be opened and made"));
    }

    static void Add(PlanBuilder plan, CgroupWrite write)
        => plan.Add(new WriteCgroup($"{DirectoryOf(plan, write)}/{write.File}", write.Value, write.Field, write.Why) { Optional = write.Optional });

    static string DirectoryOf(PlanBuilder plan, CgroupWrite write)
    {
        if (plan.Facts.Cgroups.Version == CgroupVersion.V2) return plan.Cgroups[0];
        CgroupHierarchy hierarchy = plan.Facts.Cgroups.Find(write.Controller)
            ?? throw new KistException($"{write.Field}: cannot be enforced here: no cgroup hierarchy has the controller {write.Controller}");
        return plan.Cgroups[IndexOf(plan, hierarchy)];
    }

    static int IndexOf(PlanBuilder plan, CgroupHierarchy hierarchy)
    {
        for (int i = 0; i < plan.Facts.Cgroups.Hierarchies.Count; i++)
            if (ReferenceEquals(plan.Facts.Cgroups.Hierarchies[i], hierarchy)) return i;
        throw new InvalidOperationException($"{hierarchy.Directory} is none of this machine's hierarchies");
    }

    /// <summary>On v1 the child enters each hierarchy itself: a write to cgroup.procs by another would wait 10 ms for RCU.</summary>
    public static void Join(PlanBuilder plan)
    {
        if (plan.Facts.Cgroups.Version == CgroupVersion.V2) return;
        // In a user namespace the child is not the host's root any more, and writes to what this process opened.
        foreach (string directory in plan.Cgroups)
            plan.Add(new JoinCgroup(directory, plan.Has(NamespaceType.User) ? plan.Inherit(directory + "/tasks", OpenFlags.O_WRONLY, optional: true) : (ushort)0,
                "/linux/cgroupsPath", "a single-threaded process moves itself without waiting"));
    }
}
