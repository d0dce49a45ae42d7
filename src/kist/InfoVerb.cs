using Kist.Engine.CommandLine;
using Kist.Engine.Explain;
using Kist.Linux;
using Kist.Runtime;
using Kist.Runtime.CommandLine;
using Kist.Runtime.State;

namespace Kist.Cli;

/// <summary>kist info: what works on this machine.</summary>
static class InfoVerb
{
    public static int Execute(ReadOnlySpan<string> arguments)
    {
        string format = "table";
        ArgumentReader reader = new(arguments, KistVerbs.Info);
        while (reader.Read(out Option? option, out string value))
        {
            if (option.Name == "help")
                return HelpVerb.Print(KistVerbs.Info);
            format = value is "table" or "json" ? value : throw new KistException($"--format: \"{value}\" is not there; write table or json");
        }
        HelpVerb.RefuseOperands(reader.Operands, KistVerbs.Info);
        HostFacts facts = HostFacts.Probe();
        List<InfoLine> lines = InfoReport.Collect(facts, VersionVerb.Text, StateRoot.DefaultPath("kist", facts.Uid));
        if (format == "json")
            Output.Print(InfoReport.Json(lines));
        else
            Output.Print(InfoReport.Table(lines, Output.HasColor(1)));
        return 0;
    }
}
