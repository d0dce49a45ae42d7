using Kist.Linux;

namespace Kist.Runtime;

/// <summary>What a root filesystem has in place of a program that it has not.</summary>
static class ProgramsNearby
{
    const int Most = 5;
    static readonly string[] Shells = ["sh", "bash", "ash", "dash", "zsh", "ksh", "fish"];
    static readonly string[] Directories = ["/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin", "/usr/local/sbin"];

    /// <summary>"./rootfs has /bin/sh, /bin/busybox": the same program elsewhere, one with a similar name, a shell, or else what is at the top.</summary>
    public static string Describe(RootDirectory root, string rootName, string program)
    {
        string name = program[(program.LastIndexOf('/') + 1)..];
        List<(string Directory, List<string> Names)> shelves = Shelves(root);
        List<string> found = [];
        if (!Array.Exists(Shells, shell => shell == name))
            Add(found, shelves, candidate => candidate == name || Similar(candidate, name));
        if (found.Count == 0)
        {
            foreach (string shell in Shells)
                Add(found, shelves, candidate => candidate == shell);
            Add(found, shelves, candidate => candidate is "busybox" or "toybox");
        }
        return found.Count > 0 ? $"{rootName} has {string.Join(", ", found)}" : Top(root, rootName);
    }

    static List<(string, List<string>)> Shelves(RootDirectory root)
    {
        List<(string, List<string>)> shelves = [];
        foreach (string directory in Directories)
        {
            // One of the two names is enough where /usr is merged: the short one, which people type.
            string shorter = directory.Replace("/usr/", "/");
            bool known = shorter != directory && root.ReadLink(shorter, out _) == Errno.None;
            List<string> names = [];
            if (!known && root.List(directory, names) == Errno.None && names.Count > 0)
            {
                names.Sort(string.CompareOrdinal);
                shelves.Add((directory, names));
            }
        }
        return shelves;
    }

    static void Add(List<string> found, List<(string Directory, List<string> Names)> shelves, Predicate<string> wanted)
    {
        foreach ((string directory, List<string> names) in shelves)
            foreach (string name in names)
                if (found.Count < Most && wanted(name))
                    found.Add($"{directory}/{name}");
    }

    static string Top(RootDirectory root, string rootName)
    {
        List<string> names = [];
        Errno error = root.List("/", names);
        if (error != Errno.None)
            return $"{rootName} cannot be listed, {error}";
        if (names.Count == 0)
            return $"{rootName} is empty";
        names.Sort(string.CompareOrdinal);
        string more = names.Count > Most ? ", …" : "";
        return $"{rootName} has no shell; at its top are /{string.Join(", /", names.GetRange(0, int.Min(Most, names.Count)))}{more}";
    }

    /// <summary>The same with a version after it (python, python3.11), or one slip of the fingers away.</summary>
    static bool Similar(string candidate, string name)
    {
        if (name.Length < 3)
            return false;
        if (candidate.StartsWith(name, StringComparison.Ordinal) && candidate.AsSpan(name.Length).TrimStart("0123456789.-").IsEmpty)
            return true;
        int longer = int.Max(candidate.Length, name.Length), shorter = int.Min(candidate.Length, name.Length);
        if (longer - shorter > 1 || shorter < 3)
            return false;
        int start = 0, end = 0;
        while (start < shorter && candidate[start] == name[start])
            start++;
        while (end < shorter - start && candidate[^(end + 1)] == name[^(end + 1)])
            end++;
        bool swapped = longer == shorter && start + end == longer - 2 && candidate[start] == name[start + 1] && candidate[start + 1] == name[start];
        return start + end >= longer - 1 || swapped;
    }
}
