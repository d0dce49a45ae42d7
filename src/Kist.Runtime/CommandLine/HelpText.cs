using System.Text;

namespace Kist.Runtime.CommandLine;

/// <summary>The help that --help prints, from the tables.</summary>
public static class HelpText
{
    /// <summary>A verb's: usage, what it does, examples, options by group.</summary>
    public static string Of(Verb verb)
    {
        StringBuilder text = new();
        text.Append("Usage: ").Append(verb.Command);
        if (verb.Options.Length > 0)
            text.Append(" [OPTION…]");
        if (verb.Operands.Length > 0)
            text.Append(' ').Append(verb.Operands);
        text.Append("\n\n").Append(verb.Summary).Append('\n');
        foreach (string note in verb.Notes)
            text.Append(note).Append('\n');
        AppendExamples(text, verb);
        AppendOptions(text, verb);
        return text.ToString();
    }

    /// <summary>A program's: usage, its verbs with their summaries, examples, options.</summary>
    public static string Of(Verb program, ReadOnlySpan<Verb> verbs)
    {
        StringBuilder text = new();
        text.Append("Usage: ").Append(program.Command).Append(' ').Append(program.Operands).Append("\n\n").Append(program.Summary).Append('\n');
        foreach (string note in program.Notes)
            text.Append(note).Append('\n');
        text.Append("\nCommands:\n");
        int width = 0;
        foreach (Verb verb in verbs)
            width = int.Max(width, verb.Command.Length - program.Command.Length - 1);
        foreach (Verb verb in verbs)
            text.Append("  ").Append(verb.Command[(program.Command.Length + 1)..].PadRight(width)).Append("   ").Append(verb.Summary).Append('\n');
        AppendExamples(text, program);
        AppendOptions(text, program);
        return text.ToString();
    }

    static void AppendExamples(StringBuilder text, Verb verb)
    {
        if (verb.Examples.Length == 0)
            return;
        text.Append("\nExamples:\n");
        int width = 0;
        for (int i = 0; i < verb.Examples.Length; i += 2)
            width = int.Max(width, verb.Examples[i].Length);
        for (int i = 0; i < verb.Examples.Length; i += 2)
            text.Append("  ").Append(verb.Examples[i].PadRight(width)).Append("   ").Append(verb.Examples[i + 1]).Append('\n');
    }

    static void AppendOptions(StringBuilder text, Verb verb)
    {
        int width = 0;
        foreach (Option option in verb.Options)
            if (option.Group.Length > 0)
                width = int.Max(width, Left(option).Length);
        string group = "";
        foreach (Option option in verb.Options)
        {
            if (option.Group.Length == 0)
                continue;
            if (option.Group != group)
                text.Append('\n').Append(group = option.Group).Append(":\n");
            text.Append("  ").Append(Left(option).PadRight(width)).Append("   ").Append(option.Help).Append('\n');
        }
    }

    static string Left(Option option) =>
        $"{(option.Letter == '\0' ? "    " : $"-{option.Letter}, ")}--{option.Name}{(option.IsSwitch ? "" : " ")}{option.Value}{(option.Repeatable ? "…" : "")}";
}
