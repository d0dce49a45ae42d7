using Kist.Cli;
using Kist.Engine.CommandLine;
using Kist.Engine.Configuration;
using Kist.Linux;
using Kist.Runtime.CommandLine;

StandardDescriptors.Complete();
int status;
try
{
    status = Dispatch(args);
}
catch (KistException error)
{
    Output.Complain(TypedNames.In(error.Message));
    status = error.ExitCode;
}
catch (Exception error) when (Environment.GetEnvironmentVariable("KIST_DEBUG") is null or "" or "0")
{
    Output.Complain($"internal error: {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")} (KIST_DEBUG=1 shows where; please report it)");
    status = 125;
}
// Without the runtime's own way out, which takes longer than the rest of kist version.
Kernel.Exit(status);
return status;

static int Dispatch(ReadOnlySpan<string> arguments)
{
    ArgumentReader reader = new(arguments, KistVerbs.Program);
    while (reader.Read(out Option? option, out string value))
        if (value == "true")
            return option.Name == "version" ? VersionVerb.Execute([]) : HelpVerb.Execute([]);
    if (reader.Operands.Count == 0)
    {
        HelpVerb.Execute([]);
        return 125;
    }
    // Options end at the verb, so that what is left are the arguments after it.
    ReadOnlySpan<string> rest = arguments[^(reader.Operands.Count - 1)..];
    return reader.Operands[0] switch
    {
        "run" => RunVerb.Execute(rest),
        "explain" => ExplainVerb.Execute(rest),
        "info" => InfoVerb.Execute(rest),
        "version" => VersionVerb.Execute(rest),
        "system" => SystemVerb.Execute(rest),
        "help" => HelpVerb.Execute(rest),
        string word => throw new KistException(KistVerbs.Unknown(word)),
    };
}
