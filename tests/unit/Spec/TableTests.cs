using Kist.Linux;
using Kist.Spec;

namespace Kist.Tests.Unit.Spec;

public sealed class TableTests
{
    [Test]
    [Arguments(0, "CAP_CHOWN")]
    [Arguments(5, "CAP_KILL")]
    [Arguments(12, "CAP_NET_ADMIN")]
    [Arguments(21, "CAP_SYS_ADMIN")]
    [Arguments(27, "CAP_MKNOD")]
    [Arguments(31, "CAP_SETFCAP")]
    [Arguments(38, "CAP_PERFMON")]
    [Arguments(39, "CAP_BPF")]
    [Arguments(40, "CAP_CHECKPOINT_RESTORE")]
    public async Task Capabilities_have_the_kernels_numbers(int number, string name)
    {
        await Assert.That(CapabilityTable.Name(number)).IsEqualTo(name);
        await Assert.That(CapabilityTable.Count).IsEqualTo(41);
        await Assert.That(CapabilityTable.All).IsEqualTo(0x1ffffffffffUL);
    }

    [Test]
    public async Task Capabilities_may_be_typed_in_any_case_and_without_their_prefix()
    {
        for (int i = 0; i < CapabilityTable.Count; i++)
        {
            string name = CapabilityTable.Name(i);
            foreach (string typed in (string[])[name, name.ToLowerInvariant(), name[4..], name[4..].ToLowerInvariant()])
            {
                await Assert.That(CapabilityTable.TryGet(typed, out int number)).IsTrue();
                await Assert.That(number).IsEqualTo(i);
            }
        }
    }

    [Test]
    [Arguments("ALL")]
    [Arguments("")]
    [Arguments("CAP_")]
    [Arguments("CAP_CAP_KILL")]
    [Arguments("KILLX")]
    public async Task What_is_not_a_capability_is_not_found(string name)
    {
        await Assert.That(CapabilityTable.TryGet(name, out _)).IsFalse();
    }

    [Test]
    [Arguments(NamespaceType.Pid, "pid", "pid", CloneFlag.CLONE_NEWPID)]
    [Arguments(NamespaceType.Network, "network", "net", CloneFlag.CLONE_NEWNET)]
    [Arguments(NamespaceType.Mount, "mount", "mnt", CloneFlag.CLONE_NEWNS)]
    [Arguments(NamespaceType.Ipc, "ipc", "ipc", CloneFlag.CLONE_NEWIPC)]
    [Arguments(NamespaceType.Uts, "uts", "uts", CloneFlag.CLONE_NEWUTS)]
    [Arguments(NamespaceType.User, "user", "user", CloneFlag.CLONE_NEWUSER)]
    [Arguments(NamespaceType.Cgroup, "cgroup", "cgroup", CloneFlag.CLONE_NEWCGROUP)]
    [Arguments(NamespaceType.Time, "time", "time", CloneFlag.CLONE_NEWTIME)]
    public async Task Namespaces_have_three_names(NamespaceType type, string name, string procName, ulong flag)
    {
        await Assert.That(NamespaceTable.Name(type)).IsEqualTo(name);
        await Assert.That(NamespaceTable.ProcName(type)).IsEqualTo(procName);
        await Assert.That(NamespaceTable.CloneFlagOf(type)).IsEqualTo(flag);
        await Assert.That(NamespaceTable.TryGet(name.AsSpan(), out NamespaceType found) && found == type).IsTrue();
        await Assert.That(File.Exists("/proc/self/ns/" + procName)).IsTrue();
    }

    [Test]
    [Arguments("RLIMIT_CPU", "cpu", 0)]
    [Arguments("RLIMIT_FSIZE", "fsize", 1)]
    [Arguments("RLIMIT_DATA", "data", 2)]
    [Arguments("RLIMIT_STACK", "stack", 3)]
    [Arguments("RLIMIT_CORE", "core", 4)]
    [Arguments("RLIMIT_RSS", "rss", 5)]
    [Arguments("RLIMIT_NPROC", "nproc", 6)]
    [Arguments("RLIMIT_NOFILE", "nofile", 7)]
    [Arguments("RLIMIT_MEMLOCK", "memlock", 8)]
    [Arguments("RLIMIT_AS", "as", 9)]
    [Arguments("RLIMIT_LOCKS", "locks", 10)]
    [Arguments("RLIMIT_SIGPENDING", "sigpending", 11)]
    [Arguments("RLIMIT_MSGQUEUE", "msgqueue", 12)]
    [Arguments("RLIMIT_NICE", "nice", 13)]
    [Arguments("RLIMIT_RTPRIO", "rtprio", 14)]
    [Arguments("RLIMIT_RTTIME", "rttime", 15)]
    public async Task Limits_have_the_kernels_numbers_and_short_names(string name, string typed, int number)
    {
        await Assert.That(RlimitTable.Number(name)).IsEqualTo(number);
        await Assert.That(RlimitTable.Number(typed)).IsEqualTo(number);
        await Assert.That(RlimitTable.Name(number)).IsEqualTo(name);
    }

    [Test]
    public async Task A_limit_that_does_not_exist_has_no_number()
    {
        await Assert.That(RlimitTable.Number("RLIMIT_FOO")).IsEqualTo(-1);
        await Assert.That(RlimitTable.Number("")).IsEqualTo(-1);
    }

    [Test]
    [Arguments("SCMP_ARCH_X86_64", 0xc000003eu)]
    [Arguments("SCMP_ARCH_X86", 0x40000003u)]
    [Arguments("SCMP_ARCH_X32", 0x4000003eu)]
    [Arguments("SCMP_ARCH_AARCH64", 0xc00000b7u)]
    [Arguments("SCMP_ARCH_ARM", 0x40000028u)]
    [Arguments("SCMP_ARCH_RISCV64", 0xc00000f3u)]
    [Arguments("SCMP_ARCH_S390X", 0x80000016u)]
    [Arguments("SCMP_ARCH_PPC64LE", 0xc0000015u)]
    [Arguments("SCMP_ARCH_MIPSEL64N32", 0xe0000008u)]
    [Arguments("SCMP_ARCH_LOONGARCH64", 0xc0000102u)]
    [Arguments("SCMP_ARCH_SHEB", 0x0000002au)]
    public async Task Architectures_have_their_audit_numbers(string name, uint token)
    {
        await Assert.That(SeccompTable.TryGetArchitecture(name, out uint found)).IsTrue();
        await Assert.That(found).IsEqualTo(token);
    }

    [Test]
    [Arguments("SECCOMP_FILTER_FLAG_TSYNC", 1u)]
    [Arguments("SECCOMP_FILTER_FLAG_LOG", 2u)]
    [Arguments("SECCOMP_FILTER_FLAG_SPEC_ALLOW", 4u)]
    [Arguments("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 32u)]
    public async Task Filter_flags_have_the_kernels_bits(string name, uint bit)
    {
        await Assert.That(SeccompTable.TryGetFlag(name, out uint found)).IsTrue();
        await Assert.That(found).IsEqualTo(bit);
    }

    [Test]
    public async Task Actions_and_operators_stand_in_the_order_of_their_enumerations()
    {
        await Assert.That(SeccompTable.ActionNames.Count).IsEqualTo(Enum.GetValues<SeccompAction>().Length);
        await Assert.That(SeccompTable.Name(SeccompAction.Notify)).IsEqualTo("SCMP_ACT_NOTIFY");
        await Assert.That(SeccompTable.Name(SeccompAction.Errno)).IsEqualTo("SCMP_ACT_ERRNO");
        await Assert.That(SeccompTable.OperatorNames.Count).IsEqualTo(Enum.GetValues<SeccompOperator>().Length);
        await Assert.That(SeccompTable.Name(SeccompOperator.NotEqual)).IsEqualTo("SCMP_CMP_NE");
        await Assert.That(SeccompTable.Name(SeccompOperator.MaskedEqual)).IsEqualTo("SCMP_CMP_MASKED_EQ");
    }
}
