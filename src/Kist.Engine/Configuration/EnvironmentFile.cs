using System.Text;
using Kist.Linux;

namespace Kist.Engine.Configuration;

/// <summary>--env-file, as Docker reads it: a KEY=VALUE or a KEY (the caller's value) in each line, # begins a comment, nothing is unquoted.</summary>
static class EnvironmentFile
{
    public static void Read(string path, Caller caller, List<string> environment)
    {
        ReadOnlySpan<byte> content = caller.ReadFile(path);
        if (content.StartsWith("\uFEFF"u8))
            content = content[3..];
        if (!System.Text.Unicode.Utf8.IsValid(content))
            throw new KistException($"--env-file {path}: not UTF-8 text");
        int line = 0;
        foreach (Range range in content.Split((byte)'\n'))
        {
            line++;
            string text = Encoding.UTF8.GetString(content[range]).TrimEnd('\r').TrimStart();
            if (text.Length == 0 || text[0] == '#')
                continue;
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? text.TrimEnd() : text[..equals];
            if (key.Length == 0 || key.AsSpan().ContainsAny(" \t\0"))
                throw new KistException($"--env-file {path}, line {line}: \"{key}\" is no name of a variable; write KEY=VALUE, without spaces before the =");
            if (equals >= 0)
                environment.Add(text);
            else if (caller.Variable(key) is { } value)
                environment.Add($"{key}={value}");
        }
    }
}
