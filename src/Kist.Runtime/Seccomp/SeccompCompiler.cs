using System.Text;
using Kist.Linux;
using Kist.Spec;

namespace Kist.Runtime;

/// <summary>
/// A seccomp profile as the kernel wants it, a program in classic BPF; decisions are those of runc, which most profiles
/// are written for. libseccomp resolves names and makes the program for rules that look at arguments; <see cref="SeccompDecisions"/>
/// stand before it.
/// </summary>
public static unsafe class SeccompCompiler
{
    const uint LargestErrno = 4095;
    /// <summary>Of one rule; the kernel takes no more instructions than a few times that.</summary>
    const int MostConditions = 1024;
    const string Pointer = "/linux/seccomp";

    /// <summary>The program, an array of struct sock_filter.</summary>
    /// <exception cref="KistException">The profile asks for something that does not exist; the message names the rule.</exception>
    public static byte[] Compile(Seccomp profile)
    {
        if (profile.DefaultAction == SeccompAction.Notify)
            throw new KistException($"{Pointer}/defaultAction: SCMP_ACT_NOTIFY would stop the container before its first instruction; name the system calls that the listener shall see");
        uint defaultAction = Action(profile.DefaultAction, profile.DefaultErrnoRet, $"{Pointer}/defaultErrnoRet");
        Span<uint> architectures = new uint[profile.Architectures.Count + 1];
        architectures = architectures[..Architectures(profile, architectures)];

        int second = Partition(architectures);
        using SeccompContext first = new(defaultAction), other = new(defaultAction);
        if (!first.IsValid || !other.IsValid)
            throw new KistException($"{Pointer}/defaultAction: the kernel does not know {SeccompTable.Name(profile.DefaultAction)}, or memory is short");
        Prepare(first, profile, architectures[1..^second]);
        Prepare(other, profile, architectures[^second..]);
        if (second > 0)
            Check(other.RemoveArchitecture(architectures[0]));

        SeccompDecisions decisions = new(architectures, second, HasStub(profile));
        Dictionary<string, bool> byNumber = DecidedByNumber(profile);
        for (int i = 0; i < profile.Syscalls.Count; i++)
            Add(first, other, second > 0, decisions, byNumber, profile.Syscalls[i], defaultAction, i);

        byte[] program = decisions.Link(Export(first), second > 0 ? Export(other) : []);
        if (program.Length > SockFilter.Maximum * sizeof(SockFilter))
            throw new KistException($"the seccomp profile becomes a filter of {program.Length / sizeof(SockFilter)} instructions, and the kernel takes {SockFilter.Maximum}; use fewer rules or architectures");
        return program;
    }

    /// <summary>
    /// Puts last the architectures that have calls behind other calls (sockets behind socketcall on i386), and says how many: their program
    /// is large, and the others need not share it.
    /// </summary>
    static int Partition(Span<uint> architectures)
    {
        int end = architectures.Length;
        for (int i = 1; i < end;)
            if (architectures[i] is LibSeccomp.AuditX86_64 or LibSeccomp.TokenX32 or LibSeccomp.AuditArm64 or LibSeccomp.AuditArm)
                i++;
            else
            {
                end--;
                (architectures[i], architectures[end]) = (architectures[end], architectures[i]);
            }
        return architectures.Length - end;
    }

    static void Prepare(SeccompContext filter, Seccomp profile, ReadOnlySpan<uint> architectures)
    {
        // A search tree over the numbers, in place of a comparison with each.
        Check(filter.Set(ScmpAttribute.CtlOptimize, 2));
        Check(filter.Set(ScmpAttribute.CtlNnp, 0));
        foreach (uint architecture in architectures)
            if (filter.AddArchitecture(architecture) is < 0 and int refused)
                throw new KistException($"{Pointer}/architectures: a filter of libseccomp {VersionText} for this machine cannot cover {NameOf(profile, architecture)}: {((Errno)(-refused)).Describe()}; remove it");
    }

    static byte[] Export(SeccompContext filter)
    {
        byte[]? program = filter.Export(out int error);
        Check(error);
        return program!;
    }

    static void Check(int error)
    {
        if (error < 0)
            throw new KistException($"cannot compile the seccomp profile: {((Errno)(-error)).Describe()}");
    }

    /// <summary>A default that lets calls through must let the new ones through, too; a tracer answers for itself; ENOSYS is ENOSYS.</summary>
    static bool HasStub(Seccomp profile) =>
        profile.DefaultAction is not (SeccompAction.Allow or SeccompAction.Log or SeccompAction.Trace)
        && !(profile.DefaultAction == SeccompAction.Errno && profile.DefaultErrnoRet == (uint)Errno.ENOSYS);

    /// <summary>Names, and whether all their rules say the same without a look at arguments.</summary>
    static Dictionary<string, bool> DecidedByNumber(Seccomp profile)
    {
        Dictionary<string, bool> simple = new(512);
        Dictionary<string, SeccompRule> rules = new(512);
        foreach (SeccompRule rule in profile.Syscalls)
            foreach (string name in rule.Names)
            {
                bool agrees = !rules.TryGetValue(name, out SeccompRule? other) || (other.Action == rule.Action && other.ErrnoRet == rule.ErrnoRet);
                simple[name] = agrees && rule.Args.Count == 0 && simple.GetValueOrDefault(name, true);
                rules[name] = rule;
            }
        return simple;
    }

    /// <summary>
    /// The flags for seccomp(2) that go with the filter. A profile that says nothing gets SECCOMP_FILTER_FLAG_SPEC_ALLOW: without
    /// it every program in the container would run with slower branches. A filter with SCMP_ACT_NOTIFY gets a listener.
    /// </summary>
    public static SeccompFilterFlags Flags(Seccomp profile)
    {
        SeccompFilterFlags flags = profile.Flags is null ? SeccompFilterFlags.SpecAllow : SeccompFilterFlags.None;
        foreach (string flag in profile.Flags ?? [])
            flags |= SeccompTable.TryGetFlag(flag, out uint bit) ? (SeccompFilterFlags)bit
                : throw new KistException($"{Pointer}/flags: \"{flag}\" is unknown; Kist knows {string.Join(", ", SeccompTable.FlagNames)}");
        if (Notifies(profile))
        {
            if (profile.ListenerPath is null)
                throw new KistException($"{Pointer}/listenerPath is missing: a rule has the action SCMP_ACT_NOTIFY, and nobody would answer it");
            flags |= SeccompFilterFlags.NewListener;
            if (flags.HasFlag(SeccompFilterFlags.Tsync))
                flags |= SeccompFilterFlags.TsyncEsrch; // The kernel wants it: both would use the result (Linux 5.7).
        }
        else if (flags.HasFlag(SeccompFilterFlags.WaitKillableRecv))
            throw new KistException($"{Pointer}/flags: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs a rule with the action SCMP_ACT_NOTIFY");
        return flags;
    }

    static bool Notifies(Seccomp profile)
    {
        foreach (SeccompRule rule in profile.Syscalls)
            if (rule.Action == SeccompAction.Notify)
                return true;
        return false;
    }

    static void Add(SeccompContext first, SeccompContext second, bool hasSecond, SeccompDecisions decisions, Dictionary<string, bool> byNumber,
        SeccompRule rule, uint defaultAction, int index)
    {
        uint action = Action(rule.Action, rule.ErrnoRet, $"{Pointer}/syscalls/{index}/errnoRet");
        if (rule.Args.Count > MostConditions)
            throw new KistException($"{Pointer}/syscalls/{index}/args: {rule.Args.Count} conditions are more than a filter can hold ({MostConditions})");
        Span<ScmpArgument> arguments = new ScmpArgument[rule.Args.Count];
        bool repeated = Arguments(rule, arguments, index);
        Span<byte> buffer = stackalloc byte[128];
        foreach (string name in rule.Names)
        {
            // A name that nobody knows is skipped: profiles list system calls of kernels to come.
            if (!Terminate(name, buffer))
                continue;
            bool simple = byNumber[name];
            bool multiplexed = decisions.Note(name, buffer, simple ? action : null);
            int number;
            fixed (byte* start = buffer)
                number = LibSeccomp.seccomp_syscall_resolve_name(start);
            // libseccomp refuses a rule that says what the default says.
            if (number == LibSeccomp.UnknownSystemCall || action == defaultAction || (simple && !multiplexed))
                continue;
            int error = simple ? 0 : Add(first, action, number, arguments, repeated);
            if (error == 0 && hasSecond)
                error = Add(second, action, number, arguments, repeated);
            if (error < 0)
                throw new KistException($"{Pointer}/syscalls/{index}: cannot make a rule for \"{name}\" with {SeccompTable.Name(rule.Action)}: {((Errno)(-error)).Describe()}");
        }
    }

    /// <summary>Several conditions on one argument cannot all hold: profiles mean "any of them", and runc reads them so.</summary>
    static int Add(SeccompContext filter, uint action, int number, ReadOnlySpan<ScmpArgument> arguments, bool repeated)
    {
        if (!repeated)
            return filter.AddRule(action, number, arguments);
        int error = 0;
        for (int i = 0; i < arguments.Length && error == 0; i++)
            error = filter.AddRule(action, number, arguments.Slice(i, 1));
        return error;
    }

    /// <summary>Fills in the conditions; true if one argument has several.</summary>
    static bool Arguments(SeccompRule rule, Span<ScmpArgument> arguments, int index)
    {
        uint seen = 0;
        bool repeated = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            SeccompArgument argument = rule.Args[i];
            if (argument.Index > 5)
                throw new KistException($"{Pointer}/syscalls/{index}/args/{i}: a system call has no argument {argument.Index}, they are 0 to 5");
            repeated |= (seen & (1u << (int)argument.Index)) != 0;
            seen |= 1u << (int)argument.Index;
            arguments[i] = new(argument.Index, argument.Operator switch
            {
                SeccompOperator.NotEqual => ScmpCompare.NE,
                SeccompOperator.LessThan => ScmpCompare.LT,
                SeccompOperator.LessOrEqual => ScmpCompare.LE,
                SeccompOperator.Equal => ScmpCompare.EQ,
                SeccompOperator.GreaterOrEqual => ScmpCompare.GE,
                SeccompOperator.GreaterThan => ScmpCompare.GT,
                _ => ScmpCompare.MaskedEQ,
            }, argument.Value, argument.ValueTwo);
        }
        return repeated;
    }

    static uint Action(SeccompAction action, uint? errno, string pointer)
    {
        if (errno is not null && !SeccompTable.TakesErrno(action))
            throw new KistException($"{pointer}: {SeccompTable.Name(action)} carries no errno; remove it, or use SCMP_ACT_ERRNO");
        if (errno > (action == SeccompAction.Trace ? ushort.MaxValue : LargestErrno))
            throw new KistException($"{pointer}: {errno} is too large for an errno (at most {LargestErrno})");
        return action switch
        {
            SeccompAction.KillProcess => SeccompReturn.KillProcess,
            SeccompAction.Trap => SeccompReturn.Trap,
            SeccompAction.Errno => SeccompReturn.Errno | (errno ?? (uint)Errno.EPERM),
            SeccompAction.Trace => SeccompReturn.Trace | (errno ?? (uint)Errno.EPERM),
            SeccompAction.Allow => SeccompReturn.Allow,
            SeccompAction.Log => SeccompReturn.Log,
            SeccompAction.Notify => SeccompReturn.UserNotif,
            _ => SeccompReturn.KillThread,
        };
    }

    /// <summary>This machine's architecture first, which a filter always covers, then the profile's others, each once; returns how many.</summary>
    static int Architectures(Seccomp profile, Span<uint> tokens)
    {
        int count = 0;
        tokens[count++] = LibSeccomp.seccomp_arch_native();
        foreach (string architecture in profile.Architectures)
        {
            if (!SeccompTable.TryGetArchitecture(architecture, out uint token))
                throw new KistException($"{Pointer}/architectures: \"{architecture}\" is unknown; the specification has {string.Join(", ", SeccompTable.ArchitectureNames)}");
            if (!tokens[..count].Contains(token))
                tokens[count++] = token;
        }
        return count;
    }

    static string NameOf(Seccomp profile, uint token)
    {
        foreach (string architecture in profile.Architectures)
            if (SeccompTable.TryGetArchitecture(architecture, out uint known) && known == token)
                return architecture;
        return $"0x{token:x}";
    }

    static string VersionText => $"{LibSeccomp.Version >> 16}.{(LibSeccomp.Version >> 8) & 0xFF}.{LibSeccomp.Version & 0xFF}";

    /// <summary>A name as the library takes it; false if it is too long or has a NUL within, and so can be no system call's.</summary>
    static bool Terminate(ReadOnlySpan<char> name, Span<byte> buffer)
    {
        if (name.Contains('\0') || !Encoding.UTF8.TryGetBytes(name, buffer[..^1], out int length))
            return false;
        buffer[length] = 0;
        return true;
    }
}
