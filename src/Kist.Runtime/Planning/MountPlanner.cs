using Kist.Linux;
using Kist.Plan;
using Kist.Runtime.Cgroups;
using Kist.Runtime.Steps;
using Kist.Spec;
using Mount = Kist.Spec.Mount;

namespace Kist.Runtime.Planning;

/// <summary>The mounts of the specification, in its order.</summary>
static class MountPlanner
{
    const ulong Restricted = MountAttribute.MOUNT_ATTR_NOSUID | MountAttribute.MOUNT_ATTR_NODEV | MountAttribute.MOUNT_ATTR_NOEXEC;

    public static void Plan(PlanBuilder plan)
    {
        IReadOnlyList<Mount> mounts = plan.Spec.Mounts;
        if (mounts.Count > 0 && !plan.Has(NamespaceType.Mount))
            throw new KistException("/mounts: without a mount namespace of the container's own its mounts would be the host's; add the namespace \"mount\", or leave the mounts out");
        for (int i = 0; i < mounts.Count; i++) Add(plan, mounts[i], i);
    }

    static void Add(PlanBuilder plan, Mount mount, int index)
    {
        string field = "/mounts/" + index;
        // As /proc, so that "/proc/" and "//proc" are known as what they are.
        string destination = "/" + mount.Destination.Trim('/');
        MountOptions options = MountOptions.Parse(mount.Options);
        foreach (MountData item in options.Data)
            if (item.Key == "") throw new KistException($"{field}/options: \"={item.Value}\" has no name");
        if (options.TmpCopyUp) throw NamespacePlanner.Unsupported($"{field}/options", "tmpcopyup");
        if (options.IdMap || options.RecursiveIdMap || mount.UidMappings.Count + mount.GidMappings.Count > 0)
            throw NamespacePlanner.Unsupported($"{field}/uidMappings", "an idmapped mount");
        if (options.Remount) throw NamespacePlanner.Unsupported($"{field}/options", "remount");

        RefuseOnProc(mount, destination, field);
        if (options.Bind || options.RecursiveBind || mount.Type == "bind") Bind(plan, mount, destination, options, field);
        else if (mount.Type is "cgroup" or "cgroup2") Cgroup(plan, destination, options, field);
        else Filesystem(plan, mount, destination, options, field);

        // Propagation beyond the first change, which the mount itself took.
        for (int i = 0; i < options.Propagation.Count; i++)
            if (i > 0 || !(options.Bind || options.RecursiveBind))
                plan.Add(new ChangeMount(plan.PlaceOf(destination), 0, 0, options.Propagation[i].Flag, $"{field}/options", "how mounts pass on")
                {
                    Options = options.Propagation[i].Recursive ? StepOptions.RecursiveAttributes : 0,
                });
    }

    // What programs are told of the machine, and a file of lxcfs may say otherwise. Any other mount there could take the place of
    // what a runtime writes to.
    static readonly string[] s_replaceable = ["cpuinfo", "diskstats", "loadavg", "meminfo", "net/dev", "slabinfo", "stat", "swaps", "uptime"];

    static void RefuseOnProc(Mount mount, string destination, string field)
    {
        if (destination == "/proc" && mount.Type != "proc" && mount.Source is not ("/proc" or "/proc/"))
            throw new KistException($"{field}/destination: /proc is for procfs; anything else there would hide the container's processes from what sets it up (CVE-2019-19921)");
        if (!destination.StartsWith("/proc/", StringComparison.Ordinal)) return;
        foreach (string name in s_replaceable)
            if (destination.AsSpan(6).SequenceEqual(name)) return;
        throw new KistException($"{field}/destination: nothing can be mounted on {destination}: in /proc only {string.Join(", ", s_replaceable)} can be replaced (CVE-2019-16884)");
    }

    /// <summary>Places that are checked where they are resolved: /proc and /sys may be no links, and a link may not lead into procfs.</summary>
    static StepOptions Checks(Place target, string destination) => target.Slot != Slot.Root ? 0 : destination switch
    {
        "/proc" or "/sys" => StepOptions.NoSymlinks,
        "/dev" => 0,
        _ => StepOptions.NotOnProc,
    };

    static void Bind(PlanBuilder plan, Mount mount, string destination, MountOptions options, string field)
    {
        string source = mount.Source is { Length: > 0 } given ? given : throw new KistException($"{field}/source: is missing; a bind mount needs what it shows");
        if (options.Data.Count > 0) plan.Warn($"{field}/options: {options.Data[0].Key} is left out: a bind mount has no options of a filesystem's");
        if (!source.StartsWith('/')) source = $"{plan.Request.Bundle}/{source}";
        bool recursive = options.RecursiveBind || !options.Bind;
        ulong set = options.AttributesToSet | options.RecursiveToSet, clear = options.AttributesToClear | options.RecursiveToClear;
        bool attributesBelow = options.RecursiveToSet != 0 || options.RecursiveToClear != 0;
        if (attributesBelow && options.AttributesToSet != 0)
            plan.Warn($"{field}/options: attributes with and without recursion are applied to the whole tree");
        ulong propagation = options.Propagation.Count > 0 ? options.Propagation[0].Flag : 0;
        Place place = plan.PlaceOf(destination);
        if (plan.ChildIsNobody)
        {
            plan.Add(new AttachMount(plan.InheritTree(source, new(recursive, set, clear, propagation, attributesBelow)), source, place, field, Why(destination, "as the specification says"))
            {
                Options = StepOptions.CreateFile | StepOptions.CreateDirectory | Checks(place, destination),
            });
            return;
        }
        plan.Add(new BindMount(Place.Host(source), place, set, clear, propagation, field, Why(destination, "as the specification says"))
        {
            Options = StepOptions.CreateFile | StepOptions.CreateDirectory | Checks(place, destination) | plan.CloneOptions
                | (recursive ? StepOptions.Recursive : 0) | (attributesBelow ? StepOptions.RecursiveAttributes : 0),
        });
    }

    static void Filesystem(PlanBuilder plan, Mount mount, string destination, MountOptions options, string field)
    {
        string type = mount.Type is { Length: > 0 } given ? given : throw new KistException($"{field}/type: is missing; it names the filesystem of {destination}");
        List<(string, string?)> data = [];
        // What has no device is told its source only where df(1) would show it.
        if (mount.Source is { Length: > 0 } source && (type == "tmpfs" || !IsVirtual(type))) data.Add(("source", source));
        foreach (MountData item in options.Data) data.Add((item.Key, item.Value));
        // Read-only is the mount's attribute; the last two are no options of fsconfig(2), and change nothing here.
        foreach (string flag in options.SuperblockOptions) if (flag is not ("ro" or "silent" or "iversion")) data.Add((flag, null));
        ushort keep = 0;
        StepOptions stepOptions = StepOptions.CreateDirectory;
        Place target = plan.PlaceOf(destination);
        stepOptions |= Checks(target, destination);
        switch (destination)
        {
            case "/proc" when type == "proc":
                (plan.OwnProc, keep) = (true, Slot.Proc);
                break;
            case "/sys" when type == "sysfs":
                (plan.OwnSys, keep) = (true, Slot.Sys);
                break;
            case "/dev" when type == "tmpfs":
                (plan.OwnDev, keep) = (true, Slot.Dev);
                break;
            case "/dev/pts" when type == "devpts":
                (plan.OwnPts, keep) = (true, Slot.Pts);
                break;
        }
        // Below a /dev that was mounted a moment ago nobody else has made anything.
        if (plan.OwnDev && destination.StartsWith("/dev/", StringComparison.Ordinal) && !destination.AsSpan(5).Contains('/') && !WasMounted(plan, field, destination))
        {
            target = new(Slot.Dev, destination[5..]);
            plan.Add(new MakeDirectory(target, 0x1ED, field, "a place to mount on") { Options = StepOptions.Exists });
            stepOptions = StepOptions.Trusted;
        }
        if (plan.Has(NamespaceType.User) && type == "devpts") data.RemoveAll(item => item.Item1 == "gid" && !Maps(plan.Spec.Linux.GidMappings, item.Item2));
        plan.Add(new MountFilesystem(type, target, data, options.AttributesToSet | options.RecursiveToSet, field, Why(destination, $"{type}, as the specification says")) { Keep = keep, Options = stepOptions });
    }

    static bool WasMounted(PlanBuilder plan, string field, string destination)
    {
        foreach (Mount other in plan.Spec.Mounts)
            if (other.Destination != destination && other.Destination.StartsWith("/dev/", StringComparison.Ordinal) && destination.StartsWith(other.Destination + "/", StringComparison.Ordinal)) return true;
        return false;
    }

    // devpts refuses a group that the user namespace does not know.
    static bool Maps(IReadOnlyList<IdMapping> maps, string? id)
    {
        if (!uint.TryParse(id, out uint number)) return true;
        foreach (IdMapping map in maps) if (number - map.ContainerId < map.Size && number >= map.ContainerId) return true;
        return false;
    }

    static bool IsVirtual(string type) => type is "proc" or "sysfs" or "devpts" or "mqueue" or "tmpfs" or "ramfs" or "overlay" or "bpf" or "tracefs" or "debugfs" or "securityfs" or "hugetlbfs" or "configfs" or "efivarfs" or "binfmt_misc";

    static void Cgroup(PlanBuilder plan, string destination, MountOptions options, string field)
    {
        const string why = "the container sees its own control groups";
        ulong readOnly = options.AttributesToSet & MountAttribute.MOUNT_ATTR_RDONLY;
        if (plan.Facts.Cgroups.Version == CgroupVersion.None) return;
        if (plan.Facts.Cgroups.Version == CgroupVersion.V2)
        {
            if (plan.Has(NamespaceType.Cgroup))
                plan.Add(new MountFilesystem("cgroup2", plan.PlaceOf(destination), [], Restricted | readOnly, field, why) { Options = StepOptions.CreateDirectory });
            else if (plan.Request.CgroupOptional && !plan.Facts.IsRoot)
                // The container may have no cgroup of its own: what it sees is its caller's.
                plan.Add(new BindMount(Place.Host(plan.Facts.Cgroups.Hierarchies[0].Directory + plan.Facts.Cgroups.Hierarchies[0].OwnPath.TrimEnd('/')), plan.PlaceOf(destination),
                    Restricted | MountAttribute.MOUNT_ATTR_RDONLY, 0, 0, field, why) { Options = StepOptions.CreateDirectory | plan.CloneOptions });
            else if (plan.Cgroups.Count > 0)
                // Without a cgroup namespace a new mount would show the host's tree; read-only, as it is the caller's (CVE-2023-25809).
                plan.Add(new BindMount(Place.Host(plan.Cgroups[0]), plan.PlaceOf(destination), Restricted | MountAttribute.MOUNT_ATTR_RDONLY, 0, 0, field, why) { Options = StepOptions.CreateDirectory | plan.CloneOptions });
            return;
        }
        if (plan.Cgroups.Count == 0) return;
        // v1: a directory for each hierarchy. A bind of the container's own cgroup is, in its cgroup namespace, what a new mount would be.
        ushort slot = plan.NewSlot();
        plan.Add(new MountFilesystem("tmpfs", plan.PlaceOf(destination), [("source", "tmpfs"), ("mode", "755")], Restricted, field, why) { Keep = slot, Options = StepOptions.CreateDirectory });
        for (int i = 0; i < plan.Cgroups.Count; i++)
        {
            string directory = plan.Facts.Cgroups.Hierarchies[i].Directory;
            Place place = new(slot, directory[(directory.LastIndexOf('/') + 1)..]);
            plan.Add(new MakeDirectory(place, 0x1ED, field, "a place to mount on"));
            plan.Add(new BindMount(Place.Host(plan.Cgroups[i]), place, Restricted | readOnly, 0, 0, field, why) { Options = StepOptions.Trusted | StepOptions.SkipAbsent | plan.CloneOptions });
            if (plan.Facts.Cgroups.Hierarchies[i].Controllers is var names && names.Contains(','))
                foreach (string name in names.Split(',')) plan.Add(new MakeSymlink(new(slot, name), names, field, "controllers that share a hierarchy"));
        }
        if (readOnly != 0) plan.Add(new ChangeMount(new(slot, ""), readOnly, 0, 0, field, "no new directories beside the hierarchies"));
    }

    static string Why(string destination, string otherwise) => destination switch
    {
        "/proc" => "processes of the container's pid namespace, no others",
        "/dev" => "devices of the container's own",
        "/dev/pts" => "terminals of the container's own",
        "/dev/shm" => "POSIX shared memory",
        "/dev/mqueue" => "POSIX message queues of its ipc namespace",
        "/sys" => "the kernel's objects, network devices of its own namespace",
        _ => otherwise,
    };
}
