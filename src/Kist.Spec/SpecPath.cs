using System.Text;
using System.Text.Json;

namespace Kist.Spec;

/// <summary>
/// Where in a document a token stands, found by reading the document again up to it: the reader keeps no path, as only errors need one.
/// </summary>
static class SpecPath
{
    /// <summary>The JSON pointer of the token that starts at <paramref name="offset"/>; for a closing bracket, what it closes.</summary>
    public static string At(ReadOnlySpan<byte> json, long offset)
    {
        var reader = new Utf8JsonReader(json, SpecCursor.Options);
        var names = new string?[SpecCursor.MaxDepth + 1];
        var indexes = new int[SpecCursor.MaxDepth + 1];
        int depth = 0;
        while (reader.Read())
        {
            bool opens = false;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    names[depth] = Escape(Encoding.UTF8.GetString(reader.ValueSpan));
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    depth--;
                    break;
                default:
                    opens = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
                    indexes[depth]++;
                    break;
            }
            if (reader.TokenStartIndex >= offset) break;
            if (!opens) continue;
            depth++;
            names[depth] = reader.TokenType == JsonTokenType.StartObject ? "" : null;
            indexes[depth] = -1;
        }
        var path = new StringBuilder();
        for (int i = 1; i <= depth; i++) path.Append('/').Append(names[i] ?? indexes[i].ToString());
        return path.ToString();
    }

    /// <summary>A name as a part of a JSON pointer.</summary>
    public static string Escape(string name) => name.Replace("~", "~0").Replace("/", "~1");
}
