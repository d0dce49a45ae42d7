namespace Kist.Spec;

/// <summary>The names of config-linux.md#seccomp and the numbers that they stand for, as in seccomp.h and linux/seccomp.h.</summary>
public static class SeccompTable
{
    // In the order of SeccompAction.
    static readonly string[] ActionNameTable =
    [
        "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE",
        "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY",
    ];

    // In the order of SeccompOperator, which are libseccomp's numbers from 1.
    static readonly string[] OperatorNameTable =
    [
        "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
    ];

    static readonly string[] ArchitectureNameTable =
    [
        "SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64", "SCMP_ARCH_MIPS",
        "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32",
        "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_PARISC",
        "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB",
    ];

    // AUDIT_ARCH_…: the ELF machine, 0x80000000 for 64 bits, 0x40000000 for little endian, 0x20000000 for MIPS n32.
    static readonly uint[] ArchitectureTokens =
    [
        0x40000003, 0xc000003e, 0x4000003e, 0x40000028, 0xc00000b7, 0x00000008,
        0x80000008, 0xa0000008, 0x40000008, 0xc0000008, 0xe0000008,
        0x00000014, 0x80000015, 0xc0000015, 0x00000016, 0x80000016, 0x0000000f,
        0x8000000f, 0xc00000f3, 0xc0000102, 0x00000004, 0x4000002a, 0x0000002a,
    ];

    static readonly string[] FlagNameTable =
    [
        "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ];

    static readonly uint[] FlagValues = [1 << 0, 1 << 1, 1 << 2, 1 << 5];

    /// <summary>SCMP_ACT_…, all of them.</summary>
    public static IReadOnlyList<string> ActionNames => ActionNameTable;

    /// <summary>SCMP_CMP_…, all of them.</summary>
    public static IReadOnlyList<string> OperatorNames => OperatorNameTable;

    /// <summary>SCMP_ARCH_…, all that the specification has.</summary>
    public static IReadOnlyList<string> ArchitectureNames => ArchitectureNameTable;

    /// <summary>SECCOMP_FILTER_FLAG_…, all that the specification has.</summary>
    public static IReadOnlyList<string> FlagNames => FlagNameTable;

    /// <summary>SCMP_ACT_….</summary>
    public static string Name(SeccompAction action) => ActionNameTable[(int)action];

    /// <summary>SCMP_CMP_….</summary>
    public static string Name(SeccompOperator op) => OperatorNameTable[(int)op];

    /// <summary>libseccomp's token of an architecture, which is the kernel's AUDIT_ARCH_… (x32 has one of its own).</summary>
    public static bool TryGetArchitecture(string name, out uint token)
    {
        int index = Array.IndexOf(ArchitectureNameTable, name);
        token = index < 0 ? 0 : ArchitectureTokens[index];
        return index >= 0;
    }

    /// <summary>seccomp(2)'s bit of a flag.</summary>
    public static bool TryGetFlag(string name, out uint flag)
    {
        int index = Array.IndexOf(FlagNameTable, name);
        flag = index < 0 ? 0 : FlagValues[index];
        return index >= 0;
    }

    /// <summary>Whether an action carries a number (config-linux.md: errnoRet with any other is an error).</summary>
    public static bool TakesErrno(SeccompAction action) => action is SeccompAction.Errno or SeccompAction.Trace;

    internal static string Actions => "one of " + string.Join(", ", ActionNameTable);

    internal static string Operators => "one of " + string.Join(", ", OperatorNameTable);

    internal static bool TryGetAction(ReadOnlySpan<byte> name, out SeccompAction action)
    {
        bool found = AsciiNames.TryFind(ActionNameTable, name, out int index);
        action = (SeccompAction)index;
        return found;
    }

    internal static bool TryGetOperator(ReadOnlySpan<byte> name, out SeccompOperator op)
    {
        bool found = AsciiNames.TryFind(OperatorNameTable, name, out int index);
        op = (SeccompOperator)index;
        return found;
    }
}
