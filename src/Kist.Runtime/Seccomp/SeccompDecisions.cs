using System.Runtime.InteropServices;
using Kist.Linux;

namespace Kist.Runtime;

/// <summary>
/// What a filter decides by the number alone, which is nearly everything: for each architecture a search tree over ranges of
/// numbers, before libseccomp's program, which is left with the rules that look at arguments. The kernel compiles a filter and
/// tries it on every number when it is installed, at each start of a container: a third of the instructions, a fraction of the time.
/// </summary>
sealed class SeccompDecisions
{
    /// <summary>__X32_SYSCALL_BIT: x32 shares x86-64's audit architecture, and has this bit in its numbers.</summary>
    const uint X32Bit = 0x40000000;

    /// <summary>Outcomes besides SECCOMP_RET_… values, none of which has these bits.</summary>
    const uint LibraryFirst = 0x10000001, LibrarySecond = 0x10000002;

    readonly Architecture[] architectures;
    readonly bool stub;

    /// <param name="tokens">The filter's architectures.</param>
    /// <param name="second">How many of them, at the end, have their own program of libseccomp's.</param>
    /// <param name="stub">
    /// Calls newer than every name in the profile get ENOSYS and not the profile's default: a C library tries the new call, and
    /// falls back to the old one on ENOSYS only. runc does the same.
    /// </param>
    public SeccompDecisions(ReadOnlySpan<uint> tokens, int second, bool stub)
    {
        this.stub = stub;
        architectures = new Architecture[tokens.Length];
        for (int i = 0; i < tokens.Length; i++)
            architectures[i] = new Architecture(tokens[i], i >= tokens.Length - second ? LibrarySecond : LibraryFirst);
    }

    /// <summary>Takes notice of a name in a rule.</summary>
    /// <param name="name">As the profile spells it.</param>
    /// <param name="terminated">The same, terminated by NUL.</param>
    /// <param name="action">SECCOMP_RET_…, or null where libseccomp's program decides.</param>
    /// <returns>Whether an architecture has the call behind another one (socketcall, ipc), into which libseccomp's program must look.</returns>
    public unsafe bool Note(string name, ReadOnlySpan<byte> terminated, uint? action)
    {
        // If all of socketcall is allowed, libseccomp has to know, or rules for its parts contradict one another.
        bool multiplexed = name is "socketcall" or "ipc";
        foreach (Architecture architecture in architectures)
        {
            int number;
            fixed (byte* start = terminated)
                number = LibSeccomp.seccomp_syscall_resolve_name_arch(architecture.Token, start);
            bool newer = number == LibSeccomp.UnknownSystemCall;
            if (newer)
                number = NewerThanLibrary(name, architecture.Token);
            if (number >= 0 && action is { } answer)
                architecture.Decided.Add(((uint)number, answer));
            // What only the table knows, and the library cannot decide, is as unknown as it was.
            if (number >= 0 && (action is not null || !newer))
                architecture.Newest = Math.Max(architecture.Newest, (uint)number);
            multiplexed |= number is < LibSeccomp.UnknownSystemCall and > LibSeccomp.NotOnArchitecture;
        }
        return multiplexed;
    }

    /// <summary>The whole filter: the decisions, then libseccomp's programs for what is left to them.</summary>
    public byte[] Link(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        List<SockFilter> code = [new(SockFilter.Load, 0, 0, 4 /* seccomp_data.arch */)];
        foreach (Architecture architecture in architectures)
            if (architecture.Token != LibSeccomp.TokenX32)
                WriteSection(architecture, code);
        // An architecture that is not in the profile is the first program's to refuse. Its place is known only now.
        for (int i = 0; i < code.Count; i++)
            if (code[i] is { Code: SockFilter.Jump, K: LibraryFirst or LibrarySecond } jump)
                code[i] = jump with { K = (uint)(code.Count - i - 1) + (jump.K == LibrarySecond ? (uint)(first.Length / 8) : 0) };
        byte[] program = new byte[code.Count * 8 + first.Length + second.Length];
        MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(code)).CopyTo(program);
        first.CopyTo(program.AsSpan(code.Count * 8));
        second.CopyTo(program.AsSpan(code.Count * 8 + first.Length));
        return program;
    }

    void WriteSection(Architecture architecture, List<SockFilter> code)
    {
        List<(uint Start, uint Outcome)> ranges = [];
        AddRanges(architecture, 0, ranges);
        if (architecture.Token == LibSeccomp.AuditX86_64)
        {
            if (Array.Find(architectures, static other => other.Token == LibSeccomp.TokenX32) is { } x32)
                AddRanges(x32, X32Bit, ranges);
            else
                Add(ranges, X32Bit, architecture.Library);
        }
        List<SockFilter> tree = Tree(CollectionsMarshal.AsSpan(ranges));
        code.Add(new(SockFilter.JumpEqual, 1, 0, architecture.Token));
        code.Add(new(SockFilter.Jump, 0, 0, (uint)tree.Count + 1));
        code.Add(new(SockFilter.Load, 0, 0, 0 /* seccomp_data.nr */));
        code.AddRange(tree);
    }

    /// <summary>Numbers from <paramref name="from"/> on: each range ends where the next one starts.</summary>
    void AddRanges(Architecture architecture, uint from, List<(uint Start, uint Outcome)> ranges)
    {
        architecture.Decided.Sort();
        Add(ranges, from, architecture.Library);
        uint next = from;
        foreach ((uint number, uint action) in architecture.Decided)
        {
            if (number > next)
                Add(ranges, next, architecture.Library);
            Add(ranges, number, action);
            next = number + 1;
        }
        Add(ranges, next, architecture.Library);
        if (stub)
            Add(ranges, architecture.Newest + 1, SeccompReturn.Errno | (uint)Errno.ENOSYS);
    }

    static void Add(List<(uint Start, uint Outcome)> ranges, uint start, uint outcome)
    {
        if (ranges.Count > 0 && ranges[^1].Start == start)
            ranges.RemoveAt(ranges.Count - 1);
        if (ranges.Count == 0 || ranges[^1].Outcome != outcome)
            ranges.Add((start, outcome));
    }

    /// <summary>A search tree, whose leaves stand behind it, each once; jumps reach 255 instructions, so large tables are split.</summary>
    static List<SockFilter> Tree(ReadOnlySpan<(uint Start, uint Outcome)> ranges)
    {
        List<uint> outcomes = [];
        foreach ((_, uint outcome) in ranges)
            if (!outcomes.Contains(outcome))
                outcomes.Add(outcome);
        List<SockFilter> code = [];
        if (ranges.Length + outcomes.Count > byte.MaxValue)
        {
            int middle = ranges.Length / 2;
            List<SockFilter> left = Tree(ranges[..middle]);
            code.Add(new(SockFilter.JumpGreaterOrEqual, 0, 1, ranges[middle].Start));
            code.Add(new(SockFilter.Jump, 0, 0, (uint)left.Count));
            code.AddRange(left);
            code.AddRange(Tree(ranges[middle..]));
            return code;
        }
        if (ranges.Length > 1)
            WriteNodes(ranges, ranges.Length - 1, outcomes, code);
        foreach (uint outcome in outcomes)
            code.Add(new(outcome is LibraryFirst or LibrarySecond ? SockFilter.Jump : SockFilter.Return, 0, 0, outcome));
        return code;
    }

    /// <summary>A node, then all of its left side, then all of its right: n ranges are n - 1 nodes.</summary>
    static void WriteNodes(ReadOnlySpan<(uint Start, uint Outcome)> ranges, int leaves, List<uint> outcomes, List<SockFilter> code)
    {
        int middle = ranges.Length / 2, at = code.Count;
        int Leaf(uint outcome) => leaves + outcomes.IndexOf(outcome) - at - 1;
        int left = middle == 1 ? Leaf(ranges[0].Outcome) : 0;
        int right = ranges.Length - middle == 1 ? Leaf(ranges[middle].Outcome) : middle - 1;
        code.Add(new(SockFilter.JumpGreaterOrEqual, (byte)right, (byte)left, ranges[middle].Start));
        if (middle > 1)
            WriteNodes(ranges[..middle], leaves, outcomes, code);
        if (ranges.Length - middle > 1)
            WriteNodes(ranges[middle..], leaves, outcomes, code);
    }

    /// <summary>
    /// Numbers of system calls that the libseccomp of a build machine may lack, so that old build machines do not make old filters;
    /// the same on every architecture that shares a table since Linux 5.1 (MIPS adds thousands to them). From the kernel's scripts/syscall.tbl.
    /// </summary>
    internal static int NewerThanLibrary(string name, uint architecture)
    {
        int number = name switch
        {
            "uretprobe" => architecture == LibSeccomp.AuditX86_64 ? 335 : LibSeccomp.UnknownSystemCall,
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
            _ => LibSeccomp.UnknownSystemCall,
        };
        return number < 0 ? number : architecture switch
        {
            LibSeccomp.AuditX86_64 or LibSeccomp.AuditX86 or LibSeccomp.AuditArm64 or LibSeccomp.AuditArm => number,
            LibSeccomp.TokenX32 => number | (int)X32Bit,
            _ => LibSeccomp.UnknownSystemCall,
        };
    }

    sealed class Architecture(uint token, uint library)
    {
        public uint Token => token;
        /// <summary>The outcome where libseccomp's program decides.</summary>
        public uint Library => library;
        /// <summary>The largest number of all names in the profile.</summary>
        public uint Newest { get; set; } = token == LibSeccomp.TokenX32 ? X32Bit : 0;
        public List<(uint Number, uint Action)> Decided { get; } = [];
    }
}
