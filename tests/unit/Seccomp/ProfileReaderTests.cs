using System.Text;
using Kist.Runtime;
using Kist.Spec;

namespace Kist.Tests.Unit;

public sealed class ProfileReaderTests
{
    const ulong Chroot = 1UL << 18, Ptrace = 1UL << 19;

    static Seccomp Read(string json, ulong capabilities = 0, string architecture = "amd64", (int, int)? kernel = null) =>
        ProfileReader.Read(Encoding.UTF8.GetBytes(json), capabilities, architecture, kernel ?? (6, 1));

    /// <summary>The names of the rules that hold, for a rule with this text in it.</summary>
    static string Kept(string filter, ulong capabilities = 0, string architecture = "amd64", (int, int)? kernel = null) =>
        string.Join(' ', Read($$"""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["a"],"action":"SCMP_ACT_ALLOW"},{"names":["b"],"action":"SCMP_ACT_ALLOW",{{filter}}}]}""",
            capabilities, architecture, kernel).Syscalls.SelectMany(rule => rule.Names));

    [Test]
    public async Task A_plain_OCI_object_is_read_whole()
    {
        Seccomp profile = Read("""
            {"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"architectures":["SCMP_ARCH_X86"],"flags":["SECCOMP_FILTER_FLAG_LOG"],
             "listenerPath":"/run/a","listenerMetadata":"m",
             "syscalls":[{"names":["clone","fork"],"action":"SCMP_ACT_TRACE","errnoRet":3,"args":[{"index":2,"value":1,"valueTwo":18446744073709551615,"op":"SCMP_CMP_MASKED_EQ"}]}]}
            """);
        await Assert.That(profile.DefaultAction).IsEqualTo(SeccompAction.Errno);
        await Assert.That(profile.DefaultErrnoRet).IsEqualTo(38u);
        await Assert.That(string.Join(' ', profile.Architectures)).IsEqualTo("SCMP_ARCH_X86");
        await Assert.That(string.Join(' ', profile.Flags!)).IsEqualTo("SECCOMP_FILTER_FLAG_LOG");
        await Assert.That((profile.ListenerPath, profile.ListenerMetadata)).IsEqualTo(("/run/a", "m"));
        SeccompRule rule = profile.Syscalls[0];
        await Assert.That(string.Join(' ', rule.Names)).IsEqualTo("clone fork");
        await Assert.That((rule.Action, rule.ErrnoRet, rule.Args[0]))
            .IsEqualTo((SeccompAction.Trace, 3u, new SeccompArgument(2, 1, ulong.MaxValue, SeccompOperator.MaskedEqual)));
    }

    [Test]
    public async Task Architectures_come_from_the_map()
    {
        const string map = """{"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"]},{"architecture":"SCMP_ARCH_AARCH64","subArchitectures":["SCMP_ARCH_ARM"]}]}""";
        await Assert.That(string.Join(' ', Read(map).Architectures)).IsEqualTo("SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32");
        await Assert.That(string.Join(' ', Read(map, architecture: "arm64").Architectures)).IsEqualTo("SCMP_ARCH_AARCH64 SCMP_ARCH_ARM");
    }

    [Test]
    public async Task A_rule_holds_where_its_filters_say()
    {
        await Assert.That(Kept("""  "includes":{} """)).IsEqualTo("a b");
        await Assert.That(Kept("""  "includes":{"caps":["CAP_SYS_CHROOT","CAP_SYS_PTRACE"]} """, Chroot)).IsEqualTo("a");
        await Assert.That(Kept("""  "includes":{"caps":["CAP_SYS_CHROOT","CAP_SYS_PTRACE"]} """, Chroot | Ptrace)).IsEqualTo("a b");
        await Assert.That(Kept("""  "excludes":{"caps":["CAP_SYS_CHROOT","CAP_SYS_PTRACE"]} """, Chroot)).IsEqualTo("a");
        await Assert.That(Kept("""  "excludes":{"caps":["CAP_SYS_CHROOT"]} """, Ptrace)).IsEqualTo("a b");
        await Assert.That(Kept("""  "includes":{"arches":["amd64","x32"]} """)).IsEqualTo("a b");
        await Assert.That(Kept("""  "includes":{"arches":["amd64","x32"]} """, architecture: "arm64")).IsEqualTo("a");
        await Assert.That(Kept("""  "excludes":{"arches":["s390"]} """)).IsEqualTo("a b");
        await Assert.That(Kept("""  "includes":{"minKernel":"4.8"} """, kernel: (4, 7))).IsEqualTo("a");
        await Assert.That(Kept("""  "includes":{"minKernel":"4.8"} """, kernel: (4, 8))).IsEqualTo("a b");
        await Assert.That(Kept("""  "includes":{"minKernel":"4.8"} """, kernel: (4, 10))).IsEqualTo("a b");
        await Assert.That(Kept("""  "excludes":{"minKernel":"4.8"} """, kernel: (5, 0))).IsEqualTo("a");
        await Assert.That(Kept("""  "includes":{"caps":["CAP_SYS_CHROOT"]},"excludes":{"arches":["arm64"]} """, Chroot)).IsEqualTo("a b");
    }

    [Test]
    public async Task Old_and_Podmans_forms_are_read()
    {
        await Assert.That(Read("""{"defaultAction":"SCMP_ACT_ERRNO","defaultErrno":"ENOSYS","defaultErrnoRet":1}""").DefaultErrnoRet).IsEqualTo(38u);
        SeccompRule rule = Read("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"mkdir","action":"SCMP_ACT_ERRNO","errno":"EINVAL","args":null}]}""").Syscalls[0];
        await Assert.That((rule.Names[0], rule.ErrnoRet)).IsEqualTo(("mkdir", 22u));
    }

    [Test]
    [Arguments("", "the document: not valid JSON")]
    [Arguments("[]", "the document: found an array, expected an object")]
    [Arguments("""{"defaultAction":"SCMP_ACT_ERRNO"}}""", "the document: not valid JSON")]
    [Arguments("""{"syscalls":[]}""", "/defaultAction is missing")]
    [Arguments("""{"defaultAction":"ERRNO"}""", "/defaultAction: found \"ERRNO\"")]
    [Arguments("""{"defaultAction":"SCMP_ACT_ERRNO","defaultErrno":"EWHAT"}""", "/defaultErrno: found \"EWHAT\"")]
    [Arguments("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["a"],"action":"SCMP_ACT_ALLOW"},{"names":["a"]}]}""", "/syscalls/1/action is missing")]
    [Arguments("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"action":"SCMP_ACT_ALLOW"}]}""", "/syscalls/0/names is missing")]
    [Arguments("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"name":"a","names":["b"],"action":"SCMP_ACT_ALLOW"}]}""", "/syscalls/0: has both")]
    [Arguments("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["a"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"new"}}]}""", "/syscalls/0/includes/minKernel: found \"new\"")]
    [Arguments("""{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86"],"archMap":[{"architecture":"SCMP_ARCH_X86_64"}]}""", "/archMap: cannot be used together")]
    public async Task What_is_no_profile_is_refused_with_its_place(string json, string message)
    {
        await Assert.That(() => Read(json)).Throws<SpecException>().WithMessageContaining(message);
    }
}
