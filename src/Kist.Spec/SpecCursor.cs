using System.Text;
using System.Text.Json;

namespace Kist.Spec;

/// <summary>
/// One pass over a document: the caller asks for the next property or element and takes its value as the type it must have.
/// A property whose value is null is as good as absent, as in the documents that Go programs write.
/// </summary>
ref struct SpecCursor
{
    public const int MaxDepth = 64;

    public static JsonReaderOptions Options => new() { MaxDepth = MaxDepth };

    readonly ReadOnlySpan<byte> json;
    Utf8JsonReader reader;

    public SpecCursor(ReadOnlySpan<byte> json)
    {
        this.json = json;
        reader = new Utf8JsonReader(json, Options);
    }

    /// <summary>Where the current token starts, for <see cref="PathAt"/>.</summary>
    public readonly long Position => reader.TokenStartIndex;

    public readonly string PathAt(long position) => SpecPath.At(json, position);

    public void BeginObject()
    {
        ToValue();
        if (reader.TokenType != JsonTokenType.StartObject) throw Unexpected("an object");
    }

    public void BeginArray()
    {
        ToValue();
        if (reader.TokenType != JsonTokenType.StartArray) throw Unexpected("an array");
    }

    /// <summary>Goes to the next property's name; false at the object's end.</summary>
    public bool NextProperty()
    {
        while (true)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndObject) return false;
            if (!ValueIsNull()) return true;
            reader.Read();
        }
    }

    /// <summary>Goes to the next element; false at the array's end.</summary>
    public bool NextElement()
    {
        reader.Read();
        return reader.TokenType != JsonTokenType.EndArray;
    }

    /// <summary>Whether the current name is this one.</summary>
    public readonly bool Is(ReadOnlySpan<byte> name) => reader.ValueTextEquals(name);

    /// <summary>The current property's name.</summary>
    public readonly string Name() => reader.GetString()!;

    /// <summary>Passes over a value that nobody asked for.</summary>
    public void SkipValue()
    {
        ToValue();
        reader.Skip();
    }

    /// <summary>The document ends here.</summary>
    public void End() => reader.Read();

    public bool Bool()
    {
        ToValue();
        return reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw Unexpected("true or false"),
        };
    }

    public string String(string allowed = "a string")
    {
        ToValue();
        if (reader.TokenType != JsonTokenType.String) throw Unexpected(allowed);
        string value = reader.GetString()!;
        if (value.Contains('\0')) throw Unexpected(allowed + " without NUL characters");
        return value;
    }

    /// <summary>A string's bytes, for a look into a table.</summary>
    public ReadOnlySpan<byte> Text()
    {
        ToValue();
        if (reader.TokenType != JsonTokenType.String) throw Unexpected("a string");
        return reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(reader.GetString()!) : reader.ValueSpan;
    }

    public long Int(long min = long.MinValue, long max = long.MaxValue)
    {
        ToValue();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long value) && value >= min && value <= max) return value;
        throw Unexpected($"an integer from {min} to {max}");
    }

    public ulong Unsigned(ulong max = ulong.MaxValue)
    {
        ToValue();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out ulong value) && value <= max) return value;
        throw Unexpected($"an integer from 0 to {max}");
    }

    public uint UInt32() => (uint)Unsigned(uint.MaxValue);

    public int Int32() => (int)Int(int.MinValue, int.MaxValue);

    public List<string> Strings()
    {
        var list = new List<string>();
        BeginArray();
        while (NextElement()) list.Add(String());
        return list;
    }

    public Dictionary<string, string> StringMap()
    {
        var map = new Dictionary<string, string>();
        BeginObject();
        while (NextProperty()) map[Name()] = String();
        return map;
    }

    /// <summary>The current value is not what it must be.</summary>
    public readonly SpecException Unexpected(string allowed) => SpecException.Unexpected(PathAt(Position), Found(), allowed);

    /// <summary>The object that ends here lacks a property.</summary>
    public readonly SpecException Missing(string name, string allowed) => SpecException.Missing($"{PathAt(Position)}/{name}", allowed);

    /// <summary>What a parse error means, in the words of a text editor: line and column from 1.</summary>
    public readonly SpecException Malformed(JsonException error)
    {
        long line = error.LineNumber ?? 0, column = error.BytePositionInLine ?? 0;
        int offset = 0;
        for (long i = 0; i < line; i++)
        {
            int end = json[offset..].IndexOf((byte)'\n');
            if (end < 0) break;
            offset += end + 1;
        }
        offset = (int)Math.Min(offset + column, json.Length);
        int depth = reader.CurrentDepth + (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? 1 : 0);
        // A comma at the end is reported itself, not what should follow it.
        bool ends = offset == json.Length || (depth > 0 && json[offset..].IndexOfAnyExcept(", \t\r\n"u8) < 0);
        string problem = ends ? "the document ends too early"
            : depth >= MaxDepth && json[offset] is (byte)'{' or (byte)'[' ? $"nested deeper than {MaxDepth} levels"
            : json[offset] is > 0x20 and < 0x7f ? $"unexpected '{(char)json[offset]}'"
            : $"unexpected byte 0x{json[offset]:x2}";
        return SpecException.Because("", $"not valid JSON: line {line + 1}, column {column + 1}: {problem}");
    }

    readonly string Found() => reader.TokenType switch
    {
        JsonTokenType.String => SpecException.Quote(Encoding.UTF8.GetString(reader.ValueSpan)),
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.Number when reader.ValueSpan.Length > 40 => Encoding.UTF8.GetString(reader.ValueSpan[..40]) + "…",
        _ => Encoding.UTF8.GetString(reader.ValueSpan),
    };

    /// <summary>From a property's name (or the start) to the value.</summary>
    void ToValue()
    {
        if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.None) reader.Read();
    }

    readonly bool ValueIsNull()
    {
        for (int i = (int)reader.BytesConsumed; i < json.Length; i++)
        {
            byte c = json[i];
            if (c is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')) return c == 'n';
        }
        return false;
    }
}
