namespace Kist.Engine.Host;

/// <summary>What a container on <c>@host</c> takes over of the caller's environment; anything else may be a secret and needs <c>-e</c>.</summary>
public static class HostEnvironment
{
    /// <summary>PATH, HOME, USER, LANG, LC_*, TERM and TZ, in their order.</summary>
    public static List<KeyValuePair<string, string>> Select(IEnumerable<KeyValuePair<string, string>> environment)
    {
        List<KeyValuePair<string, string>> selected = new(8);
        foreach (KeyValuePair<string, string> variable in environment)
            if (IsTaken(variable.Key)) selected.Add(variable);
        return selected;
    }

    /// <summary>Whether a variable of this name is taken over.</summary>
    public static bool IsTaken(string name) =>
        name is "PATH" or "HOME" or "USER" or "LANG" or "TERM" or "TZ" || name.StartsWith("LC_", StringComparison.Ordinal);
}
