using System.Text;
using Kist.Linux;

namespace Kist.Runtime.Cgroups;

/// <summary>How control groups are mounted, cgroups(7).</summary>
public enum CgroupVersion
{
    /// <summary>None, or none that this process can find.</summary>
    None,
    /// <summary>One hierarchy for each controller or group of them, below /sys/fs/cgroup.</summary>
    V1,
    /// <summary>As V1, and a cgroup v2 tree with no controllers at /sys/fs/cgroup/unified.</summary>
    Hybrid,
    /// <summary>One tree at /sys/fs/cgroup.</summary>
    V2,
}

/// <summary>One hierarchy: the controllers of v1 ("cpu,cpuacct", "name=systemd"), and where this process is in it.</summary>
public sealed record CgroupHierarchy(string Controllers, string Directory, string OwnPath)
{
    /// <summary>Whether the hierarchy has this controller.</summary>
    public bool Has(string controller)
    {
        foreach (Range part in Controllers.AsSpan().Split(','))
            if (Controllers.AsSpan()[part].SequenceEqual(controller)) return true;
        return false;
    }
}

/// <summary>The control groups of this machine.</summary>
/// <param name="Version">Which kind.</param>
/// <param name="Hierarchies">The mounted hierarchies; for v2 the one.</param>
public sealed record CgroupLayout(CgroupVersion Version, IReadOnlyList<CgroupHierarchy> Hierarchies)
{
    public const string Root = "/sys/fs/cgroup";
    const long CGROUP2_SUPER_MAGIC = 0x63677270, TMPFS_MAGIC = 0x01021994;

    /// <summary>Where cgroups are not mounted.</summary>
    public static CgroupLayout None { get; } = new(CgroupVersion.None, []);

    /// <summary>Whether /sys/fs/cgroup is the one tree of v2.</summary>
    internal static bool IsVersion2() => Kernel.FilesystemType(Root) == CGROUP2_SUPER_MAGIC;

    /// <summary>Looks at /sys/fs/cgroup and /proc/self/cgroup.</summary>
    public static CgroupLayout Probe()
    {
        long type = Kernel.FilesystemType(Root);
        if (type is not (CGROUP2_SUPER_MAGIC or TMPFS_MAGIC)) return None;
        byte[]? own = Kernel.ReadFile(Kernel.AT_FDCWD, "/proc/self/cgroup", out _);
        return own is null ? None : Parse(own, type == CGROUP2_SUPER_MAGIC);
    }

    /// <summary>Reads /proc/self/cgroup: lines of number, controllers and path.</summary>
    public static CgroupLayout Parse(ReadOnlySpan<byte> text, bool unified)
    {
        List<CgroupHierarchy> hierarchies = new(12);
        CgroupVersion version = unified ? CgroupVersion.V2 : CgroupVersion.V1;
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            int first = line.IndexOf((byte)':');
            if (first < 0) continue;
            int second = line[(first + 1)..].IndexOf((byte)':');
            if (second < 0) continue;
            string controllers = Encoding.UTF8.GetString(line.Slice(first + 1, second));
            string path = Encoding.UTF8.GetString(line[(first + second + 2)..]);
            if (unified && controllers == "") hierarchies.Add(new("", Root, path));
            else if (!unified && controllers == "") version = CgroupVersion.Hybrid;
            else if (!unified) hierarchies.Add(new(controllers, Root + "/" + (controllers.StartsWith("name=", StringComparison.Ordinal) ? controllers[5..] : controllers), path));
        }
        return hierarchies.Count == 0 ? None : new(version, hierarchies);
    }

    /// <summary>The hierarchy with a controller (v1), or the one tree (v2).</summary>
    public CgroupHierarchy? Find(string controller)
    {
        foreach (CgroupHierarchy hierarchy in Hierarchies)
            if (Version == CgroupVersion.V2 || hierarchy.Has(controller)) return hierarchy;
        return null;
    }
}
