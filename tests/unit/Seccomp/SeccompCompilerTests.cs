using System.Text;
using Kist.Linux;
using Kist.Runtime;
using Kist.Spec;
using Kist.Tests.Support;

namespace Kist.Tests.Unit;

public sealed class SeccompCompilerTests
{
    const uint X64 = LibSeccomp.AuditX86_64, X86 = LibSeccomp.AuditX86;
    // x86-64's numbers, asm/unistd_64.h.
    const uint Read = 0, Write = 1, Mkdir = 83, Personality = 135, Newest = 5000;

    static Seccomp Refuse(params SeccompRule[] rules) => new() { DefaultAction = SeccompAction.Errno, Syscalls = rules };

    static SeccompRule Rule(SeccompAction action, string name, params SeccompArgument[] args) => new() { Names = [name], Action = action, Args = args };

    static void Needs64BitX86()
    {
        if (LibSeccomp.seccomp_arch_native() != X64)
            Skip.Test("the numbers are x86-64's");
    }

    [Test]
    [Arguments(SeccompAction.Kill, SeccompReturn.KillThread)]
    [Arguments(SeccompAction.KillThread, SeccompReturn.KillThread)]
    [Arguments(SeccompAction.KillProcess, SeccompReturn.KillProcess)]
    [Arguments(SeccompAction.Trap, SeccompReturn.Trap)]
    [Arguments(SeccompAction.Errno, SeccompReturn.Errno | 1)]
    [Arguments(SeccompAction.Trace, SeccompReturn.Trace | 1)]
    [Arguments(SeccompAction.Log, SeccompReturn.Log)]
    [Arguments(SeccompAction.Notify, SeccompReturn.UserNotif)]
    public async Task Every_action_reaches_the_kernel(SeccompAction action, uint answer)
    {
        Needs64BitX86();
        byte[] filter = SeccompCompiler.Compile(new() { DefaultAction = SeccompAction.Allow, Syscalls = [Rule(action, "mkdir")] });
        await Assert.That(BpfMachine.Run(filter, X64, Mkdir)).IsEqualTo(answer);
        await Assert.That(BpfMachine.Run(filter, X64, Read)).IsEqualTo(SeccompReturn.Allow);
    }

    [Test]
    [Arguments(SeccompOperator.NotEqual, 5UL, 0UL, 6UL, 5UL)]
    [Arguments(SeccompOperator.LessThan, 5UL, 0UL, 4UL, 5UL)]
    [Arguments(SeccompOperator.LessOrEqual, 5UL, 0UL, 5UL, 6UL)]
    [Arguments(SeccompOperator.Equal, 0x1_0000_0005UL, 0UL, 0x1_0000_0005UL, 5UL)]
    [Arguments(SeccompOperator.GreaterOrEqual, 5UL, 0UL, 5UL, 4UL)]
    [Arguments(SeccompOperator.GreaterThan, 5UL, 0UL, 6UL, 5UL)]
    [Arguments(SeccompOperator.MaskedEqual, 0xF0UL, 0x30UL, 0x3AUL, 0x4AUL)]
    public async Task Every_operator_compares(SeccompOperator op, ulong value, ulong valueTwo, ulong holds, ulong fails)
    {
        Needs64BitX86();
        byte[] filter = SeccompCompiler.Compile(Refuse(Rule(SeccompAction.Allow, "personality", new SeccompArgument(1, value, valueTwo, op))));
        await Assert.That(BpfMachine.Run(filter, X64, Personality, 0, holds)).IsEqualTo(SeccompReturn.Allow);
        await Assert.That(BpfMachine.Run(filter, X64, Personality, 0, fails)).IsEqualTo(SeccompReturn.Errno | 1);
    }

    [Test]
    public async Task Conditions_on_different_arguments_must_all_hold_and_on_one_argument_any()
    {
        Needs64BitX86();
        SeccompArgument first = new(0, 7, 0, SeccompOperator.Equal), second = new(1, 8, 0, SeccompOperator.Equal), other = new(0, 9, 0, SeccompOperator.Equal);
        byte[] all = SeccompCompiler.Compile(Refuse(Rule(SeccompAction.Allow, "write", first, second)));
        await Assert.That(BpfMachine.Run(all, X64, Write, 7, 8)).IsEqualTo(SeccompReturn.Allow);
        await Assert.That(BpfMachine.Run(all, X64, Write, 7, 0)).IsEqualTo(SeccompReturn.Errno | 1);
        byte[] any = SeccompCompiler.Compile(Refuse(Rule(SeccompAction.Allow, "write", first, other)));
        await Assert.That(BpfMachine.Run(any, X64, Write, 7)).IsEqualTo(SeccompReturn.Allow);
        await Assert.That(BpfMachine.Run(any, X64, Write, 9)).IsEqualTo(SeccompReturn.Allow);
        await Assert.That(BpfMachine.Run(any, X64, Write, 8)).IsEqualTo(SeccompReturn.Errno | 1);
    }

    [Test]
    public async Task Errno_numbers_of_the_default_and_of_a_rule_are_their_own()
    {
        Needs64BitX86();
        byte[] filter = SeccompCompiler.Compile(new()
        {
            DefaultAction = SeccompAction.Errno,
            DefaultErrnoRet = 13,
            Syscalls = [new() { Names = ["mkdir"], Action = SeccompAction.Errno, ErrnoRet = 95 }, Rule(SeccompAction.Allow, "futex_waitv")],
        });
        await Assert.That(BpfMachine.Run(filter, X64, Mkdir)).IsEqualTo(SeccompReturn.Errno | 95);
        await Assert.That(BpfMachine.Run(filter, X64, Write)).IsEqualTo(SeccompReturn.Errno | 13);
    }

    [Test]
    public async Task A_system_call_newer_than_the_profile_is_not_implemented()
    {
        Needs64BitX86();
        byte[] filter = SeccompCompiler.Compile(Refuse(Rule(SeccompAction.Allow, "read"), Rule(SeccompAction.Allow, "statx")) with { Architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"] });
        await Assert.That(BpfMachine.Run(filter, X64, 332)).IsEqualTo(SeccompReturn.Allow);
        await Assert.That(BpfMachine.Run(filter, X64, 331)).IsEqualTo(SeccompReturn.Errno | 1);
        await Assert.That(BpfMachine.Run(filter, X64, 333)).IsEqualTo(SeccompReturn.Errno | 38);
        await Assert.That(BpfMachine.Run(filter, X64, Newest)).IsEqualTo(SeccompReturn.Errno | 38);
        // i386 has statx as 383, and x32 the numbers of x86-64 with a bit.
        await Assert.That(BpfMachine.Run(filter, X86, 383)).IsEqualTo(SeccompReturn.Allow);
        await Assert.That(BpfMachine.Run(filter, X86, 382)).IsEqualTo(SeccompReturn.Errno | 1);
        await Assert.That(BpfMachine.Run(filter, X86, 384)).IsEqualTo(SeccompReturn.Errno | 38);
        await Assert.That(BpfMachine.Run(filter, X64, 0x40000000 + 332)).IsEqualTo(SeccompReturn.Allow);
        await Assert.That(BpfMachine.Run(filter, X64, 0x40000000 + 331)).IsEqualTo(SeccompReturn.Errno | 1);
        await Assert.That(BpfMachine.Run(filter, X64, 0x40000000 + 333)).IsEqualTo(SeccompReturn.Errno | 38);
    }

    [Test]
    [Arguments(SeccompAction.Allow, SeccompReturn.Allow)]
    [Arguments(SeccompAction.Log, SeccompReturn.Log)]
    [Arguments(SeccompAction.Trace, SeccompReturn.Trace | 1)]
    public async Task A_default_that_lets_through_lets_new_system_calls_through(SeccompAction action, uint answer)
    {
        Needs64BitX86();
        byte[] filter = SeccompCompiler.Compile(new() { DefaultAction = action, Syscalls = [Rule(SeccompAction.Errno, "mkdir")] });
        await Assert.That(BpfMachine.Run(filter, X64, Newest)).IsEqualTo(answer);
    }

    [Test]
    public async Task System_calls_that_libseccomp_is_too_old_for_are_decided_by_number()
    {
        Needs64BitX86();
        byte[] filter = SeccompCompiler.Compile(Refuse(Rule(SeccompAction.Allow, "mseal"), Rule(SeccompAction.Allow, "uretprobe"), Rule(SeccompAction.Allow, "file_setattr")));
        await Assert.That(BpfMachine.Run(filter, X64, 462)).IsEqualTo(SeccompReturn.Allow);
        await Assert.That(BpfMachine.Run(filter, X64, 335)).IsEqualTo(SeccompReturn.Allow);
        await Assert.That(BpfMachine.Run(filter, X64, 469)).IsEqualTo(SeccompReturn.Allow);
        await Assert.That(BpfMachine.Run(filter, X64, 463)).IsEqualTo(SeccompReturn.Errno | 1);
        await Assert.That(BpfMachine.Run(filter, X64, 470)).IsEqualTo(SeccompReturn.Errno | 38);
    }

    [Test]
    public async Task Another_architecture_than_the_profile_names_is_killed()
    {
        Needs64BitX86();
        byte[] filter = SeccompCompiler.Compile(Refuse(Rule(SeccompAction.Allow, "read")) with { Architectures = ["SCMP_ARCH_X86_64"] });
        await Assert.That(BpfMachine.Run(filter, X86, 3)).IsEqualTo(SeccompReturn.KillThread);
        await Assert.That(BpfMachine.Run(filter, X64, 0x40000000)).IsEqualTo(SeccompReturn.KillThread);
    }

    [Test]
    public async Task A_call_that_only_another_architecture_has_is_allowed_there()
    {
        Needs64BitX86();
        byte[] filter = SeccompCompiler.Compile(Refuse(Rule(SeccompAction.Allow, "chown32"), Rule(SeccompAction.Allow, "no_such_call")) with { Architectures = ["SCMP_ARCH_X86"] });
        await Assert.That(BpfMachine.Run(filter, X86, 212)).IsEqualTo(SeccompReturn.Allow);
    }

    [Test]
    public async Task What_cannot_be_is_refused_with_its_place()
    {
        await Assert.That(() => SeccompCompiler.Compile(Refuse(Rule(SeccompAction.Allow, "read"), Rule(SeccompAction.Allow, "write", new SeccompArgument(6, 0, 0, SeccompOperator.Equal)))))
            .Throws<KistException>().WithMessageContaining("/linux/seccomp/syscalls/1/args/0");
        await Assert.That(() => SeccompCompiler.Compile(Refuse(new SeccompRule { Names = ["read"], Action = SeccompAction.Allow, ErrnoRet = 1 })))
            .Throws<KistException>().WithMessageContaining("/linux/seccomp/syscalls/0/errnoRet");
        await Assert.That(() => SeccompCompiler.Compile(Refuse() with { DefaultErrnoRet = 4096 }))
            .Throws<KistException>().WithMessageContaining("4096");
        await Assert.That(() => SeccompCompiler.Compile(Refuse() with { Architectures = ["SCMP_ARCH_PDP11"] }))
            .Throws<KistException>().WithMessageContaining("SCMP_ARCH_PDP11");
        await Assert.That(() => SeccompCompiler.Compile(Refuse() with { Architectures = ["SCMP_ARCH_S390X"] }))
            .Throws<KistException>().WithMessageContaining("SCMP_ARCH_S390X");
        await Assert.That(() => SeccompCompiler.Compile(new() { DefaultAction = SeccompAction.Notify }))
            .Throws<KistException>().WithMessageContaining("/linux/seccomp/defaultAction");
    }

    [Test]
    public async Task Lists_without_end_are_no_trouble()
    {
        Needs64BitX86();
        SeccompArgument[] arguments = new SeccompArgument[100_000];
        Array.Fill(arguments, new(0, 1, 0, SeccompOperator.Equal));
        string[] architectures = new string[1_000_000];
        Array.Fill(architectures, "SCMP_ARCH_X86");
        byte[] filter = SeccompCompiler.Compile(Refuse(Rule(SeccompAction.Allow, "write")) with { Architectures = architectures });
        await Assert.That(BpfMachine.Run(filter, X64, Write, 1)).IsEqualTo(SeccompReturn.Allow);
        await Assert.That(() => SeccompCompiler.Compile(Refuse(Rule(SeccompAction.Allow, "write", arguments))))
            .Throws<KistException>().WithMessageContaining("/linux/seccomp/syscalls/0/args");
    }

    [Test]
    public async Task Flags_become_those_of_the_system_call()
    {
        Seccomp plain = Refuse();
        Seccomp listening = Refuse(Rule(SeccompAction.Notify, "mkdir")) with { ListenerPath = "/run/agent.sock" };
        await Assert.That(SeccompCompiler.Flags(plain)).IsEqualTo(SeccompFilterFlags.SpecAllow);
        await Assert.That(SeccompCompiler.Flags(plain with { Flags = [] })).IsEqualTo(SeccompFilterFlags.None);
        await Assert.That(SeccompCompiler.Flags(plain with { Flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"] }))
            .IsEqualTo(SeccompFilterFlags.Log | SeccompFilterFlags.Tsync);
        await Assert.That(SeccompCompiler.Flags(listening)).IsEqualTo(SeccompFilterFlags.SpecAllow | SeccompFilterFlags.NewListener);
        await Assert.That(SeccompCompiler.Flags(listening with { Flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] }))
            .IsEqualTo(SeccompFilterFlags.Tsync | SeccompFilterFlags.TsyncEsrch | SeccompFilterFlags.NewListener | SeccompFilterFlags.WaitKillableRecv);
        await Assert.That(() => SeccompCompiler.Flags(plain with { Flags = ["SECCOMP_FILTER_FLAG_X"] })).Throws<KistException>().WithMessageContaining("SECCOMP_FILTER_FLAG_X");
        await Assert.That(() => SeccompCompiler.Flags(listening with { ListenerPath = null })).Throws<KistException>().WithMessageContaining("listenerPath");
    }

    /// <summary>Every number is decided as libseccomp alone would, in profiles made at random.</summary>
    [Test]
    [Arguments(1)]
    [Arguments(2)]
    [Arguments(3)]
    [Arguments(4)]
    public async Task Decisions_are_those_of_libseccomp_alone(int seed)
    {
        Needs64BitX86();
        const uint x32Bit = 0x40000000;
        // Up to statx: what is newer than the profile differs, and that is tested above.
        const uint last = 332, last86 = 383;
        Random random = new(seed);
        string[] names = [.. DefaultSeccompProfile.Create(CapabilityTable.All, "amd64", (6, 1)).Syscalls[0].Names, "socket", "personality"];
        SeccompAction[] actions = [SeccompAction.Allow, SeccompAction.Errno, SeccompAction.Trap, SeccompAction.Log, SeccompAction.KillProcess];
        List<SeccompRule> rules = [Rule(SeccompAction.Allow, "statx")];
        random.Shuffle(names);
        int used = random.Next(names.Length);
        for (int i = 0; i < used;)
        {
            int count = Math.Min(random.Next(1, 60), used - i);
            List<SeccompArgument> arguments = [];
            if (random.Next(4) == 0)
            {
                count = Math.Min(count, 3);
                for (uint argument = (uint)random.Next(3); argument < 6; argument += (uint)random.Next(1, 4))
                    arguments.Add(new(argument, (ulong)random.Next(4), 0, (SeccompOperator)random.Next(6)));
            }
            SeccompAction action = arguments.Count > 0 ? SeccompAction.Allow : actions[random.Next(actions.Length)];
            rules.Add(new() { Names = names[i..(i + count)], Action = action, ErrnoRet = action == SeccompAction.Errno ? (uint)random.Next(2, 5) : null, Args = arguments });
            i += count;
        }
        Seccomp profile = Refuse([.. rules]) with { Architectures = ["SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32"] };
        byte[] ours = SeccompCompiler.Compile(profile), library = ByLibrary(profile);
        List<string> differences = [];
        foreach ((uint architecture, uint from, uint to) in ((uint, uint, uint)[])[(X64, 0, last), (X64, x32Bit, x32Bit + last), (X86, 0, last86), (LibSeccomp.AuditArm, 0, last)])
            for (uint number = from; number <= to; number++)
                for (ulong value = 0; value < 5; value++)
                {
                    uint mine = BpfMachine.Run(ours, architecture, number, value, 3 - value, value, 0, value), its = BpfMachine.Run(library, architecture, number, value, 3 - value, value, 0, value);
                    if (mine != its)
                        differences.Add($"{architecture:x} {number} {value}: {mine:x}, libseccomp {its:x}");
                }
        await Assert.That(string.Join('\n', differences)).IsEqualTo("");
    }

    static unsafe byte[] ByLibrary(Seccomp profile)
    {
        using SeccompContext filter = new(SeccompReturn.Errno | 1);
        _ = filter.AddArchitecture(X86);
        _ = filter.AddArchitecture(LibSeccomp.TokenX32);
        foreach (SeccompRule rule in profile.Syscalls)
        {
            uint action = rule.Action switch
            {
                SeccompAction.Allow => SeccompReturn.Allow,
                SeccompAction.Errno => SeccompReturn.Errno | rule.ErrnoRet!.Value,
                SeccompAction.Trap => SeccompReturn.Trap,
                SeccompAction.Log => SeccompReturn.Log,
                _ => SeccompReturn.KillProcess,
            };
            ScmpArgument[] arguments = [.. rule.Args.Select(a => new ScmpArgument(a.Index, (ScmpCompare)(1 + (int)a.Operator), a.Value, a.ValueTwo))];
            foreach (string name in rule.Names)
                fixed (byte* start = Encoding.ASCII.GetBytes(name + '\0'))
                    if (LibSeccomp.seccomp_syscall_resolve_name(start) is not LibSeccomp.UnknownSystemCall and int number && filter.AddRule(action, number, arguments) < 0)
                        throw new InvalidOperationException(name);
        }
        return filter.Export(out _)!;
    }
}
