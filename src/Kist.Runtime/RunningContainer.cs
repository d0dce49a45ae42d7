using Kist.Linux;
using Kist.Runtime.Cgroups;
using Kist.Runtime.Launch;

namespace Kist.Runtime;

/// <summary>A container whose program runs, or has ended. Disposing it kills what is left and removes its cgroups.</summary>
public sealed class RunningContainer : IDisposable
{
    bool _ended;

    internal RunningContainer(LaunchPlan plan, int pid, int pidFd, int terminalMaster, int scratch, IReadOnlyList<string> cgroups, IReadOnlyList<StepTiming> timings)
        => (Plan, Pid, PidFd, TerminalMaster, Scratch, Cgroups, Timings) = (plan, pid, pidFd, terminalMaster, scratch, cgroups, timings);

    public LaunchPlan Plan { get; }
    /// <summary>The container's first process, in the caller's pid namespace.</summary>
    public int Pid { get; }
    /// <summary>Its pidfd, pidfd_open(2).</summary>
    public int PidFd { get; }
    /// <summary>The terminal's master side; -1 where there is none.</summary>
    public int TerminalMaster { get; }
    /// <summary>The filesystem that takes what the container writes; -1 where there is none.</summary>
    public int Scratch { get; }
    /// <summary>The cgroup directories that exist.</summary>
    public IReadOnlyList<string> Cgroups { get; }
    /// <summary>With Trace: each step and what it took, in the plan's order.</summary>
    public IReadOnlyList<StepTiming> Timings { get; }

    /// <summary>Executes a plan. Returns when the program runs.</summary>
    /// <exception cref="KistException">A step failed; nothing is left behind.</exception>
    public static RunningContainer Start(LaunchPlan plan) => new HostExecutor(plan).Run();

    /// <summary>Waits for the end of the first process and reaps it.</summary>
    /// <returns>Its exit status, or 128 and a signal's number.</returns>
    public int Wait()
    {
        long result = Pidfd.Wait(PidFd, out ProcessEnd end);
        _ended = true;
        if (result < 0) throw new KistException($"cannot wait for the container: {((Errno)(int)-result).Describe()}");
        return end.ExitCode;
    }

    /// <summary>Says that somebody else has waited for the first process.</summary>
    public void MarkEnded() => _ended = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_ended)
        {
            _ = Pidfd.SendSignal(PidFd, Kernel.SIGKILL);
            _ = Pidfd.Wait(PidFd, out _);
            _ended = true;
        }
        foreach (string cgroup in Cgroups) _ = CgroupDirectory.Remove(cgroup);
        Kernel.Close(TerminalMaster);
        Kernel.Close(Scratch);
        Kernel.Close(PidFd);
    }
}
