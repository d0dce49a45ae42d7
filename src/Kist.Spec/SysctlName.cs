namespace Kist.Spec;

/// <summary>sysctl(8)'s two ways to write a name: kernel.msgmax, or with slashes (net/ipv4/conf/eth0.100/forwarding).</summary>
public static class SysctlName
{
    /// <summary>
    /// The path below /proc/sys; null for what is not a name. Whichever of . and / comes first separates the parts, and the other one
    /// is then a part of a part (an interface's name).
    /// </summary>
    public static string? ToPath(string name)
    {
        int first = name.AsSpan().IndexOfAny('.', '/');
        string path = first < 0 || name[first] == '/' ? name : string.Create(name.Length, name, static (span, name) =>
        {
            for (int i = 0; i < span.Length; i++) span[i] = name[i] switch { '.' => '/', '/' => '.', char c => c };
        });
        foreach (Range part in path.AsSpan().Split('/'))
        {
            if (path.AsSpan()[part] is "" or "." or "..") return null;
        }
        return path;
    }
}
