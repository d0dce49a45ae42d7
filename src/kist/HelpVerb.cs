using Kist.Engine.CommandLine;
using Kist.Linux;
using Kist.Runtime.CommandLine;

namespace Kist.Cli;

/// <summary>kist help [VERB].</summary>
static class HelpVerb
{
    public static int Execute(ReadOnlySpan<string> arguments)
    {
        if (arguments.Length == 0 || arguments[0] is "--help" or "help")
        {
            Output.Print(HelpText.Of(KistVerbs.Program, KistVerbs.All));
            return 0;
        }
        string word = arguments[0];
        foreach (Verb verb in KistVerbs.All)
            if (verb.Command.AsSpan(KistVerbs.Program.Command.Length + 1).SequenceEqual(word) || verb == KistVerbs.SystemCheck && word == "system")
                return Print(verb);
        throw new KistException(KistVerbs.Unknown(word));
    }

    public static int Print(Verb verb)
    {
        Output.Print(HelpText.Of(verb));
        return 0;
    }

    public static void RefuseOperands(IReadOnlyList<string> operands, Verb verb)
    {
        if (operands.Count > 0)
            throw new KistException($"{verb.Command} takes no arguments, and \"{operands[0]}\" is one; see {verb.Command} --help");
    }
}
