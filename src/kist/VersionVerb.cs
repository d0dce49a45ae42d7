using Kist.Engine.CommandLine;
using Kist.Runtime.CommandLine;

namespace Kist.Cli;

/// <summary>kist version.</summary>
static class VersionVerb
{
    /// <summary>The version alone.</summary>
    public static string Text => typeof(VersionVerb).Assembly.GetName().Version is { } version ? version.ToString(3) : "unknown";

    public static int Execute(ReadOnlySpan<string> arguments)
    {
        ArgumentReader reader = new(arguments, KistVerbs.Version);
        while (reader.Read(out _, out _))
            return HelpVerb.Print(KistVerbs.Version);
        HelpVerb.RefuseOperands(reader.Operands, KistVerbs.Version);
        Output.Print($"kist {Text}\n");
        return 0;
    }
}
