using Kist.Linux;
using Kist.Plan;
using Kist.Runtime.Steps;

namespace Kist.Runtime.Planning;

/// <summary>A root made of parts: overlays, binds and empty directories over one scratch of limited size.</summary>
static class RootViewPlanner
{
    const string Field = "/root/path";

    public static void Plan(PlanBuilder plan, RootView view)
    {
        string stage = plan.Request.StateDirectory;
        if (view.IdMapped && !plan.ChildIsNobody) throw new KistException($"{Field}: layers are shown through id maps only by root, and to a container with a user namespace");
        if (view.IdMapped && view.DiskScratch is not null) throw new KistException($"{Field}: idmapped layers have their scratch in memory, not on disk");
        if (view.IdMapped) PlanPrepared(plan, view);
        else
        {
            if (view.DiskScratch is { } directory)
                plan.Add(new BindMount(Place.Host(directory), Place.Host(stage), 0, 0, 0, Field, "what is written goes to a private folder on disk")
                {
                    Keep = Slot.Scratch, Options = StepOptions.Trusted,
                });
            else
                plan.Add(new MountFilesystem("tmpfs", Place.Host(stage), [("source", "kist"), ("size", $"{view.ScratchSize}"), ("mode", "755")], 0, Field, "what is written goes here, and is gone afterwards")
                {
                    Keep = Slot.Scratch, Options = StepOptions.Trusted,
                });
            for (int i = 0; i < view.Parts.Count; i++) Add(plan, view, view.Parts[i], i, stage);
        }
    }

    static void Add(PlanBuilder plan, RootView view, RootPart part, int index, string stage)
    {
        bool first = index == 0;
        // The root's own mount point lies on the scratch, too; every other place is looked up inside the root.
        Place target = first ? new(Slot.Scratch, "root") : Place.Root(part.Destination);
        if (first) plan.Add(new MakeDirectory(target, 0x1ED, Field, "where the root is put together"));
        switch (part.Kind)
        {
            case RootPartKind.Overlay:
                Own(plan, $"u{index}", part);
                plan.Add(new MakeDirectory(new(Slot.Scratch, $"w{index}"), 0x1C0, Field, "the overlay's work directory"));
                plan.Add(new MountFilesystem("overlay", target, OverlayOptions(view, part.Source, $"{stage}/u{index}", $"{stage}/w{index}"), 0, Field, $"{part.Source}, copy-on-write")
                {
                    Keep = first ? Slot.Root : (ushort)0, Options = first ? StepOptions.Trusted : StepOptions.CreateDirectory,
                });
                break;
            case RootPartKind.Empty:
                Own(plan, $"e{index}", part);
                plan.Add(new BindMount(new(Slot.Scratch, $"e{index}"), target, 0, 0, 0, Field, first ? "the root's own directory" : "empty, writable, the container's own")
                {
                    Keep = first ? Slot.Root : (ushort)0, Options = first ? StepOptions.Trusted : StepOptions.CreateDirectory,
                });
                break;
            case RootPartKind.Bind:
                AddBind(plan, part, target, first);
                break;
            default:
                AddOther(plan, part);
                break;
        }
    }

    static void Own(PlanBuilder plan, string name, RootPart part)
        => plan.Add(new MakeDirectory(new(Slot.Scratch, name), part.Mode, Field, "with the owner and mode of what it stands for")
        {
            Uid = part.Uid, Gid = part.Gid, Options = part.Uid + part.Gid > 0 ? StepOptions.Owner : 0,
        });

    static void AddBind(PlanBuilder plan, RootPart part, Place target, bool first)
        => plan.Add(new BindMount(Place.Host(part.Source), target, part.Readonly ? MountAttribute.MOUNT_ATTR_RDONLY : 0, 0, 0, Field, $"{part.Source} of this machine{(part.Readonly ? ", read-only" : "")}")
        {
            Keep = first ? Slot.Root : (ushort)0,
            Options = plan.CloneOptions | (first ? StepOptions.Trusted : part.IsFile ? StepOptions.CreateFile : StepOptions.CreateDirectory) | (part.Recursive ? StepOptions.Recursive | StepOptions.RecursiveAttributes : 0),
        });

    static void AddOther(PlanBuilder plan, RootPart part)
    {
        if (part.Kind == RootPartKind.Symlink)
            plan.Add(new MakeSymlink(Place.Root(part.Destination), part.Source, Field, "as on this machine") { Options = StepOptions.Exists });
        else
            plan.Add(new MakeDirectory(Place.Root(part.Destination), part.Mode, Field, "a place to mount on")
            {
                Uid = part.Uid, Gid = part.Gid, Options = StepOptions.Exists | (part.Uid + part.Gid > 0 ? StepOptions.Owner : 0),
            });
    }

    /// <summary>Made by the host side through the container's id maps; here the prepared mounts are only attached.</summary>
    static void PlanPrepared(PlanBuilder plan, RootView view)
    {
        int count = PreparedCount(view);
        ushort slot = plan.NewSlot(count);
        plan.Add(new ReceiveMounts(slot, count, Field, "layers seen through the container's id maps"));
        plan.Add(new AttachMount(slot++, "the scratch", Place.Host(plan.Request.StateDirectory), Field, "what is written goes here, and is gone afterwards") { Keep = Slot.Scratch, Options = StepOptions.Trusted });
        for (int i = 0; i < view.Parts.Count; i++)
        {
            RootPart part = view.Parts[i];
            if (part.Kind is RootPartKind.Overlay or RootPartKind.Empty)
                plan.Add(new AttachMount(slot++, part.Kind == RootPartKind.Overlay ? $"{part.Source}, copy-on-write," : "an empty directory", i == 0 ? new(Slot.Scratch, "root") : Place.Root(part.Destination), Field, "as prepared")
                {
                    Keep = i == 0 ? Slot.Root : (ushort)0, Options = i == 0 ? StepOptions.Trusted : StepOptions.CreateDirectory,
                });
            else if (part.Kind == RootPartKind.Bind)
                plan.Add(new AttachMount(slot++, part.Source, i == 0 ? new(Slot.Scratch, "root") : Place.Root(part.Destination), Field, $"{part.Source} of this machine")
                {
                    Keep = i == 0 ? Slot.Root : (ushort)0, Options = i == 0 ? StepOptions.Trusted : part.IsFile ? StepOptions.CreateFile : StepOptions.CreateDirectory,
                });
            else AddOther(plan, part);
        }
    }

    /// <summary>How many mounts the host side prepares: the scratch, and one for each part that is a mount.</summary>
    internal static int PreparedCount(RootView view)
    {
        int count = 1;
        foreach (RootPart part in view.Parts) if (part.Kind is RootPartKind.Overlay or RootPartKind.Empty or RootPartKind.Bind) count++;
        return count;
    }

    /// <summary>overlayfs's options; what lets a layer's content redirect lookups is off.</summary>
    internal static List<(string, string?)> OverlayOptions(RootView view, string lower, string upper, string work)
    {
        List<(string, string?)> options =
        [
            ("source", "kist"), ("lowerdir", Escape(lower)), ("upperdir", upper), ("workdir", work), ("redirect_dir", "nofollow"), ("index", "off"), ("metacopy", "off"), ("xino", "off"),
        ];
        if (view.UserXattr) options.Add(("userxattr", null));
        else if (view.DiskScratch is null) options.Add(("volatile", null));
        return options;
    }

    // A colon separates layers, and a backslash escapes it.
    static string Escape(string path) => path.AsSpan().ContainsAny('\\', ':') ? path.Replace("\\", "\\\\").Replace(":", "\\:") : path;
}
