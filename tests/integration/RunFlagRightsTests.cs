using System.Globalization;
using System.Runtime.InteropServices;
using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Flags about rights: capabilities, privileges and system calls.</summary>
public sealed class RunFlagRightsTests : IDisposable
{
    const ulong Docker = 0xA80425FB;
    const ulong Kill = 1 << 5, Mknod = 1 << 27, Chown = 1;

    readonly TemporaryDirectory folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>CapEff, CapPrm and CapBnd, which are the same for root.</summary>
    static async Task<ulong> Capabilities(string flags)
    {
        string[] sets = (await Busybox.Output(flags, "grep -E 'Cap(Eff|Prm|Bnd)' /proc/self/status | cut -f 2")).Split('\n');
        await Assert.That(sets.Distinct().Count()).IsEqualTo(1);
        return ulong.Parse(sets[0], NumberStyles.HexNumber);
    }

    static ulong Own() => ulong.Parse(File.ReadAllLines("/proc/self/status").First(line => line.StartsWith("CapEff")).Split('\t')[1], NumberStyles.HexNumber);

    [Test]
    public async Task Without_a_flag_there_are_dockers_14_capabilities()
    {
        await Assert.That(await Capabilities("")).IsEqualTo(Docker);
    }

    [Test]
    public async Task Capabilities_are_added_and_dropped_by_name_in_any_spelling()
    {
        await Assert.That(await Capabilities("--cap-drop KILL --cap-drop cap_mknod")).IsEqualTo(Docker & ~(Kill | Mknod));
        await Assert.That(await Capabilities("--cap-add SYS_ADMIN --cap-add=CAP_SYS_PTRACE")).IsEqualTo(Docker | 1 << 21 | 1 << 19);
    }

    [Test]
    public async Task All_of_them_are_added_or_dropped_at_once()
    {
        await Assert.That(await Capabilities("--cap-drop ALL")).IsEqualTo(0UL);
        await Assert.That(await Capabilities("--cap-drop all --cap-add chown")).IsEqualTo(Chown);
        await Assert.That(await Capabilities("--cap-add ALL")).IsEqualTo(Own());
        await Assert.That(await Capabilities("--cap-add ALL --cap-drop KILL")).IsEqualTo(Own() & ~Kill);
    }

    [Test]
    public async Task A_dropped_capability_is_missed()
    {
        await Assert.That((await Busybox.Run("", "chown 5 /bin && echo done")).Text).IsEqualTo("done");
        CommandResult result = await Busybox.Run("--cap-drop CHOWN", "chown 5 /bin");
        await Assert.That(result.Errors).Contains("Operation not permitted");
    }

    [Test]
    public async Task An_unknown_capability_is_refused()
    {
        await Busybox.Refuses("--cap-add NOSUCH", "--cap-add: there is no capability \"NOSUCH\"");
        await Busybox.Refuses("--cap-drop NET_ADMINN", "did you mean");
    }

    [Test]
    public async Task Privileged_has_all_capabilities_and_devices_and_no_masks_nor_seccomp()
    {
        string[] lines = (await Busybox.Output("--privileged", "grep -E 'CapEff|Seccomp:' /proc/self/status | cut -f 2; grep -c ' /proc/' /proc/mounts; grep ' /sys ' /proc/mounts; "
            + "test -c /dev/mem -o -c /dev/kmsg -o -c /dev/loop-control && echo devices; mount -t tmpfs tmpfs /tmp && echo mounted")).Split('\n');
        await Assert.That(ulong.Parse(lines[0], NumberStyles.HexNumber)).IsEqualTo(Own());
        await Assert.That(Items.Of(lines[1..3])).IsEqualTo("0\n0");
        await Assert.That(lines[3]).Contains("rw,");
        await Assert.That(Items.Of(lines[4..])).IsEqualTo("devices\nmounted");
    }

    [Test]
    public async Task Without_a_flag_what_tells_of_the_machine_is_masked_and_what_configures_it_is_read_only()
    {
        string shown = await Busybox.Output("", "for file in /proc/kcore /proc/keys /proc/timer_list; do test -e $file && wc -c < $file; done | sort -u; ls /sys/firmware | wc -l; "
            + "for file in /proc/sys/kernel/msgmax /proc/irq/default_smp_affinity /sys/new; do (echo 1 > $file) 2>&1 | grep -o 'Read-only.*'; done");
        await Assert.That(shown).IsEqualTo("0\n0\nRead-only file system\nRead-only file system\nRead-only file system");
    }

    [Test]
    [Arguments("", "2"), Arguments("--security-opt seccomp=unconfined", "0"), Arguments("--privileged", "0"), Arguments("--cap-add ALL", "2")]
    public async Task System_calls_are_filtered_unless_that_is_switched_off(string flags, string mode)
    {
        await Assert.That(await Busybox.Output(flags, "grep Seccomp: /proc/self/status | cut -f 2")).IsEqualTo(mode);
    }

    [Test]
    public async Task The_default_filter_refuses_what_needs_no_capability_too()
    {
        await Assert.That((await Busybox.Run("", "unshare -U true")).Errors).Contains("Operation not permitted");
        await Assert.That((await Busybox.Run("--security-opt seccomp=unconfined", "unshare -U true")).ExitCode).IsEqualTo(0);
    }

    [Test]
    [Arguments("keyctl", 250, 219), Arguments("mount", 165, 40), Arguments("unshare", 272, 97), Arguments("reboot", 169, 142), Arguments("bpf", 321, 280), Arguments("userfaultfd", 323, 282)]
    public async Task The_default_filter_answers_EPERM_where_the_kernel_would_say_something_else(string name, int x64, int arm64)
    {
        string root = await RootFilesystems.Debian();
        int number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? arm64 : x64;
        async Task<string> Errno(params string[] flags) => (await new KistCommand(["run", .. flags, root, "perl", "-e", $"syscall({number}, 99, 0, 0, 0, 0); print $! + 0"]).Run()).Succeeded().Text;
        await Assert.That(await Errno()).IsEqualTo("1");
        // Arguments that make no sense: with the right to, EINVAL, EFAULT, EOPNOTSUPP or ENOSYS, but nothing that is done.
        await Assert.That(await Errno("--security-opt", "seccomp=unconfined", "--cap-add", "ALL")).IsNotEqualTo("1").Because(name);
    }

    [Test]
    public async Task A_profile_in_the_form_of_the_OCI_specification_is_obeyed()
    {
        string profile = folder.File("oci.json", """
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]}
            """);
        CommandResult result = await Busybox.Run($"--security-opt seccomp={profile}", "mkdir /new || unshare -U echo the rest is allowed");
        await Assert.That(result.Errors).Contains("mkdir: can't create directory '/new': Permission denied");
        await Assert.That(result.Text).IsEqualTo("the rest is allowed");
    }

    [Test]
    public async Task A_profile_in_the_form_of_dockers_template_depends_on_the_capabilities()
    {
        string profile = folder.File("docker.json", """
            {"defaultAction": "SCMP_ACT_ALLOW",
             "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}, {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
             "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "excludes": {"caps": ["CAP_SYS_ADMIN"]}}]}
            """);
        await Assert.That((await Busybox.Run($"--security-opt seccomp={profile}", "mkdir /new")).Errors).Contains("Operation not permitted");
        await Assert.That((await Busybox.Run($"--security-opt seccomp={profile} --cap-add SYS_ADMIN", "mkdir /new")).ExitCode).IsEqualTo(0);
    }

    [Test]
    public async Task A_profile_that_cannot_be_read_or_understood_is_named()
    {
        await Busybox.Refuses("--security-opt seccomp=/no/such.json", "--security-opt seccomp=/no/such.json: cannot read it: ENOENT");
        string broken = folder.File("broken.json", "{\"defaultAction\": \"SCMP_ACT_MAYBE\"}");
        await Busybox.Refuses($"--security-opt seccomp={broken}", $"--security-opt seccomp={broken}: ");
    }

    [Test]
    public async Task No_new_privileges_is_for_good()
    {
        await Assert.That(await Busybox.Output("", "grep NoNewPrivs /proc/self/status | cut -f 2")).IsEqualTo("0");
        await Assert.That(await Busybox.Output("--security-opt no-new-privileges", "grep NoNewPrivs /proc/self/status | cut -f 2")).IsEqualTo("1");
        await Busybox.Refuses("--security-opt no-such-option", "no-such-option");
    }
}
