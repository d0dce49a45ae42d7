using Kist.Plan;
using Kist.Runtime.Launch;

namespace Kist.Runtime.Steps;

/// <summary>Opens a file or directory that later steps start from: openat2(2).</summary>
public sealed record OpenPath(Place Path, ushort Keep, string Field, string Why) : ContainerStep(Field, Why)
{
    const uint O_PATH = 0x200000;
    const ulong RESOLVE_IN_ROOT = 16;

    /// <inheritdoc/>
    public override string SystemCall => "openat2";
    /// <inheritdoc/>
    public override string Operation => $"open {Path}";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Open;
        step.Flags = O_PATH;
        step.Value = Path.Slot == Slot.WorkingDirectory ? 0 : RESOLVE_IN_ROOT;
        step.Keep = Keep;
        plan.PutPlace(ref step, Path.Path == "" ? Path with { Path = "." } : Path);
    }
}

/// <summary>Writes a file of procfs or cgroupfs: openat(2), write(2).</summary>
public sealed record WriteFile(Place Target, string Text, string Field, string Why) : ContainerStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "write";
    /// <inheritdoc/>
    public override string Operation => $"write \"{Text}\" to {Target}";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Write;
        step.Text = plan.Put(Text, out int length);
        step.Value = (ulong)length;
        plan.PutPlace(ref step, Target);
    }
}

/// <summary>Enters a cgroup v1 hierarchy: writes 0 to its tasks, which takes no lock that waits for RCU.</summary>
/// <param name="Cgroup">The directory.</param>
/// <param name="Tasks">The descriptor to write to where the child may not open the file itself; 0 where it may.</param>
public sealed record JoinCgroup(string Cgroup, ushort Tasks, string Field, string Why) : ContainerStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "write";
    /// <inheritdoc/>
    public override string Operation => $"enter {Cgroup}";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = Tasks == 0 ? StepKind.Write : StepKind.WriteDescriptor;
        step.Options = StepOptions.LeaveOpen | StepOptions.SkipAbsent;   // where the host side could make no cgroup there is none to enter
        step.Into = Tasks;
        step.Path = Tasks == 0 ? plan.Put(Cgroup + "/tasks") : 0;
        step.Text = plan.Put("0", out int length);
        step.Value = (ulong)length;
    }
}

/// <summary>Makes a directory: mkdirat(2).</summary>
public sealed record MakeDirectory(Place Target, uint Mode, string Field, string Why) : ContainerStep(Field, Why)
{
    internal StepOptions Options { get; init; }
    internal uint Uid { get; init; }
    internal uint Gid { get; init; }

    /// <inheritdoc/>
    public override string SystemCall => "mkdirat";
    /// <inheritdoc/>
    public override string Operation => $"make directory {Target}";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Directory;
        step.Flags = Mode;
        step.Value = Uid | (ulong)Gid << 32;
        step.Options = Options;
        plan.PutPlace(ref step, Target);
    }
}

/// <summary>Makes a device, a FIFO or an empty file: mknodat(2).</summary>
/// <param name="Mode">Type and permissions, as st_mode.</param>
public sealed record MakeNode(Place Target, uint Mode, uint Major, uint Minor, string Field, string Why) : ContainerStep(Field, Why)
{
    internal StepOptions Options { get; init; }
    internal uint Uid { get; init; }
    internal uint Gid { get; init; }

    /// <inheritdoc/>
    public override string SystemCall => "mknodat";
    /// <inheritdoc/>
    public override string Operation => (Mode & 0xF000) switch
    {
        0x2000 => $"make device {Target}, c {Major}:{Minor}",
        0x6000 => $"make device {Target}, b {Major}:{Minor}",
        0x1000 => $"make FIFO {Target}",
        _ => $"make file {Target}",
    };

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Node;
        step.Flags = Mode;
        // The kernel's new_encode_dev.
        step.Value = Minor & 0xFF | Major << 8 | (ulong)(Minor & ~0xFFu) << 12;
        step.Other = Uid | (ulong)Gid << 32;
        step.Options = Options;
        plan.PutPlace(ref step, Target);
    }
}

/// <summary>Makes a symbolic link: symlinkat(2).</summary>
public sealed record MakeSymlink(Place Target, string LeadsTo, string Field, string Why) : ContainerStep(Field, Why)
{
    internal StepOptions Options { get; init; }

    /// <inheritdoc/>
    public override string SystemCall => "symlinkat";
    /// <inheritdoc/>
    public override string Operation => $"link {Target} to {LeadsTo}";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Symlink;
        step.Text = plan.Put(LeadsTo);
        step.Options = Options;
        plan.PutPlace(ref step, Target);
    }
}

/// <summary>Opens the container's terminal in its own devpts and makes it standard input, output and error.</summary>
public sealed record OpenTerminal(uint Owner, ushort Rows, ushort Columns, string Field, string Why) : ContainerStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "ioctl";
    /// <inheritdoc/>
    public override string Operation => "open a terminal";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Terminal;
        step.Into = Slot.Pts;
        step.Keep = Slot.TerminalMaster;
        step.Extra = Slot.TerminalPeer;
        step.Flags = Owner;
        step.Value = Rows | (ulong)Columns << 16;
    }
}
