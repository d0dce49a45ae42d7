using Kist.Linux;
using Kist.Plan;
using Kist.Runtime.Steps;
using Kist.Spec;
using Mount = Kist.Spec.Mount;

namespace Kist.Runtime.Planning;

/// <summary>Device files, the links that every /dev has, and the paths that are hidden or made read-only.</summary>
static class DevicePlanner
{
    const uint S_IFCHR = 0x2000, S_IFBLK = 0x6000, S_IFIFO = 0x1000, Everybody = 0x1B6;

    // config-linux.md#default-devices
    static readonly (string Name, int Major, int Minor)[] s_devices = [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];
    static readonly (string Name, string Target)[] s_links = [("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"), ("core", "/proc/kcore"), ("ptmx", "pts/ptmx")];

    public static void Plan(PlanBuilder plan)
    {
        bool mounts = plan.Has(NamespaceType.Mount);
        // A /dev that the specification binds from somewhere is its maker's business.
        if (mounts && !HasForeignDev(plan))
        {
            if (!plan.OwnDev) plan.Add(new MakeDirectory(Place.Root("dev"), 0x1ED, "/linux/devices", "an image may lack it") { Options = StepOptions.CreateDirectory | StepOptions.Exists });
            if (!plan.OwnDev) plan.Add(new OpenPath(Place.Root("dev"), Slot.Dev, "/linux/devices", "the image's /dev, wherever its links lead inside the root"));
            foreach ((string name, int major, int minor) in s_devices)
                if (!IsListed(plan, name)) Add(plan, new Device("/dev/" + name, 'c', major, minor, Everybody, 0, 0), "", "every container has it");
            foreach ((string name, string target) in s_links)
                if (name != "core" || plan.OwnProc) plan.Add(new MakeSymlink(new(Slot.Dev, name), target, "", "every container has it") { Options = StepOptions.Exists });
        }
        for (int i = 0; i < plan.Spec.Linux.Devices.Count; i++)
        {
            if (!mounts) throw NamespacePlanner.Unsupported($"/linux/devices/{i}", "making a device without a mount namespace");
            Add(plan, plan.Spec.Linux.Devices[i], $"/linux/devices/{i}", "as the specification says");
        }
        if (mounts) Cover(plan);
    }

    static bool HasForeignDev(PlanBuilder plan)
    {
        foreach (Mount mount in plan.Spec.Mounts)
            if (mount.Destination is "/dev" or "/dev/" && mount.Type != "tmpfs") return true;
        return false;
    }

    static bool IsListed(PlanBuilder plan, string name)
    {
        foreach (Device device in plan.Spec.Linux.Devices)
            if (device.Path.StartsWith("/dev/", StringComparison.Ordinal) && device.Path.AsSpan(5).SequenceEqual(name)) return true;
        return false;
    }

    static void Add(PlanBuilder plan, Device device, string field, string why)
    {
        bool below = device.Path.StartsWith("/dev/", StringComparison.Ordinal) && !device.Path.AsSpan(5).Contains('/');
        // mknod(2) needs a capability in the host's user namespace; the host's own node does as well.
        if (plan.Has(NamespaceType.User) || !plan.Facts.IsRoot)
        {
            if (device.Type == 'p') throw NamespacePlanner.Unsupported(field, "making a FIFO in a user namespace");
            plan.Add(new BindMount(Place.Host(device.Path), below ? new(Slot.Dev, device.Path[5..]) : Place.Root(device.Path), 0, 0, 0, field, why) { Options = StepOptions.CreateFile });
            return;
        }
        uint type = device.Type switch { 'b' => S_IFBLK, 'p' => S_IFIFO, _ => S_IFCHR };
        Place place = new(Slot.Dev, below ? device.Path[5..] : "");
        if (!below)
        {
            int slash = device.Path.LastIndexOf('/');
            ushort directory = plan.NewSlot();
            if (slash > 0) plan.Add(new MakeDirectory(Place.Root(device.Path[..slash]), 0x1ED, field, "the device's directory") { Options = StepOptions.CreateDirectory });
            plan.Add(new OpenPath(Place.Root(device.Path[..slash]), directory, field, "the device's directory"));
            place = new(directory, device.Path[(slash + 1)..]);
        }
        plan.Add(new MakeNode(place, type | (device.FileMode ?? Everybody) & 0xFFF, (uint)device.Major, (uint)device.Minor, field, why)
        {
            Uid = device.Uid ?? 0, Gid = device.Gid ?? 0, Options = StepOptions.Exists | ((device.Uid ?? 0) + (device.Gid ?? 0) > 0 ? StepOptions.Owner : 0),
        });
    }

    /// <summary>Read-only and masked paths: the kernel's switches that a container must not reach.</summary>
    static void Cover(PlanBuilder plan)
    {
        LinuxSpec linux = plan.Spec.Linux;
        for (int i = 0; i < linux.ReadonlyPaths.Count; i++)
        {
            Place place = plan.PlaceOf(linux.ReadonlyPaths[i]);
            plan.Add(new BindMount(place, place, MountAttribute.MOUNT_ATTR_RDONLY, 0, 0, "/linux/readonlyPaths/" + i, "may be looked at, not changed")
            {
                Options = StepOptions.Recursive | StepOptions.RecursiveAttributes | StepOptions.SkipAbsent | plan.CloneOptions
                    | (place.Slot == Slot.Root ? StepOptions.SourceInRoot : PlanBuilder.IsKernels(place) ? StepOptions.Trusted : 0),
            });
        }
        if (linux.MaskedPaths.Count == 0) return;
        // The device that hides files is the host's or one made a moment ago, never a name that the image could redirect.
        bool own = plan.OwnDev && !plan.Has(NamespaceType.User) && plan.Facts.IsRoot;
        plan.Add(new OpenPath(own ? new(Slot.Dev, "null") : Place.Host("/dev/null"), Slot.Null, "/linux/maskedPaths", "files are hidden behind it"));
        for (int i = 0; i < linux.MaskedPaths.Count; i++)
        {
            Place place = plan.PlaceOf(linux.MaskedPaths[i]);
            plan.Add(new MaskPath(place, "/linux/maskedPaths/" + i, "tells or switches what is the host's") { Options = PlanBuilder.IsKernels(place) ? StepOptions.Trusted : 0 });
        }
    }
}
