using Kist.Linux;
using Kist.Plan;
using Kist.Runtime.Cgroups;
using Kist.Runtime.Steps;
using Kist.Spec;

namespace Kist.Runtime.Planning;

/// <summary>Namespaces: which are made by the clone, which after it, and what is set in them.</summary>
static class NamespacePlanner
{
    /// <summary>Refuses what this version cannot do, by name: an option is never ignored.</summary>
    public static void Refuse(RuntimeSpec spec)
    {
        if (spec.Process is not { Args.Count: > 0 }) throw new KistException($"/process{(spec.Process is null ? "" : "/args")}: is missing; it names the program to run");
        for (int i = 0; i < spec.Linux.Namespaces.Count; i++)
            if (spec.Linux.Namespaces[i].Path is string path)
                throw Unsupported($"/linux/namespaces/{i}/path", $"joining the namespace {path}");
        if (spec.Hooks is { } hooks && hooks.Prestart.Count + hooks.CreateRuntime.Count + hooks.CreateContainer.Count
            + hooks.StartContainer.Count + hooks.Poststart.Count + hooks.Poststop.Count > 0) throw Unsupported("/hooks", "running hooks");
        if (spec.Linux.IntelRdt is not null) throw Unsupported("/linux/intelRdt", "Intel RDT");
        if (spec.Linux.MemoryPolicy is not null) throw Unsupported("/linux/memoryPolicy", "a memory policy");
        if (spec.Linux.NetDevices.Count > 0) throw Unsupported("/linux/netDevices", "moving network devices");
        if (!string.IsNullOrEmpty(spec.Linux.MountLabel)) throw Unsupported("/linux/mountLabel", "SELinux mount labels");
        if (!string.IsNullOrEmpty(spec.Process?.ApparmorProfile)) throw Unsupported("/process/apparmorProfile", "AppArmor profiles");
        if (!string.IsNullOrEmpty(spec.Process?.SelinuxLabel)) throw Unsupported("/process/selinuxLabel", "SELinux labels");
    }

    internal static KistException Unsupported(string field, string what) => new($"{field}: {what} is not supported by this version of Kist");

    public static void Begin(PlanBuilder plan)
    {
        ulong flags = 0;
        foreach (Namespace item in plan.Spec.Linux.Namespaces) flags |= NamespaceTable.CloneFlagOf(item.Type);
        // The cgroup namespace is rooted where its maker is: it is made once the child is in its cgroup. With offsets the time
        // namespace must be empty while they are written.
        ulong later = CloneFlag.CLONE_NEWCGROUP;
        if (plan.Spec.Linux.TimeOffsets.Count > 0) later |= CloneFlag.CLONE_NEWTIME;
        bool intoCgroup = plan.Facts.Cgroups.Version == CgroupVersion.V2 && plan.Cgroups.Count > 0;
        if (plan.Request.NullInput)
            plan.Add(new NullStandardInput("", "without -i the program reads nothing of the caller's"));
        plan.Add(new CloneContainer(flags & ~later, intoCgroup ? plan.Cgroups[0] : null, "/linux/namespaces", "one call makes them all, user first"));
        if (!plan.Has(NamespaceType.User)) return;

        IReadOnlyList<IdMapping> uids = plan.Spec.Linux.UidMappings, gids = plan.Spec.Linux.GidMappings;
        if (!MapsRoot(uids)) throw new KistException("/linux/uidMappings: container id 0 is not mapped; kist-init sets the container up as its root. Map it, to an id that owns nothing if need be.");
        if (!MapsRoot(gids)) throw new KistException("/linux/gidMappings: container id 0 is not mapped; kist-init sets the container up as its root. Map it, to an id that owns nothing if need be.");
        bool byHelper = !plan.Facts.IsRoot && !(IsOwn(uids, plan.Facts.Uid) && IsOwn(gids, plan.Facts.Gid));
        plan.Add(new WriteIdMaps(uids, gids, byHelper, !plan.Facts.IsRoot && !byHelper, "/linux/uidMappings", "before the maps are written the child has no identity"));
        if (plan.Request.Root is { IdMapped: true } view)
            plan.Add(new PrepareRootView(view, "", "root inside owns the layers' files, and is nobody outside"));
    }

    static bool MapsRoot(IReadOnlyList<IdMapping> maps)
    {
        foreach (IdMapping map in maps) if (map.ContainerId == 0 && map.Size > 0) return true;
        return false;
    }

    static bool IsOwn(IReadOnlyList<IdMapping> maps, uint id) => maps.Count == 1 && maps[0].Size == 1 && maps[0].HostId == id;

    /// <summary>The first steps of the child: cgroup, cgroup namespace, time.</summary>
    public static void Enter(PlanBuilder plan)
    {
        plan.Add(new SimpleCall(StepKind.Umask, "umask", "clear the umask", "", "modes are as the plan says"));
        CgroupPlanner.Join(plan);
        if (plan.Has(NamespaceType.Cgroup))
            plan.Add(new SimpleCall(StepKind.Unshare, "unshare", "make a cgroup namespace", plan.NamespaceField(NamespaceType.Cgroup),
                "rooted at the container's own cgroup", (uint)CloneFlag.CLONE_NEWCGROUP));
        if (plan.Spec.Linux.TimeOffsets.Count > 0)
        {
            if (!plan.Facts.Kernel.IsAtLeast(6, 3))
                throw new KistException($"/linux/timeOffsets: this kernel is Linux {plan.Facts.Kernel}; a time namespace with offsets is entered by execve from 6.3 on");
            string text = "";
            foreach ((string clock, TimeOffset offset) in plan.Spec.Linux.TimeOffsets) text += $"{clock} {offset.Secs} {offset.Nanosecs}\n";
            plan.Add(new SimpleCall(StepKind.Unshare, "unshare", "make a time namespace", plan.NamespaceField(NamespaceType.Time),
                "its offsets are written while nobody is in it; the program's execve enters it", (uint)CloneFlag.CLONE_NEWTIME));
            plan.Add(new WriteFile(Place.Host("/proc/self/timens_offsets"), text, "/linux/timeOffsets", "clocks of the new time namespace"));
        }
        if (plan.Request.NewKeyring)
            plan.Add(new SimpleCall(StepKind.Keyring, "keyctl", "join a new session keyring", "", "keys of the caller's session stay out of reach",
                text: "_ses." + plan.Request.Id, options: StepOptions.MayFail));
    }

    /// <summary>What is set inside the namespaces: names, sysctls, the loopback interface.</summary>
    public static void Configure(PlanBuilder plan)
    {
        if (plan.Has(NamespaceType.Network))
            plan.Add(new SimpleCall(StepKind.LoopbackUp, "ioctl", "bring the loopback interface up", plan.NamespaceField(NamespaceType.Network), "a new network namespace has it down"));
        if (plan.Spec.Hostname is { } hostname && plan.Has(NamespaceType.Uts))
            plan.Add(new SimpleCall(StepKind.Hostname, "sethostname", $"set the hostname to {hostname}", "/hostname", "the UTS namespace starts with the host's", text: hostname));
        if (plan.Spec.Domainname is { } domainname && plan.Has(NamespaceType.Uts))
            plan.Add(new SimpleCall(StepKind.Domainname, "setdomainname", $"set the domain name to {domainname}", "/domainname", "the UTS namespace starts with the host's", text: domainname));
        foreach ((string name, string value) in plan.Spec.Linux.Sysctl)
        {
            string path = "sys/" + (SysctlName.ToPath(name) ?? throw new KistException($"/linux/sysctl: \"{name}\" is no kernel parameter"));
            plan.Add(new WriteFile(plan.OwnProc ? new(Slot.Proc, path) : Place.Host("/proc/" + path), value, $"/linux/sysctl/{SpecPath.Escape(name)}", "a kernel parameter of the container's own"));
        }
    }
}
