namespace Kist.Runtime;

/// <summary>What the foreground needs to know of a container that runs.</summary>
public sealed record ForegroundRequest
{
    /// <summary>The descriptor of its first process, a child of this one that nobody else waits for.</summary>
    public required int PidFd { get; init; }
    /// <summary>The same process's number in this pid namespace.</summary>
    public required int Pid { get; init; }
    /// <summary>The master of its terminal; -1 when it has none and uses this process's own standard streams.</summary>
    public int TerminalMaster { get; init; } = -1;
    /// <summary>Whether what is typed here goes to the terminal.</summary>
    public bool Interactive { get; init; }
    /// <summary>The host's terminal, which is given back as soon as the container has ended.</summary>
    public RawTerminal? Raw { get; init; }
    /// <summary>What asks the program to end: --stop-signal.</summary>
    public int StopSignal { get; init; } = 15;
    /// <summary>How long the container may run: --timeout; null is for ever.</summary>
    public TimeSpan? Timeout { get; init; }
    /// <summary>How long it may take to stop until it is killed: --stop-timeout; negative is for ever.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>How a container ended.</summary>
/// <param name="Code">What kist exits with, 0 to 255: the program's status; 128 + n when signal n ended it; 124 when its time was over, as timeout(1).</param>
/// <param name="Signal">The signal that ended it, 0 for none.</param>
/// <param name="TimedOut">Whether --timeout ended it.</param>
public readonly record struct ExitStatus(int Code, int Signal = 0, bool TimedOut = false);
