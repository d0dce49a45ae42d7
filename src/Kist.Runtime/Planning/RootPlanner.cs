using Kist.Linux;
using Kist.Plan;
using Kist.Runtime.Steps;
using Kist.Spec;

namespace Kist.Runtime.Planning;

/// <summary>The root filesystem: made or bound, and at the end entered.</summary>
static class RootPlanner
{
    const ulong MS_SLAVE = 1 << 19, MS_PRIVATE = 1 << 18, MS_SHARED = 1 << 20, MS_UNBINDABLE = 1 << 17;

    public static void Plan(PlanBuilder plan)
    {
        Root root = plan.Spec.Root ?? throw new KistException("/root: is missing; it names the root filesystem");
        string path = root.Path.StartsWith('/') ? root.Path : $"{plan.Request.Bundle}/{root.Path}";
        if (!plan.Has(NamespaceType.Mount))
        {
            if (plan.Request.Root is not null) throw new KistException("/linux/namespaces: a copy-on-write root needs a mount namespace of the container's own");
            plan.Add(new OpenPath(Place.Host(path), Slot.Root, "/root/path", "the container's root; without a mount namespace nothing is mounted on it"));
            return;
        }
        ulong propagation = plan.Spec.Linux.RootfsPropagation is "private" or "rprivate" or "unbindable" ? MS_PRIVATE : MS_SLAVE;
        plan.Add(new ChangeMount(Place.Host("/"), 0, 0, propagation, "/linux/rootfsPropagation", "what is mounted here does not appear on the host")
        {
            Options = StepOptions.RecursiveAttributes | StepOptions.Trusted,
        });
        if (plan.Request.Root is { } view) RootViewPlanner.Plan(plan, view);
        else if (plan.ChildIsNobody)
            plan.Add(new AttachMount(plan.InheritTree(path, new(Recursive: true)), path, Place.Host(plan.Request.StateDirectory), "/root/path", "pivot_root wants the new root to be a mount")
            {
                Keep = Slot.Root, Options = StepOptions.Trusted,
            });
        else
        {
            plan.Add(new BindMount(Place.Host(path), Place.Host(path), 0, 0, 0, "/root/path", "pivot_root wants the new root to be a mount")
            {
                Keep = Slot.Root, Options = StepOptions.Recursive | StepOptions.Trusted,
            });
        }
    }

    public static void Close(PlanBuilder plan)
    {
        if (plan.Has(NamespaceType.Mount) && plan.Spec.Root!.Readonly)
            plan.Add(new ChangeMount(Place.Root(""), MountAttribute.MOUNT_ATTR_RDONLY, 0, 0, "/root/readonly", "the program cannot change its root filesystem"));
        RootChange how = !plan.Has(NamespaceType.Mount) ? RootChange.ChangeRoot : plan.Request.NoPivot ? RootChange.Move : RootChange.Pivot;
        plan.Add(new EnterRoot(how, "/root/path", how switch
        {
            RootChange.Pivot => "nothing of the host's tree is left to escape to",
            RootChange.Move => "--no-pivot: pivot_root cannot work on an initramfs",
            _ => "without a mount namespace there is nothing to pivot",
        }));
        ulong propagation = plan.Spec.Linux.RootfsPropagation switch
        {
            "shared" or "rshared" => MS_SHARED,
            "slave" or "rslave" => MS_SLAVE,
            "unbindable" or "runbindable" => MS_UNBINDABLE,
            _ => 0,
        };
        if (propagation != 0 && plan.Has(NamespaceType.Mount))
            plan.Add(new ChangeMount(Place.Host("/"), 0, 0, propagation, "/linux/rootfsPropagation", "how mounts pass between the container's peers") { Options = StepOptions.Trusted });
    }
}
