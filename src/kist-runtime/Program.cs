using Kist.Linux;
using Kist.Runtime.CommandLine;
using Kist.RuntimeCli;

// The process ends by _exit: what the runtime would tidy up on the way out, the kernel does at once.
StandardDescriptors.Complete();
int status;
try
{
    status = Dispatch.Run(args);
}
catch (KistException error)
{
    status = Log.Fail(error);
}
catch (Exception error) when (Environment.GetEnvironmentVariable("KIST_DEBUG") is null or "")
{
    status = Log.Fail(new KistException($"internal error: {error.GetType().Name}: {error.Message}; this is a defect in Kist (KIST_DEBUG=1 shows where)"));
}
Kernel.Exit(status);
return status;

static class Dispatch
{
    public static int Run(string[] arguments)
    {
        GlobalOptions global = GlobalOptions.Parse(arguments, out ReadOnlySpan<string> rest);
        Log.Open(global);
        if (global.Version) return Print($"kist-runtime version {Build.Version}\nspec: {Build.SpecVersion}\nlibseccomp: {Build.LibSeccomp}\n");
        if (rest.IsEmpty || global.Help) return Print(HelpText.Of(Verbs.Program, Verbs.All));
        ReadOnlySpan<string> verbArguments = rest[1..];
        switch (rest[0])
        {
            case "run": return RunVerb.Run(global, verbArguments);
            case "spec": return SpecVerb.Run(verbArguments);
            case "help" when verbArguments.IsEmpty: return Print(HelpText.Of(Verbs.Program, Verbs.All));
            case "help": return Print(HelpText.Of(Verbs.Find(verbArguments[0])));
            case string verb when Array.IndexOf(Verbs.Later, verb) >= 0:
                throw new KistException($"{verb} is not there yet: this version runs a bundle to its end (kist-runtime run ID)");
            default:
                string? near = Suggestion.Nearest(rest[0], [.. Array.ConvertAll(Verbs.All, static verb => verb.Name)]);
                throw new KistException($"unknown command \"{rest[0]}\"{(near is null ? "" : $"; did you mean {near}?")} (kist-runtime --help lists what there is)");
        }
    }

    internal static int Print(string text)
    {
        _ = Kernel.Write(1, System.Text.Encoding.UTF8.GetBytes(text));
        return 0;
    }
}
