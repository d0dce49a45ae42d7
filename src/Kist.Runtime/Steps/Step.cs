using Kist.Plan;
using Kist.Runtime.Launch;

namespace Kist.Runtime.Steps;

/// <summary>Who executes a step.</summary>
public enum Side
{
    /// <summary>The process that starts the container.</summary>
    Host,
    /// <summary>kist-init, in the container's namespaces.</summary>
    Container,
}

/// <summary>One step of a launch.</summary>
/// <param name="Field">JSON pointer to the field of the specification that asks for it; empty where every launch has it.</param>
/// <param name="Why">Why it is there, in a few words.</param>
public abstract record Step(string Field, string Why)
{
    /// <summary>Who executes it.</summary>
    public abstract Side Side { get; }
    /// <summary>The system call that it comes down to, section 2 of the manual.</summary>
    public abstract string SystemCall { get; }
    /// <summary>What it does, in words that a message can begin with: "mount proc on /proc".</summary>
    public abstract string Operation { get; }
}

/// <summary>A step of the process that starts the container; Launch.HostExecutor executes it.</summary>
public abstract record HostStep(string Field, string Why) : Step(Field, Why)
{
    /// <inheritdoc/>
    public sealed override Side Side => Side.Host;
}

/// <summary>A step of kist-init.</summary>
public abstract record ContainerStep(string Field, string Why) : Step(Field, Why)
{
    /// <inheritdoc/>
    public sealed override Side Side => Side.Container;
    internal abstract void Encode(PlanEncoder plan, ref PlanStep step);
}

/// <summary>A path that starts at one of the directories that kist-init holds.</summary>
/// <param name="Slot">Which: Kist.Plan.Slot.</param>
/// <param name="Path">Relative to it.</param>
public readonly record struct Place(ushort Slot, string Path)
{
    /// <summary>A path of the host's, as it is before the root changes.</summary>
    public static Place Host(string path) => new(Plan.Slot.WorkingDirectory, path);
    /// <summary>A path in the container's root, resolved inside it.</summary>
    public static Place Root(string path) => new(Plan.Slot.Root, path.TrimStart('/'));

    /// <inheritdoc/>
    public override string ToString() => Slot switch
    {
        Plan.Slot.WorkingDirectory => Path,
        Plan.Slot.Root => "/" + Path,
        Plan.Slot.Proc => "/proc/" + Path,
        Plan.Slot.Sys => "/sys/" + Path,
        Plan.Slot.Dev => "/dev/" + Path,
        Plan.Slot.Scratch => "scratch:" + Path,
        Plan.Slot.TerminalPeer => "the terminal",
        _ => Path == "" ? "it" : Path,
    };
}
