using System.Text.Json;

namespace Kist.Spec;

/// <summary>
/// Reads config.json (config.md, config-linux.md) by hand, in one pass and without reflection: it is on the way of every start.
/// Properties that the specification does not know are skipped; of a property given twice the last one counts.
/// </summary>
public static partial class RuntimeSpecReader
{
    /// <summary>In bytes, 4 MiB: a hundred times what engines write, and what the small heap of a runtime holds whatever stands in it.</summary>
    public const int MaxLength = 4 << 20;

    /// <summary>
    /// The document as records. What may be dropped (capabilities with unknown names) is dropped with a line in <paramref name="warnings"/>.
    /// Rules between fields are <see cref="SpecValidator"/>'s.
    /// </summary>
    /// <exception cref="SpecException">Not JSON, a value of the wrong type, out of range or unsupported, or one that is missing.</exception>
    public static RuntimeSpec Read(ReadOnlySpan<byte> utf8Json, ICollection<string> warnings)
    {
        if (utf8Json.Length > MaxLength)
            throw SpecException.Because("", $"found {utf8Json.Length} bytes, expected at most {MaxLength}");
        if (utf8Json.StartsWith("\uFEFF"u8)) utf8Json = utf8Json[3..];
        var cursor = new SpecCursor(utf8Json);
        try
        {
            RuntimeSpec spec = ReadDocument(ref cursor, warnings);
            cursor.End();
            return spec;
        }
        catch (JsonException error)
        {
            throw cursor.Malformed(error);
        }
        catch (InvalidOperationException)
        {
            // A string's bytes are looked at only when it is wanted as text.
            throw SpecException.Because(cursor.PathAt(cursor.Position), "found a string that is not Unicode text, expected UTF-8");
        }
    }

    static RuntimeSpec ReadDocument(ref SpecCursor cursor, ICollection<string> warnings)
    {
        string? ociVersion = null, hostname = null, domainname = null;
        Root? root = null;
        Process? process = null;
        List<Mount>? mounts = null;
        Hooks? hooks = null;
        Dictionary<string, string>? annotations = null;
        LinuxSpec? linux = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("ociVersion"u8)) ociVersion = OciVersion(ref cursor);
            else if (cursor.Is("root"u8)) root = ReadRoot(ref cursor);
            else if (cursor.Is("process"u8)) process = ReadProcess(ref cursor, warnings);
            else if (cursor.Is("hostname"u8)) hostname = cursor.String();
            else if (cursor.Is("domainname"u8)) domainname = cursor.String();
            else if (cursor.Is("mounts"u8)) mounts = ReadMounts(ref cursor);
            else if (cursor.Is("hooks"u8)) hooks = ReadHooks(ref cursor);
            else if (cursor.Is("annotations"u8)) annotations = cursor.StringMap();
            else if (cursor.Is("linux"u8)) linux = ReadLinux(ref cursor);
            else cursor.SkipValue();
        }
        var spec = new RuntimeSpec
        {
            OciVersion = ociVersion ?? throw cursor.Missing("ociVersion", Versions),
            Root = root,
            Process = process,
            Hostname = NullIfEmpty(hostname),
            Domainname = NullIfEmpty(domainname),
            Mounts = mounts ?? [],
            Hooks = hooks,
        };
        if (annotations is not null) spec = spec with { Annotations = annotations };
        if (linux is not null) spec = spec with { Linux = linux };
        return spec;
    }

    const string Versions = "a version 1.x of the runtime specification";

    static string OciVersion(ref SpecCursor cursor)
    {
        string version = cursor.String(Versions);
        return version.StartsWith("1.", StringComparison.Ordinal) && version.Length > 2 && char.IsAsciiDigit(version[2])
            ? version : throw cursor.Unexpected(Versions);
    }

    static Root ReadRoot(ref SpecCursor cursor)
    {
        string? path = null;
        bool readOnly = false;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("path"u8)) path = cursor.String();
            else if (cursor.Is("readonly"u8)) readOnly = cursor.Bool();
            else cursor.SkipValue();
        }
        return new Root(path ?? throw cursor.Missing("path", "the root filesystem's directory"), readOnly);
    }

    /// <summary>In these documents an empty string says no more than an absent one.</summary>
    static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
