namespace Kist.Runtime.CommandLine;

/// <summary>One option as it is typed. The tables of these are read by the parser and by the help alike.</summary>
/// <param name="Name">The long name, without its dashes.</param>
/// <param name="Letter">The short name, or NUL for none.</param>
/// <param name="Value">What the help calls the value; empty for a switch, which may still be given as --name=false.</param>
/// <param name="Group">The heading in the help; an empty one keeps the option out of it (a second name).</param>
/// <param name="Help">One line.</param>
/// <param name="Repeatable">Every occurrence counts; otherwise the last one does.</param>
public sealed record Option(string Name, char Letter, string Value, string Group, string Help, bool Repeatable = false)
{
    /// <summary>Takes no value.</summary>
    public bool IsSwitch => Value.Length == 0;
}
