using System.Runtime.InteropServices;
using System.Text;
using Kist.Linux;
using Kist.Runtime;
using Kist.Spec;
using Kist.Tests.Support;

namespace Kist.Tests.Unit;

/// <summary>
/// The default profile decides as those that others ship. Where it does not, the table below says so: Docker's profile of today is newer
/// than the ones in Debian's packages.
/// </summary>
public sealed partial class DefaultSeccompProfileTests
{
    const uint X64 = LibSeccomp.AuditX86_64, X86 = LibSeccomp.AuditX86;
    const int Numbers = 500;
    const string Allowed = "allowed";
    static readonly (int, int) Kernel = (6, 1);

    /// <summary>
    /// A known difference: system calls, what the other profile answers and what Kist's, and for which sets of capabilities ("!": without it).
    /// </summary>
    sealed record Known(string Calls, string Theirs, string Ours, string Capabilities, string Reason);

    const string NewCalls = "cachestat fchmodat2 futex_requeue futex_wait futex_wake getxattrat listmount listxattrat map_shadow_stack mseal removexattrat setxattrat statmount";
    const string NoSuchFamily = "socket(64) socket(65) socket(66) socket(67) socket(68) socket(69) socket(-1) socket(4294967334) socket(4294967336)";

    /// <summary>Docker 20.10, of Debian 12's golang-github-docker-docker-dev.</summary>
    static readonly Known[] Docker =
    [
        new(NewCalls, "ENOSYS", "allowed", "", "younger than that Docker (Linux 6.5 to 6.13)"),
        new("uretprobe", "EPERM", "allowed", "", "younger than that Docker (Linux 6.11)"),
        new("lsm_get_self_attr lsm_list_modules lsm_set_self_attr", "ENOSYS", "allowed", "CAP_SYS_ADMIN", "younger than that Docker (Linux 6.8)"),
        new("lsm_get_self_attr lsm_list_modules lsm_set_self_attr", "ENOSYS", "EPERM", "!CAP_SYS_ADMIN", "younger than that Docker (Linux 6.8)"),
        new("set_mempolicy_home_node", "ENOSYS", "allowed", "CAP_SYS_NICE", "younger than that Docker (Linux 5.17)"),
        new("set_mempolicy_home_node", "ENOSYS", "EPERM", "!CAP_SYS_NICE", "younger than that Docker (Linux 5.17)"),
        new("pkey_alloc pkey_free pkey_mprotect", "EPERM", "allowed", "", "Docker allows them since 2022"),
        new("name_to_handle_at", "EPERM", "allowed", "!CAP_SYS_ADMIN", "Docker allows it since 2023: a handle is of no use without open_by_handle_at"),
        new("process_vm_readv process_vm_writev", "EPERM", "allowed", "!CAP_SYS_PTRACE", "Docker allows them since 2021, as ptrace, from Linux 4.8 on"),
        new("clock_settime64", "EPERM", "allowed", "CAP_SYS_TIME", "Docker allows it since 2022"),
        new("bpf", "EPERM", "allowed", "CAP_BPF !CAP_SYS_ADMIN", "Docker knows the capability since 2022"),
        new("perf_event_open", "EPERM", "allowed", "CAP_PERFMON !CAP_SYS_ADMIN", "Docker knows the capability since 2022"),
        new("io_uring_enter io_uring_register io_uring_setup", "allowed", "EPERM", "", "Docker refuses io_uring since 2023"),
        new("socket(40)", "allowed", "EPERM", "", "Docker refuses AF_VSOCK since 2022"),
        new("socket(38)", "allowed", "EPERM", "", "Docker refuses AF_ALG since 2026"),
        new(NoSuchFamily, "allowed", "EAFNOSUPPORT", "", "the kernel's own answer, without which a high bit would smuggle AF_ALG through"),
    ];

    /// <summary>
    /// Podman 4.3, of Debian 12's golang-github-containers-common. Its default is ENOSYS, so two refusals count as one decision. Podman
    /// leaves to the kernel's own checks much that Docker refuses.
    /// </summary>
    static readonly Known[] Podman =
    [
        new(NewCalls + " uretprobe", "ENOSYS", "allowed", "", "younger than that Podman (Linux 6.5 to 6.13)"),
        new("futex_waitv", "ENOSYS", "allowed", "", "younger than that Podman (Linux 5.16)"),
        new("lsm_get_self_attr lsm_list_modules lsm_set_self_attr", "ENOSYS", "allowed", "CAP_SYS_ADMIN", "younger than that Podman (Linux 6.8)"),
        new("quotactl_fd", "ENOSYS", "allowed", "CAP_SYS_ADMIN", "younger than that Podman (Linux 5.14)"),
        new("set_mempolicy_home_node", "ENOSYS", "allowed", "CAP_SYS_NICE", "younger than that Podman (Linux 5.17)"),
        new("io_pgetevents vmsplice", "EPERM", "allowed", "", "Docker allows them"),
        new("io_pgetevents_time64", "ENOSYS", "allowed", "", "Docker allows it"),
        new("bpf", "EPERM", "allowed", "CAP_BPF !CAP_SYS_ADMIN", "not known there yet"),
        new("perf_event_open", "EPERM", "allowed", "CAP_PERFMON !CAP_SYS_ADMIN", "not known there yet"),
        new("keyctl", "allowed", "EPERM", "", "Docker refuses it: keyrings were not in a namespace"),
        new("pivot_root", "allowed", "EPERM", "", "Docker refuses it, with every capability"),
        new("readdir sigaction signal sigpending sigsuspend", "allowed", "EPERM", "", "Docker refuses them: i386 has newer ones"),
        new("query_module", "allowed", "EPERM", "CAP_SYS_MODULE", "gone since Linux 2.6"),
        new("clone(131072) clone(33554432) clone(67108864) clone(134217728) clone(268435456) clone(536870912) clone(1073741824)", "allowed", "EPERM",
            "!CAP_SYS_ADMIN", "Docker refuses new namespaces"),
        new("clone3", "allowed", "ENOSYS", "!CAP_SYS_ADMIN", "Docker refuses new namespaces, and flags in memory cannot be seen"),
        new("mount umount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick setns unshare", "allowed", "EPERM", "!CAP_SYS_ADMIN",
            "Docker refuses them"),
        new("syslog", "allowed", "EPERM", "!CAP_SYS_ADMIN !CAP_SYSLOG", "Docker refuses it"),
        new("reboot", "allowed", "EPERM", "!CAP_SYS_BOOT", "Docker refuses it"),
        new("get_mempolicy mbind set_mempolicy", "allowed", "EPERM", "!CAP_SYS_NICE", "Docker refuses them"),
        new("pidfd_getfd", "allowed", "EPERM", "!CAP_SYS_PTRACE", "Docker refuses it"),
        new("socket(16, 3, 9)", "EINVAL", "allowed", "!CAP_AUDIT_WRITE", "the kernel asks for the capability itself, when something is written"),
        new("socket(38) socket(40)", "allowed", "EPERM", "", "Docker refuses AF_ALG and AF_VSOCK"),
        new(NoSuchFamily, "allowed", "EAFNOSUPPORT", "", "the kernel's own answer, without which a high bit would smuggle AF_ALG through"),
    ];

    [Test]
    public Task Its_decisions_are_those_of_Docker_but_for_a_known_list() =>
        Compare("/usr/share/gocode/src/github.com/docker/docker/profiles/seccomp/default.json", "golang-github-docker-docker-dev", Docker, anyRefusal: false);

    [Test]
    public Task Its_decisions_are_those_of_Podman_but_for_a_known_list() =>
        Compare("/usr/share/containers/seccomp.json", "golang-github-containers-common", Podman, anyRefusal: true);

    static IEnumerable<(string Name, ulong Mask)> CapabilitySets()
    {
        yield return ("none", 0);
        yield return ("Docker's", 0xA80425FB);
        yield return ("all", CapabilityTable.All);
        for (int capability = 0; capability < CapabilityTable.Count; capability++)
            yield return (CapabilityTable.Name(capability), 1UL << capability);
    }

    static async Task Compare(string path, string package, Known[] known, bool anyRefusal)
    {
        // ./test unpacks packages there that are not worth installing.
        string unpacked = Environment.GetEnvironmentVariable("KIST_UNPACKED") + path;
        path = File.Exists(unpacked) ? unpacked : path;
        if (!File.Exists(path))
            Skip.Test($"{path} is missing: it is in the package {package}");
        if (LibSeccomp.seccomp_arch_native() != X64)
            Skip.Test("the numbers are x86-64's");
        byte[] json = File.ReadAllBytes(path);
        (string, uint, uint, ulong[])[] calls = [.. Calls()];
        SortedSet<string> expected = new(StringComparer.Ordinal), found = new(StringComparer.Ordinal);
        foreach ((string set, ulong mask) in CapabilitySets())
        {
            foreach (Known difference in known)
                if (Holds(difference.Capabilities, mask))
                    foreach (string call in Names(difference.Calls))
                        expected.Add($"{call}: {difference.Theirs} there, {difference.Ours} here, with capabilities: {set}");
            byte[] ours = SeccompCompiler.Compile(DefaultSeccompProfile.Create(mask, "amd64", Kernel));
            byte[] theirs = SeccompCompiler.Compile(ProfileReader.Read(json, mask, "amd64", Kernel));
            foreach ((string call, uint architecture, uint number, ulong[] arguments) in calls)
            {
                string mine = Answer(BpfMachine.Run(ours, architecture, number, arguments));
                string other = Answer(BpfMachine.Run(theirs, architecture, number, arguments));
                if (mine != other && !(anyRefusal && mine != Allowed && other != Allowed))
                    found.Add($"{call}: {other} there, {mine} here, with capabilities: {set}");
            }
        }
        // Both ways: what is not in the table, and what is in the table and not so.
        await Assert.That(string.Join('\n', found.Except(expected))).IsEqualTo("");
        await Assert.That(string.Join('\n', expected.Except(found))).IsEqualTo("");
    }

    static bool Holds(string capabilities, ulong mask)
    {
        foreach (string word in capabilities.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            bool without = word[0] == '!';
            CapabilityTable.TryGet(without ? word[1..] : word, out int number);
            if ((mask >> number & 1) != 0 == without)
                return false;
        }
        return true;
    }

    /// <summary>Split at blanks, but for those within parentheses.</summary>
    static IEnumerable<string> Names(string calls) => calls.Replace(", ", ",").Split(' ').Select(name => name.Replace(",", ", "));

    /// <summary>Every system call of x86-64 and of i386, and those whose arguments matter with arguments that do.</summary>
    static IEnumerable<(string Name, uint Architecture, uint Number, ulong[] Arguments)> Calls()
    {
        foreach (uint architecture in (uint[])[X64, X86])
            for (uint number = 0; number < Numbers; number++)
            {
                if (NameOf(architecture, number) is not { } name)
                    continue;
                foreach (ulong[] arguments in Arguments(name, wide: architecture == X64))
                    yield return (arguments.Length == 0 ? name : $"{name}({string.Join(", ", Array.ConvertAll(arguments, a => (long)a))})", architecture, number, arguments);
            }
    }

    static IEnumerable<ulong[]> Arguments(string name, bool wide)
    {
        yield return [];
        switch (name)
        {
            case "personality":
                foreach (ulong personality in (ulong[])[0x8, 0x20000, 0x20008, 0xFFFFFFFF, ulong.MaxValue, 0x1, 0x40000, 0x400000])
                    yield return [personality];
                break;
            case "clone":
                yield return [17 /* SIGCHLD */];
                for (int bit = 8; bit < 33; bit++)
                    yield return [1UL << bit];
                break;
            case "socket":
                for (ulong family = 1; family < 70; family++)
                    yield return [family];
                yield return [16 /* AF_NETLINK */, 3, 9 /* NETLINK_AUDIT */];
                yield return [ulong.MaxValue];
                if (!wide)
                    break;
                yield return [0x1_0000_0000 + 38 /* AF_ALG */];
                yield return [0x1_0000_0000 + 40 /* AF_VSOCK */];
                break;
        }
    }

    [LibraryImport("libseccomp")]
    private static partial nint seccomp_syscall_resolve_num_arch(uint token, int number);

    static string? NameOf(uint architecture, uint number)
    {
        if (Marshal.PtrToStringUTF8(seccomp_syscall_resolve_num_arch(architecture, (int)number)) is { } known)
            return known;
        foreach (SeccompRule rule in DefaultSeccompProfile.Create(CapabilityTable.All, "amd64", Kernel).Syscalls)
            foreach (string name in rule.Names)
                if (SeccompDecisions.NewerThanLibrary(name, architecture) == number)
                    return name;
        return null;
    }

    static string Answer(uint answer) => (answer & 0xFFFF0000) switch
    {
        SeccompReturn.Allow => Allowed,
        SeccompReturn.Errno => $"{(Errno)(answer & 0xFFFF)}",
        SeccompReturn.KillThread => "killed",
        _ => $"0x{answer:x}",
    };
}
