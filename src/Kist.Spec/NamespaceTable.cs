using Kist.Linux;

namespace Kist.Spec;

/// <summary>namespaces(7): the specification's name, clone(2)'s flag and the name below /proc/PID/ns of each type.</summary>
public static class NamespaceTable
{
    // In the order of NamespaceType.
    static readonly string[] Names = ["pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"];
    static readonly string[] ProcNames = ["pid", "net", "mnt", "ipc", "uts", "user", "cgroup", "time"];

    internal const string Allowed = "one of pid, network, mount, ipc, uts, user, cgroup, time";

    /// <summary>How many types there are.</summary>
    public static int Count => Names.Length;

    /// <summary>The name in config.json.</summary>
    public static string Name(NamespaceType type) => Names[(int)type];

    /// <summary>The name of the link in /proc/PID/ns.</summary>
    public static string ProcName(NamespaceType type) => ProcNames[(int)type];

    /// <summary>CLONE_NEW….</summary>
    public static ulong CloneFlagOf(NamespaceType type) => type switch
    {
        NamespaceType.Pid => CloneFlag.CLONE_NEWPID,
        NamespaceType.Network => CloneFlag.CLONE_NEWNET,
        NamespaceType.Mount => CloneFlag.CLONE_NEWNS,
        NamespaceType.Ipc => CloneFlag.CLONE_NEWIPC,
        NamespaceType.Uts => CloneFlag.CLONE_NEWUTS,
        NamespaceType.User => CloneFlag.CLONE_NEWUSER,
        NamespaceType.Cgroup => CloneFlag.CLONE_NEWCGROUP,
        NamespaceType.Time => CloneFlag.CLONE_NEWTIME,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The type of a name in config.json.</summary>
    public static bool TryGet(ReadOnlySpan<char> name, out NamespaceType type)
    {
        for (int i = 0; i < Names.Length; i++)
        {
            type = (NamespaceType)i;
            if (name.SequenceEqual(Names[i])) return true;
        }
        type = default;
        return false;
    }

    internal static bool TryGet(ReadOnlySpan<byte> name, out NamespaceType type)
    {
        bool found = AsciiNames.TryFind(Names, name, out int index);
        type = (NamespaceType)index;
        return found;
    }
}
