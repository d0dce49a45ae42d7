using Kist.Engine.CommandLine;
using Kist.Linux;
using Kist.Runtime.CommandLine;
using Kist.Runtime.State;

namespace Kist.Cli;

/// <summary>kist system check: what a killed kist left.</summary>
static class SystemVerb
{
    public static int Execute(ReadOnlySpan<string> arguments)
    {
        if (arguments.Length == 0 || arguments[0] is "--help")
            return HelpVerb.Print(KistVerbs.SystemCheck);
        if (arguments[0] != "check")
            throw new KistException($"there is no \"kist system {arguments[0]}\"; there is kist system check");
        bool repair = false;
        ArgumentReader reader = new(arguments[1..], KistVerbs.SystemCheck);
        while (reader.Read(out Option? option, out string value))
        {
            if (option.Name == "help")
                return HelpVerb.Print(KistVerbs.SystemCheck);
            repair = value == "true";
        }
        HelpVerb.RefuseOperands(reader.Operands, KistVerbs.SystemCheck);
        StateRoot state = StateRoot.Open(StateRoot.DefaultPath("kist", Kernel.GetEuid()));
        List<string> ids = repair ? Leftovers.Sweep(state) : Leftovers.Find(state);
        foreach (string id in ids)
            Output.Print($"{(repair ? "removed" : "left over")}: {id}\n");
        Output.Print(ids.Count == 0 ? $"nothing is left over in {state.Path}\n"
            : repair ? $"removed what {ids.Count} killed {(ids.Count == 1 ? "run" : "runs")} left\n"
            : $"{ids.Count} killed {(ids.Count == 1 ? "run" : "runs")} left something; kist system check --repair removes it, and so does the next kist run\n");
        return ids.Count > 0 && !repair ? 1 : 0;
    }
}
