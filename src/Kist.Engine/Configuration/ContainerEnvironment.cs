namespace Kist.Engine.Configuration;

/// <summary>The environment of a container's command: Kist's own variables, then what @host takes over, then the user's; each name once, the last one wins.</summary>
static class ContainerEnvironment
{
    public static List<string> Of(RunOptions options, SpecFacts facts, ContainerUser user, string hostname)
    {
        List<string> environment = new(8 + options.Environment.Count);
        bool onHost = options.Source.Kind == SourceKind.Host;
        Set(environment, DefaultRights.Path);
        if (!onHost)
            Set(environment, $"HOSTNAME={hostname}");
        if (options.Terminal)
            Set(environment, $"TERM={facts.Term ?? "xterm"}");
        Set(environment, $"HOME={(onHost ? facts.View?.Home ?? user.Home : user.Home)}");
        foreach (string variable in facts.Environment)
            // The home directory is the view's, or that of whoever -u names.
            if (!variable.StartsWith("HOME=", StringComparison.Ordinal))
                Set(environment, variable);
        if (onHost && options.User is not null)
            Set(environment, $"HOME={user.Home}");
        foreach (string variable in options.Environment)
            Set(environment, variable);
        return environment;
    }

    static void Set(List<string> environment, string variable)
    {
        ReadOnlySpan<char> name = variable.AsSpan(0, variable.IndexOf('=', StringComparison.Ordinal) + 1);
        for (int i = 0; i < environment.Count; i++)
            if (environment[i].AsSpan().StartsWith(name, StringComparison.Ordinal))
            {
                environment[i] = variable;
                return;
            }
        environment.Add(variable);
    }
}
