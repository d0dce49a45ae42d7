using Kist.Linux;
using Kist.Runtime.CommandLine;
using Kist.Runtime.State;

namespace Kist.RuntimeCli;

/// <summary>What stands before the verb.</summary>
sealed record GlobalOptions
{
    public string Root { get; private set; } = "";
    public string? LogFile { get; private set; }
    public bool LogJson { get; private set; }
    public bool Debug { get; private set; }
    public bool Help { get; private set; }
    public bool Version { get; private set; }

    public static GlobalOptions Parse(ReadOnlySpan<string> arguments, out ReadOnlySpan<string> rest)
    {
        GlobalOptions options = new();
        ArgumentReader reader = new(arguments, Verbs.Program);
        while (reader.Read(out Option? option, out string value))
        {
            switch (option.Name)
            {
                case "root": options.Root = value; break;
                case "log": options.LogFile = value; break;
                case "log-format": options.LogJson = value switch { "json" => true, "text" => false, _ => throw new KistException($"--log-format is text or json, not \"{value}\"") }; break;
                case "debug": options.Debug = value == "true"; break;
                case "help": options.Help = value == "true"; break;
                case "version": options.Version = value == "true"; break;
            }
        }
        if (options.Root == "") options.Root = StateRoot.DefaultPath("kist-runtime", Kernel.GetEuid());
        if (!options.Root.StartsWith('/')) options.Root = $"{Kernel.WorkingDirectory(out _)}/{options.Root}";
        rest = arguments[(arguments.Length - reader.Operands.Count)..];
        return options;
    }
}
