using Kist.Plan;
using Kist.Runtime.Launch;

namespace Kist.Runtime.Steps;

/// <summary>Mounts a new instance of a filesystem: fsopen(2), fsconfig(2), fsmount(2), move_mount(2).</summary>
/// <param name="Attributes">MOUNT_ATTR_ bits.</param>
public sealed record MountFilesystem(string Type, Place Target, IReadOnlyList<(string Key, string? Value)> Data, ulong Attributes, string Field, string Why)
    : ContainerStep(Field, Why)
{
    internal ushort Keep { get; init; }
    internal StepOptions Options { get; init; }

    /// <inheritdoc/>
    public override string SystemCall => "fsmount";
    /// <inheritdoc/>
    public override string Operation => $"mount {Type} on {Target}{MountWords.Describe(Attributes, 0)}{MountWords.Describe(Data)}";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Filesystem;
        step.Flags = (uint)Attributes;
        step.Text = plan.Put(Type);
        step.Data = plan.Put(Data);
        plan.PutPlace(ref step, Target);
        step.Keep = Keep;
        step.Options = Options;
    }
}

/// <summary>Mounts a clone of what is at another place: open_tree(2), mount_setattr(2), move_mount(2).</summary>
/// <param name="Set">MOUNT_ATTR_ bits to set.</param>
/// <param name="Clear">MOUNT_ATTR_ bits to clear.</param>
/// <param name="Propagation">MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE or 0.</param>
public sealed record BindMount(Place Source, Place Target, ulong Set, ulong Clear, ulong Propagation, string Field, string Why) : ContainerStep(Field, Why)
{
    internal ushort Keep { get; init; }
    internal StepOptions Options { get; init; }

    /// <inheritdoc/>
    public override string SystemCall => "open_tree";
    /// <inheritdoc/>
    public override string Operation => (Source == Target ? $"mount {Target} on itself" : $"bind {Source} on {Target}")
        + MountWords.Describe(Set, Clear) + MountWords.Propagation(Propagation);

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Bind;
        step.Flags = (uint)Set;
        step.Value = Clear;
        step.Other = Propagation;
        step.From = Source.Slot;
        step.Text = plan.PutPath(Source.Path);
        plan.PutPlace(ref step, Target);
        step.Keep = Keep;
        step.Options = Options;
    }
}

/// <summary>Mounts what the host side prepared and sent: move_mount(2).</summary>
public sealed record AttachMount(ushort Prepared, string What, Place Target, string Field, string Why) : ContainerStep(Field, Why)
{
    internal ushort Keep { get; init; }
    internal StepOptions Options { get; init; }

    /// <inheritdoc/>
    public override string SystemCall => "move_mount";
    /// <inheritdoc/>
    public override string Operation => $"attach {What} to {Target}";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Attach;
        step.From = Prepared;
        plan.PutPlace(ref step, Target);
        step.Keep = Keep;
        step.Options = Options;
    }
}

/// <summary>Changes a mount's attributes or propagation: mount_setattr(2).</summary>
public sealed record ChangeMount(Place Target, ulong Set, ulong Clear, ulong Propagation, string Field, string Why) : ContainerStep(Field, Why)
{
    internal StepOptions Options { get; init; }

    /// <inheritdoc/>
    public override string SystemCall => "mount_setattr";
    /// <inheritdoc/>
    public override string Operation => $"make {Target}{((Options & StepOptions.RecursiveAttributes) != 0 ? " and all below" : "")}"
        + MountWords.Describe(Set, Clear) + MountWords.Propagation(Propagation);

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.MountAttributes;
        step.Flags = (uint)Set;
        step.Value = Clear;
        step.Other = Propagation;
        plan.PutPlace(ref step, Target);
        step.Options = Options;
    }
}

/// <summary>Hides a file behind /dev/null, or a directory behind an empty one.</summary>
public sealed record MaskPath(Place Target, string Field, string Why) : ContainerStep(Field, Why)
{
    internal StepOptions Options { get; init; }

    /// <inheritdoc/>
    public override string SystemCall => "move_mount";
    /// <inheritdoc/>
    public override string Operation => $"mask {Target}";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Mask;
        step.From = Slot.Null;
        step.Extra = Slot.Empty;
        step.Options = Options;
        plan.PutPlace(ref step, Target);
    }
}

/// <summary>Makes a directory the root: pivot_root(2), or where that cannot work MS_MOVE and chroot(2), or chroot(2) alone.</summary>
public sealed record EnterRoot(RootChange How, string Field, string Why) : ContainerStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => How == RootChange.Pivot ? "pivot_root" : "chroot";
    /// <inheritdoc/>
    public override string Operation => How switch
    {
        RootChange.Pivot => "pivot to the new root, unmount the old",
        RootChange.Move => "move the new root over /, change root to it",
        _ => "change root",
    };

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = How switch { RootChange.Pivot => StepKind.PivotRoot, RootChange.Move => StepKind.MoveRoot, _ => StepKind.ChangeRoot };
        step.Into = Slot.Root;
    }
}

/// <summary>How the root is changed.</summary>
public enum RootChange { Pivot, Move, ChangeRoot }

static class MountWords
{
    static readonly (ulong Bit, string Name)[] s_attributes =
        [(1, "ro"), (2, "nosuid"), (4, "nodev"), (8, "noexec"), (0x10, "noatime"), (0x20, "strictatime"), (0x80, "nodiratime"), (0x200000, "nosymfollow")];

    internal static string Describe(ulong set, ulong clear)
    {
        string words = "";
        foreach ((ulong bit, string name) in s_attributes)
        {
            if ((set & bit) != 0) words += $", {name}";
            else if ((clear & bit) != 0) words += $", not {name}";
        }
        return words;
    }

    internal static string Describe(IReadOnlyList<(string Key, string? Value)> data)
    {
        string words = "";
        foreach ((string key, string? value) in data)
            if (key != "source") words += value is null ? $", {key}" : $", {key}={value}";
        return words;
    }

    internal static string Propagation(ulong propagation) => propagation switch
    {
        1 << 20 => " shared",
        1 << 19 => " slave",
        1 << 18 => " private",
        1 << 17 => " unbindable",
        _ => "",
    };
}
