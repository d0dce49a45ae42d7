namespace Kist.Runtime.CommandLine;

/// <summary>One verb of a command line, or the program itself (then <paramref name="Command"/> is its name alone).</summary>
/// <param name="Command">All the words that lead to it: "kist run".</param>
/// <param name="Operands">What follows the options, as the help writes it: "SOURCE [COMMAND [ARG…]]".</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Options">Its table.</param>
public sealed record Verb(string Command, string Operands, string Summary, Option[] Options)
{
    /// <summary>The last word of <see cref="Command"/>.</summary>
    public string Name => Command[(Command.LastIndexOf(' ') + 1)..];

    /// <summary>Options end at the first operand: what follows is another program's.</summary>
    public bool OptionsFirst { get; init; }

    /// <summary>Lines below the summary.</summary>
    public string[] Notes { get; init; } = [];

    /// <summary>Pairs of a command line and what it does.</summary>
    public string[] Examples { get; init; } = [];

    /// <summary>Options of others' programs that are not there yet: "name letter reason", the letter "-" for none.</summary>
    public string[] Later { get; init; } = [];
}
