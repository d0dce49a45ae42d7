using System.Diagnostics.CodeAnalysis;
using Kist.Linux;

namespace Kist.Runtime.CommandLine;

/// <summary>
/// Reads a verb's arguments, option by option, in the grammar of docker and of getopt_long(3): clusters (-it), values in the same
/// word or in the next (-eA=1, -e A=1, --env=A=1, --env A=1), switches with a value (--rm=false), "--".
/// </summary>
public ref struct ArgumentReader(ReadOnlySpan<string> arguments, Verb verb)
{
    readonly ReadOnlySpan<string> _arguments = arguments;
    readonly Verb _verb = verb;
    List<string>? _operands;
    int _next;
    int _letter; // Where the cluster goes on; 0 outside of one.
    bool _ended;

    /// <summary>What is no option, in order; complete when <see cref="Read"/> has returned false.</summary>
    public readonly IReadOnlyList<string> Operands => _operands ?? (IReadOnlyList<string>)[];

    /// <summary>The next option. A switch's value is "true" or "false".</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="KistException">An unknown option, or a value missing or too many.</exception>
    public bool Read([NotNullWhen(true)] out Option? option, out string value)
    {
        while (_letter != 0 || _next < _arguments.Length)
        {
            string word = _letter != 0 ? _arguments[_next - 1] : _arguments[_next++];
            if (_letter == 0 && (_ended || word.Length < 2 || word[0] != '-'))
            {
                (_operands ??= []).Add(word);
                _ended |= _verb.OptionsFirst;
                continue;
            }
            if (word == "--")
            {
                _ended = true;
                continue;
            }
            if (word[1] == '-')
                ReadLong(word, out option, out value);
            else
                ReadShort(word, out option, out value);
            return true;
        }
        (option, value) = (null, "");
        return false;
    }

    void ReadLong(string word, out Option option, out string value)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        ReadOnlySpan<char> name = equals < 0 ? word.AsSpan(2) : word.AsSpan(2, equals - 2);
        option = Find(name, '\0') ?? throw Unknown(word[..(equals < 0 ? word.Length : equals)], name, '\0');
        if (option.IsSwitch)
            value = equals < 0 ? "true" : Boolean(option, word[(equals + 1)..]);
        else
            value = equals < 0 ? NextWord(option) : word[(equals + 1)..];
    }

    void ReadShort(string word, out Option option, out string value)
    {
        int at = _letter == 0 ? 1 : _letter;
        option = Find([], word[at]) ?? throw Unknown($"-{word[at]}", [], word[at]);
        ReadOnlySpan<char> rest = word.AsSpan(at + 1);
        _letter = 0;
        if (option.IsSwitch)
        {
            if (rest is ['=', ..])
                value = Boolean(option, rest[1..].ToString());
            else
            {
                value = "true";
                _letter = rest.IsEmpty ? 0 : at + 1;
            }
        }
        else
            value = rest.IsEmpty ? NextWord(option) : rest[0] == '=' ? rest[1..].ToString() : rest.ToString();
    }

    string NextWord(Option option) => _next < _arguments.Length ? _arguments[_next++]
        : throw new KistException($"{Spelling(option)} needs a value, {option.Value}; see {_verb.Command} --help");

    static string Boolean(Option option, string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => "true",
        "0" or "f" or "F" or "false" or "FALSE" or "False" => "false",
        _ => throw new KistException($"{Spelling(option)} is a switch: it takes true or false, not \"{text}\""),
    };

    readonly Option? Find(ReadOnlySpan<char> name, char letter)
    {
        foreach (Option option in _verb.Options)
            if (letter == '\0' ? name.SequenceEqual(option.Name) : letter == option.Letter)
                return option;
        return null;
    }

    readonly KistException Unknown(string word, ReadOnlySpan<char> name, char letter)
    {
        foreach (string later in _verb.Later)
        {
            string[] parts = later.Split(' ', 3);
            if (letter == '\0' ? name.SequenceEqual(parts[0]) : parts[1][0] == letter && letter != '-')
                return new KistException($"{word} is not there yet: {parts[2]}");
        }
        string? near = null;
        if (letter == '\0')
            near = Suggestion.Nearest(name, Array.ConvertAll(_verb.Options, static option => option.Name));
        return new KistException($"unknown option {word}{(near is null ? "" : $"; did you mean --{near}?")} ({_verb.Command} --help lists what there is)");
    }

    static string Spelling(Option option) => $"--{option.Name}";
}
