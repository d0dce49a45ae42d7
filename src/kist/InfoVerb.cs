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
        bool secrets = false;
        ArgumentReader reader = new(arguments, KistVerbs.Info);
        while (reader.Read(out Option? option, out string value))
        {
            if (option.Name == "help")
                return HelpVerb.Print(KistVerbs.Info);
            if (option.Name == "secrets")
                secrets = value == "true";
            else
                format = value is "table" or "json" ? value : throw new KistException($"--format: \"{value}\" is not there; write table or json");
        }
        HelpVerb.RefuseOperands(reader.Operands, KistVerbs.Info);
        HostFacts facts = HostFacts.Probe();
        if (secrets)
        {
            List<SecretLine> items = SecretReport.Collect(Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? home : facts.IsRoot ? "/root" : "~");
            Output.Print(format == "json" ? SecretReport.Json(items) : System.Text.Encoding.UTF8.GetBytes(SecretReport.Table(items, Output.HasColor(1))));
            return 0;
        }
        List<InfoLine> lines = InfoReport.Collect(facts, VersionVerb.Text, StateRoot.DefaultPath("kist", facts.Uid));
        if (format == "json")
            Output.Print(InfoReport.Json(lines));
        else
            Output.Print(InfoReport.Table(lines, Output.HasColor(1)));
        return 0;
    }
}
