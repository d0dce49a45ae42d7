using Kist.Engine.Configuration;
using Kist.Engine.Explain;
using Kist.Engine.Launching;
using Kist.Linux;
using Kist.Runtime;
using Kist.Runtime.CommandLine;
using Kist.Runtime.State;

namespace Kist.Cli;

/// <summary>kist run: a container in the foreground.</summary>
static class RunVerb
{
    public static int Execute(ReadOnlySpan<string> arguments)
    {
        RunOptions? options = RunOptionsParser.Parse(arguments, RunFlags.Run, ThisCaller());
        if (options is null)
        {
            Output.Print(HelpText.Of(RunFlags.Run));
            return 0;
        }
        ForegroundSession.CheckTerminal(options.Terminal, options.Interactive);
        HostFacts facts = HostFacts.Probe();
        StateRoot state = StateRoot.Open(StateRoot.DefaultPath("kist", facts.Uid));
        // From here on an interruption is the container's, and what was made is removed.
        ForegroundSignals.Catch();
        using ContainerDirectory directory = ContainerDirectory.Create(state, Machine.NewId(), options.Name);
        PreparedLaunch launch = LaunchPreparation.Prepare(options, facts, directory.Id, directory.Path, state.Filters);
        LaunchPlan plan = LaunchPlan.Create(launch.Request, facts);
        directory.Record(plan);
        foreach (string warning in launch.Warnings)
            Output.Complain($"note: {warning}");
        foreach (string warning in plan.Warnings)
            Output.Complain($"note: {warning}");
        using DiskScratch? scratch = DiskScratch.Make(plan.Request.Root?.DiskScratch);
        using RawTerminal? raw = RawTerminal.Begin(options.Terminal, options.Interactive);
        using RunningContainer container = RunningContainer.Start(plan);
        // While the program runs there is time for what others left.
        _ = Leftovers.Sweep(state);
        ExitStatus end = ForegroundSession.Run(new ForegroundRequest
        {
            Pid = container.Pid,
            PidFd = container.PidFd,
            TerminalMaster = container.TerminalMaster,
            Interactive = options.Interactive,
            Raw = raw,
            StopSignal = (int)options.StopSignal,
            StopTimeout = options.StopTimeout,
            Timeout = options.Timeout,
        });
        container.MarkEnded();
        TellIfFull(container, plan);
        if (options.Trace)
            Output.PrintToError(PlanText.Trace(container.Timings, Output.HasColor(2), directory.Id));
        return end.Code;
    }

    /// <summary>The working directory, the environment and files of this process.</summary>
    public static Caller ThisCaller() => new(
        Kernel.WorkingDirectory(out Errno error) ?? throw new KistException($"cannot find the current directory: {error.Describe()}; change to one that exists"),
        Environment.GetEnvironmentVariable,
        static path => Kernel.ReadFile(Kernel.AT_FDCWD, path, out Errno error) ?? throw new KistException($"cannot read {path}: {error.Describe()}"));

    static void TellIfFull(RunningContainer container, LaunchPlan plan)
    {
        if (container.Scratch < 0 || plan.Request.Root is not { } root || Kernel.FreeSpace(container.Scratch, out _, out _, out long free) < 0 || free > 0)
            return;
        Output.Complain($"the container's disk was full: {root.ScratchSize >> 20} MiB for all that it writes; --disk SIZE gives it more");
    }
}
