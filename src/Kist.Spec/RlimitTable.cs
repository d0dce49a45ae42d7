namespace Kist.Spec;

/// <summary>getrlimit(2): the names in the order of their numbers on x86-64 and arm64, asm-generic/resource.h.</summary>
public static class RlimitTable
{
    static readonly string[] Names =
    [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE",
        "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO",
        "RLIMIT_RTTIME",
    ];

    /// <summary>How many there are: their numbers are 0 to Count - 1.</summary>
    public static int Count => Names.Length;

    /// <summary>The number of RLIMIT_NOFILE, or of nofile as a command line writes it; -1 when there is none of that name.</summary>
    public static int Number(ReadOnlySpan<char> name)
    {
        for (int i = 0; i < Names.Length; i++)
        {
            if (name.SequenceEqual(Names[i]) || name.Equals(Names[i].AsSpan(7), StringComparison.OrdinalIgnoreCase)) return i;
        }
        return -1;
    }

    /// <summary>RLIMIT_… of a number from 0 to Count - 1.</summary>
    public static string Name(int number) => Names[number];

    internal static string Allowed => "one of " + string.Join(", ", Names);

    internal static bool TryGetExact(ReadOnlySpan<byte> name, out int number) => AsciiNames.TryFind(Names, name, out number);
}
