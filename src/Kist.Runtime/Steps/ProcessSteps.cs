using Kist.Plan;
using Kist.Runtime.Launch;
using Kist.Spec;

namespace Kist.Runtime.Steps;

/// <summary>A step that is one system call with a number or two.</summary>
public sealed record SimpleCall : ContainerStep
{
    readonly StepKind _kind;
    readonly uint _flags;
    readonly ulong _value, _other;
    readonly string? _text;
    readonly ushort _into;

    internal SimpleCall(StepKind kind, string systemCall, string operation, string field, string why,
        uint flags = 0, ulong value = 0, ulong other = 0, string? text = null, ushort into = 0, StepOptions options = 0) : base(field, why)
    {
        (_kind, SystemCall, Operation, _flags, _value, _other, _text, _into, Options) = (kind, systemCall, operation, flags, value, other, text, into, options);
    }

    internal StepOptions Options { get; }
    internal string? Path { get; init; }
    /// <inheritdoc/>
    public override string SystemCall { get; }
    /// <inheritdoc/>
    public override string Operation { get; }

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = _kind;
        step.Flags = _flags;
        step.Value = _value;
        step.Other = _other;
        step.Into = _into;
        step.Options = Options;
        if (Path is not null) step.Path = plan.Put(Path);
        if (_text is null) return;
        step.Text = plan.Put(_text, out int length);
        if (_kind is StepKind.Hostname or StepKind.Domainname) step.Value = (ulong)length;
    }
}

/// <summary>setgroups(2).</summary>
public sealed record SetGroups(IReadOnlyList<uint> Groups, string Field, string Why) : ContainerStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "setgroups";
    /// <inheritdoc/>
    public override string Operation => Groups.Count == 0 ? "leave every supplementary group" : $"set supplementary groups {string.Join(", ", Groups)}";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Groups;
        step.Flags = (uint)Groups.Count;
        step.Data = plan.PutNumbers(Groups);
    }
}

/// <summary>capset(2).</summary>
public sealed record SetCapabilities(ulong Effective, ulong Permitted, ulong Inheritable, string Field, string Why) : ContainerStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "capset";
    /// <inheritdoc/>
    public override string Operation => $"set capabilities: {CapabilityWords.Count(Effective)} effective, {CapabilityWords.Count(Permitted)} permitted, {CapabilityWords.Count(Inheritable)} inheritable";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Capabilities;
        step.Data = plan.PutMasks([Effective, Permitted, Inheritable]);
    }
}

static class CapabilityWords
{
    internal static int Count(ulong mask) => System.Numerics.BitOperations.PopCount(mask);
}

/// <summary>Loads the filter that the host side put into the plan: seccomp(2).</summary>
public sealed record LoadSeccompFilter(uint Flags, string Field, string Why) : ContainerStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "seccomp";
    /// <inheritdoc/>
    public override string Operation => "load the system call filter";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Seccomp;
        step.Flags = Flags;
        plan.ReserveFilter(ref step);
    }
}

/// <summary>execve(2).</summary>
/// <param name="Candidates">Where the program may be, in order.</param>
public sealed record ExecuteProgram(IReadOnlyList<string> Candidates, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment, string Field, string Why)
    : ContainerStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "execve";
    /// <inheritdoc/>
    public override string Operation => $"execute {string.Join(' ', Arguments)}";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Execute;
        step.Path = plan.PutStrings(Candidates);
        step.Text = plan.PutStrings(Arguments);
        step.Data = plan.PutStrings(Environment);
    }
}

/// <summary>Waits for the descriptors that the host side prepares.</summary>
public sealed record ReceiveMounts(ushort First, int Count, string Field, string Why) : ContainerStep(Field, Why)
{
    /// <inheritdoc/>
    public override string SystemCall => "recvmsg";
    /// <inheritdoc/>
    public override string Operation => $"wait for {Count} mounts from the host side";

    internal override void Encode(PlanEncoder plan, ref PlanStep step)
    {
        step.Kind = StepKind.Receive;
        step.Into = Slot.Channel;
        step.Keep = First;
        step.Flags = (uint)Count;
    }
}
