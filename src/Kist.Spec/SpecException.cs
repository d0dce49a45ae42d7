using Kist.Linux;

namespace Kist.Spec;

/// <summary>A document that cannot be used: where in it, what stands there, and what may stand there.</summary>
public sealed class SpecException : KistException
{
    SpecException(string path, string message) : base(message) => Path = path;

    /// <summary>JSON pointer (RFC 6901) of the value; empty for the document as a whole.</summary>
    public string Path { get; }

    /// <summary>"PATH: found VALUE, expected ALLOWED".</summary>
    public static SpecException Unexpected(string path, string found, string allowed) =>
        new(path, $"{Name(path)}: found {found}, expected {allowed}");

    /// <summary>"PATH is missing, expected ALLOWED".</summary>
    public static SpecException Missing(string path, string allowed) => new(path, $"{Name(path)} is missing, expected {allowed}");

    /// <summary>"PATH: PROBLEM", where neither of the others fits.</summary>
    public static SpecException Because(string path, string problem) => new(path, $"{Name(path)}: {problem}");

    /// <summary>A text as it is shown in a message: quoted, short, and without what a terminal would obey.</summary>
    public static string Quote(string text)
    {
        const int Longest = 80;
        string shown = text.Length > Longest ? text[..Longest] + "…" : text;
        return string.Create(shown.Length + 2, shown, static (span, shown) =>
        {
            span[0] = span[^1] = '"';
            for (int i = 0; i < shown.Length; i++) span[i + 1] = char.IsControl(shown[i]) ? '\uFFFD' : shown[i];
        });
    }

    static string Name(string path) => path.Length == 0 ? "the document" : path;
}
