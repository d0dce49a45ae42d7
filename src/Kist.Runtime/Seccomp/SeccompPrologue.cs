using System.Runtime.InteropServices;
using Kist.Linux;
using Kist.Spec;

namespace Kist.Runtime;

/// <summary>
/// What stands before libseccomp's program, for the newest system calls. Two things are wanted there. A C library tries the new
/// call and falls back to the old one on ENOSYS only, so a call that is newer than every name in the profile gets ENOSYS and
/// not the profile's default (as with runc). And where the profile does name a call that is newer than the linked libseccomp,
/// it is decided here by number, so that old build machines do not make old filters. A call older than both costs three jumps.
/// </summary>
sealed class SeccompPrologue
{
    readonly Architecture[] architectures;
    readonly bool stub;

    /// <param name="tokens">The filter's architectures.</param>
    /// <param name="profile">Whose default action says whether ENOSYS would be a change.</param>
    public SeccompPrologue(ReadOnlySpan<uint> tokens, Seccomp profile)
    {
        architectures = new Architecture[tokens.Length];
        for (int i = 0; i < tokens.Length; i++)
            architectures[i] = new Architecture(tokens[i]);
        // A default that lets calls through must let the new ones through, too; a tracer answers for itself.
        stub = profile.DefaultAction is not (SeccompAction.Allow or SeccompAction.Log or SeccompAction.Trace)
            && !(profile.DefaultAction == SeccompAction.Errno && profile.DefaultErrnoRet == (uint)Errno.ENOSYS);
    }

    /// <summary>Takes notice of a name in a rule.</summary>
    /// <param name="name">As the profile spells it.</param>
    /// <param name="terminated">The same, terminated by NUL.</param>
    /// <param name="number">What libseccomp resolves it to natively.</param>
    /// <param name="action">SECCOMP_RET_….</param>
    /// <param name="conditional">The rule looks at arguments: such a one is not decided here.</param>
    public unsafe void Note(string name, ReadOnlySpan<byte> terminated, int number, uint action, bool conditional)
    {
        bool newer = number == LibSeccomp.UnknownSystemCall && !conditional;
        foreach (Architecture architecture in architectures)
        {
            int own;
            fixed (byte* start = terminated)
                own = LibSeccomp.seccomp_syscall_resolve_name_arch(architecture.Token, start);
            if (own >= 0)
                architecture.Newest = Math.Max(architecture.Newest, (uint)own);
            else if (newer && NewerThanLibrary(name, architecture.Token) is >= 0 and int known)
                architecture.Decide((uint)known, action);
        }
    }

    /// <summary>Instructions.</summary>
    public int Length
    {
        get
        {
            int length = 0;
            foreach (Architecture architecture in architectures)
                if (architecture.Token != LibSeccomp.TokenX32)
                {
                    int section = SectionLength(architecture);
                    if (section > 0)
                        length += section + 2;
                }
            return length == 0 ? 0 : length + 1;
        }
    }

    /// <summary>Writes the instructions; what they do not decide goes on behind them.</summary>
    public void Write(Span<byte> bytes)
    {
        Span<SockFilter> code = MemoryMarshal.Cast<byte, SockFilter>(bytes);
        if (code.Length == 0)
            return;
        int at = 0;
        code[at++] = new(SockFilter.Load, 0, 0, 4 /* seccomp_data.arch */);
        foreach (Architecture architecture in architectures)
        {
            int section = architecture.Token == LibSeccomp.TokenX32 ? 0 : SectionLength(architecture);
            if (section == 0)
                continue;
            code[at++] = new(SockFilter.JumpEqual, 0, (byte)(section + 1), architecture.Token);
            code[at++] = new(SockFilter.Load, 0, 0, 0 /* seccomp_data.nr */);
            if (architecture.Token == LibSeccomp.AuditX86_64)
            {
                Architecture? x32 = X32();
                int own = NumbersLength(architecture);
                code[at++] = new(SockFilter.JumpGreaterOrEqual, (byte)own, 0, Architecture.X32Bit);
                WriteNumbers(architecture, code, ref at);
                if (x32 is null)
                    WriteExit(code, ref at);
                else
                    WriteNumbers(x32, code, ref at);
            }
            else
                WriteNumbers(architecture, code, ref at);
        }
    }

    Architecture? X32() => Array.Find(architectures, static a => a.Token == LibSeccomp.TokenX32);

    /// <summary>Between the two instructions that begin a section and the next one; 0 if there is nothing to decide.</summary>
    int SectionLength(Architecture architecture)
    {
        if (!stub && architecture.Decided.Count == 0)
            return 0;
        if (architecture.Token != LibSeccomp.AuditX86_64)
            return NumbersLength(architecture);
        return 1 + NumbersLength(architecture) + (X32() is { } x32 ? NumbersLength(x32) : 1);
    }

    int NumbersLength(Architecture architecture) => 2 + 2 * architecture.Decided.Count + (stub ? 2 : 0) + 1;

    void WriteNumbers(Architecture architecture, Span<SockFilter> code, ref int at)
    {
        uint newest = architecture.Newest;
        uint lowest = stub ? newest + 1 : uint.MaxValue;
        foreach ((uint number, _) in architecture.Decided)
        {
            newest = Math.Max(newest, number);
            lowest = Math.Min(lowest, number);
        }
        code[at++] = new(SockFilter.JumpGreaterOrEqual, 1, 0, lowest);
        WriteExit(code, ref at);
        foreach ((uint number, uint action) in architecture.Decided)
        {
            code[at++] = new(SockFilter.JumpEqual, 0, 1, number);
            code[at++] = new(SockFilter.Return, 0, 0, action);
        }
        if (stub)
        {
            code[at++] = new(SockFilter.JumpGreater, 0, 1, newest);
            code[at++] = new(SockFilter.Return, 0, 0, SeccompReturn.Errno | (uint)Errno.ENOSYS);
        }
        WriteExit(code, ref at);
    }

    static void WriteExit(Span<SockFilter> code, ref int at)
    {
        code[at] = new(SockFilter.Jump, 0, 0, (uint)(code.Length - at - 1));
        at++;
    }

    /// <summary>
    /// Numbers of system calls that the libseccomp of a build machine may lack; the same on every architecture that shares a
    /// table since Linux 5.1. From the kernel's scripts/syscall.tbl.
    /// </summary>
    internal static int NewerThanLibrary(string name, uint architecture) => !HasCommonNumbers(architecture) ? -1 : name switch
    {
        "uretprobe" => architecture == LibSeccomp.AuditX86_64 ? 335 : -1,
        "cachestat" => 451,
        "fchmodat2" => 452,
        "map_shadow_stack" => 453,
        "futex_wake" => 454,
        "futex_wait" => 455,
        "futex_requeue" => 456,
        "statmount" => 457,
        "listmount" => 458,
        "lsm_get_self_attr" => 459,
        "lsm_set_self_attr" => 460,
        "lsm_list_modules" => 461,
        "mseal" => 462,
        "setxattrat" => 463,
        "getxattrat" => 464,
        "listxattrat" => 465,
        "removexattrat" => 466,
        "open_tree_attr" => 467,
        "file_getattr" => 468,
        "file_setattr" => 469,
        _ => -1,
    };

    /// <summary>Its numbers since Linux 5.1 are everybody's (MIPS adds thousands to them).</summary>
    static bool HasCommonNumbers(uint architecture) => architecture is LibSeccomp.AuditX86_64 or LibSeccomp.TokenX32
        or LibSeccomp.AuditX86 or LibSeccomp.AuditArm64 or LibSeccomp.AuditArm;

    sealed class Architecture(uint token)
    {
        /// <summary>__X32_SYSCALL_BIT: x32 shares x86-64's audit architecture, and has this bit in its numbers.</summary>
        public const uint X32Bit = 0x40000000;

        public uint Token => token;
        public uint Newest { get; set; } = token == LibSeccomp.TokenX32 ? X32Bit : 0;
        public List<(uint Number, uint Action)> Decided { get; } = [];

        public void Decide(uint number, uint action)
        {
            if (token == LibSeccomp.TokenX32)
                number |= X32Bit;
            foreach ((uint known, _) in Decided)
                if (known == number)
                    return; // The first rule wins.
            Decided.Add((number, action));
        }
    }
}
