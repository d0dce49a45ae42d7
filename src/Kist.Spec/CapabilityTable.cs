using System.Text;

namespace Kist.Spec;

/// <summary>capabilities(7): the names in the order of their numbers, linux/capability.h.</summary>
public static class CapabilityTable
{
    static readonly string[] Names =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW",
        "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",
        "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
        "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>How many there are: their numbers are 0 to Count - 1.</summary>
    public static int Count => Names.Length;

    /// <summary>All of them, as a mask.</summary>
    public static ulong All => (1UL << Count) - 1;

    /// <summary>The number of a name as people type it: with or without CAP_, in any case. ALL is not a capability.</summary>
    public static bool TryGet(ReadOnlySpan<char> name, out int capability)
    {
        if (name.StartsWith("CAP_", StringComparison.OrdinalIgnoreCase)) name = name[4..];
        for (capability = 0; capability < Names.Length; capability++)
        {
            if (name.Equals(Names[capability].AsSpan(4), StringComparison.OrdinalIgnoreCase)) return true;
        }
        capability = -1;
        return false;
    }

    /// <summary>The name with CAP_; for a number above the table's, "CAP_" and the number.</summary>
    public static string Name(int capability) => (uint)capability < (uint)Names.Length ? Names[capability] : $"CAP_{capability}";

    /// <summary>The number of a name as config.json must write it.</summary>
    internal static bool TryGetExact(ReadOnlySpan<byte> name, out int capability) => AsciiNames.TryFind(Names, name, out capability);
}

/// <summary>Search in the tables' names, by bytes as they stand in a document.</summary>
static class AsciiNames
{
    public static bool TryFind(string[] names, ReadOnlySpan<byte> name, out int index)
    {
        for (index = 0; index < names.Length; index++)
        {
            if (names[index].Length == name.Length && Ascii.Equals(name, names[index])) return true;
        }
        index = -1;
        return false;
    }
}
