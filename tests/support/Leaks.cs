namespace Kist.Tests.Support;

/// <summary>
/// What a container could leave behind on this machine: mounts, cgroups, processes in other pid namespaces, network devices, and
/// kist's own files. A test that compares must be [NotInParallel], as all this is the whole machine's.
/// </summary>
public sealed class Leaks
{
    readonly SortedSet<string> before = Look();

    /// <summary>Looks now, to compare later.</summary>
    public static Leaks Watch() => new();

    /// <summary>What is there now and was not before.</summary>
    public IReadOnlyList<string> Found() => [.. Look().Except(before)];

    /// <summary>The same, when what ends on its own has been given time to.</summary>
    public async Task<IReadOnlyList<string>> FoundWithin(TimeSpan time)
    {
        long limit = Environment.TickCount64 + (long)time.TotalMilliseconds;
        IReadOnlyList<string> found;
        while ((found = Found()).Count > 0 && Environment.TickCount64 < limit)
            await Task.Delay(20);
        return found;
    }

    static SortedSet<string> Look()
    {
        SortedSet<string> all = [];
        foreach (string line in File.ReadLines("/proc/self/mountinfo"))
            all.Add("mount " + string.Join(' ', line.Split(' ')[3..]));
        Tree(all, "cgroup ", "/sys/fs/cgroup", directory => !Systemd(directory));
        foreach (string state in (string[])["/run/kist", "/run/kist-runtime", $"{Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR")}/kist"])
        {
            // The directories themselves stay.
            Entries(all, state + "/containers");
            Entries(all, state + "/names");
        }
        foreach (string device in Directory.EnumerateFileSystemEntries("/sys/class/net"))
            all.Add("network device " + Path.GetFileName(device));
        string own = new FileInfo("/proc/self/ns/pid").LinkTarget ?? "";
        foreach (string process in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(process), out int pid) && Process(pid, own) is { } description)
                all.Add(description);
        return all;
    }

    static string? Process(int pid, string ownNamespace)
    {
        try
        {
            string name = File.ReadAllText($"/proc/{pid}/comm").Trim();
            string pidNamespace = new FileInfo($"/proc/{pid}/ns/pid").LinkTarget ?? ownNamespace;
            return pidNamespace != ownNamespace || name.StartsWith("kist", StringComparison.Ordinal) && name != "kist-tests" ? $"process {pid} {name}" : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What systemd makes for its own units while tests run.</summary>
    static bool Systemd(string directory) =>
        !directory.Contains("kist") && (directory.EndsWith(".service") || directory.EndsWith(".slice") || directory.EndsWith(".scope") || directory.EndsWith(".mount") || directory.EndsWith(".socket"));

    static void Entries(SortedSet<string> all, string directory)
    {
        try
        {
            foreach (string entry in Directory.EnumerateFileSystemEntries(directory))
                all.Add("state " + entry);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is not there, or somebody else's.
        }
    }

    static void Tree(SortedSet<string> all, string kind, string directory, Predicate<string> wanted)
    {
        try
        {
            foreach (string below in Directory.EnumerateDirectories(directory))
            {
                if (new FileInfo(below).LinkTarget is not null)
                    continue;
                if (wanted(below))
                    all.Add(kind + below);
                Tree(all, kind, below, wanted);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is gone, or somebody else's.
        }
    }
}
