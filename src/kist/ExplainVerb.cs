using Kist.Engine.Configuration;
using Kist.Engine.Explain;
using Kist.Engine.Launching;
using Kist.Linux;
using Kist.Runtime;
using Kist.Runtime.CommandLine;
using Kist.Runtime.State;

namespace Kist.Cli;

/// <summary>kist explain: the plan of a run, which is not run.</summary>
static class ExplainVerb
{
    public static int Execute(ReadOnlySpan<string> arguments)
    {
        string format = "table";
        RunOptions? options = RunOptionsParser.Parse(arguments, RunFlags.Explain, RunVerb.ThisCaller(), (name, value) =>
        {
            if (name != "format")
                return false;
            format = value is "table" or "json" ? value : throw new KistException($"--format: \"{value}\" is not there; write table or json");
            return true;
        });
        if (options is null)
        {
            Output.Print(HelpText.Of(RunFlags.Explain));
            return 0;
        }
        HostFacts facts = HostFacts.Probe();
        string id = Machine.NewId(), state = StateRoot.DefaultPath("kist", facts.Uid);
        PreparedLaunch launch = LaunchPreparation.Prepare(options, facts, id, $"{state}/containers/{id}", null);
        LaunchPlan plan = LaunchPlan.Create(launch.Request, facts);
        List<string> notes = [.. launch.Warnings, .. launch.Details, .. plan.Warnings];
        if (format == "json")
            Output.Print(PlanText.Json(plan.Steps, notes));
        else
            Output.Print(PlanText.Table(plan.Steps, notes, Output.HasColor(1), id));
        return 0;
    }
}
