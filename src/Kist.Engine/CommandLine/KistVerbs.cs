using Kist.Engine.Configuration;
using Kist.Runtime.CommandLine;

namespace Kist.Engine.CommandLine;

/// <summary>All that <c>kist</c> understands.</summary>
public static class KistVerbs
{
    const string General = "Options";
    static readonly Option Help = new("help", '\0', "", General, "print this");
    static readonly Option Format = new("format", '\0', "table|json", General, "how to print it (table)");

    /// <summary>kist info.</summary>
    public static readonly Verb Info = new("kist info", "", "Print what this machine can do for containers, what it cannot, and why.",
        [new("secrets", '\0', "", General, "print what @host hides; --open PATH shows an item"), Format, Help]);

    /// <summary>kist version.</summary>
    public static readonly Verb Version = new("kist version", "", "Print the version.", [Help]);

    /// <summary>kist system check.</summary>
    public static readonly Verb SystemCheck = new("kist system check", "", "Find what a killed kist left: processes, control groups, directories.",
        [new("repair", '\0', "", General, "remove it"), Help]);

    /// <summary>kist help.</summary>
    public static readonly Verb HelpVerb = new("kist help", "[VERB]", "Print help on a verb.", []);

    /// <summary>The verbs in the order of the help.</summary>
    public static readonly Verb[] All = [RunFlags.Run, RunFlags.Explain, Info, SystemCheck, Version, HelpVerb];

    /// <summary>Verbs that other engines have, and Kist will.</summary>
    public static readonly string[] Later =
    [
        "ps", "exec", "logs", "stop", "start", "kill", "rm", "inspect", "images", "pull", "push", "build", "create", "attach", "wait", "pause", "unpause", "restart",
        "stats", "top", "port", "rename", "update", "events", "commit", "diff", "cp", "export", "import", "save", "load", "tag", "rmi", "login", "logout", "search",
        "history", "network", "volume", "compose", "container", "image",
    ];

    /// <summary>kist itself.</summary>
    public static readonly Verb Program = new("kist", "VERB [OPTION…]", "Containers on Linux, without a daemon.",
        [new("version", 'v', "", General, "print the version"), new("help", 'h', "", General, "print this; kist VERB --help prints a verb's")])
    {
        OptionsFirst = true,
        Examples =
        [
            "kist run @host ps aux", "run a command on a copy-on-write view of this machine",
            "kist run -it ./debian bash", "a shell in a root filesystem",
            "kist explain @host true", "every step that a start takes, and why",
        ],
    };

    /// <summary>What to say about a word that is no verb.</summary>
    public static string Unknown(string word)
    {
        if (Array.IndexOf(Later, word) >= 0)
            return $"\"{word}\" comes with a later release; this one has run, explain, info, system check, version";
        string? near = Suggestion.Nearest(word, ["run", "explain", "info", "system", "version", "help"]);
        return $"there is no verb \"{word}\"{(near is null ? "" : $"; did you mean \"{near}\"?")} (kist --help lists what there is)";
    }
}
