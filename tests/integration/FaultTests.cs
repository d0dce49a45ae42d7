using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>When things go wrong: a message that says what, why and what to do, the right status, and nothing left behind.</summary>
[NotInParallel]
public sealed class FaultTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    static async Task Expect(KistCommand command, int status, params string[] said)
    {
        Leaks leaks = Leaks.Watch();
        CommandResult result = await command.Run();
        foreach (string part in said)
            await Assert.That(result.Errors).Contains(part);
        await Assert.That(result.Output).IsEqualTo("");
        await Assert.That(result.ExitCode).IsEqualTo(status).Because(result.ToString());
        await Assert.That(await leaks.FoundWithin(Soon)).IsEmpty();
    }

    static async Task Refused(string[] options, params string[] said)
    {
        Requirements.Root();
        await Expect(new KistCommand(["run", .. options, await RootFilesystems.Busybox(), "echo", "started"]), 125, said);
    }

    [Test]
    public async Task A_source_that_is_missing()
    {
        Requirements.Root();
        await Expect(new KistCommand("run", "./nowhere", "true"), 125, "there is no directory ./nowhere");
    }

    [Test]
    public async Task A_source_that_is_no_directory()
    {
        Requirements.Root();
        using TemporaryDirectory folder = new();
        await Expect(new KistCommand("run", folder.File("root.tar", "…"), "true"), 125, "root.tar is not a directory", "unpack it first");
    }

    [Test]
    public async Task A_source_that_is_empty()
    {
        Requirements.Root();
        using TemporaryDirectory folder = new();
        await Expect(new KistCommand("run", folder.Path, "true"), 125, "is empty; SOURCE is a directory with a root filesystem");
    }

    [Test]
    public async Task A_source_that_looks_like_an_image()
    {
        Requirements.Root();
        using TemporaryDirectory folder = new();
        Directory.CreateDirectory(folder.Path + "/debian");
        await Expect(new KistCommand("run", "debian", "true").In(folder.Path), 125, "images come with a later release", "write ./debian");
    }

    [Test]
    public async Task A_root_filesystem_without_a_shell_and_no_command()
    {
        Requirements.Root();
        using TemporaryDirectory root = new();
        Directory.CreateDirectory(root.Path + "/etc");
        await Expect(new KistCommand("run", root.Path), 127, "there is no shell in", "say which COMMAND to run");
    }

    [Test]
    public Task A_working_directory_that_is_not_there() => Refused(["-w", "/not/there"], "/not/there is not in the container: make it, or choose another working directory (-w)");

    [Test]
    public Task A_working_directory_that_is_a_file() => Refused(["-w", "/etc/passwd"], "/etc/passwd", "it is not a directory");

    [Test]
    public Task A_user_that_is_not_there() => Refused(["-u", "somebody"], "there is no user \"somebody\" in the root filesystem's /etc/passwd");

    [Test]
    public Task A_group_that_is_not_there() => Refused(["-u", "root:some"], "there is no group \"some\" in the root filesystem's /etc/group");

    [Test]
    public Task A_source_of_a_mount_that_is_missing() => Refused(["-v", "/not/there:/mnt"], "cannot share /not/there: ENOENT", "make it first");

    [Test]
    public async Task A_directory_mounted_on_a_file()
    {
        using TemporaryDirectory folder = new();
        await Refused(["-v", folder.Path + ":/etc/passwd"], "/etc/passwd", "a directory can be mounted on a directory, a file on a file");
    }

    [Test]
    public async Task A_source_of_a_mount_that_is_missing_in_a_bundle()
    {
        using Bundle bundle = await Bundle.Create();
        KistCommand command = bundle.Mount("""{"destination": "/mnt", "type": "bind", "source": "/not/there", "options": ["bind"]}""").Program("true").Command();
        await Expect(command, 1, "/not/there", "ENOENT", "[/mounts/7]", "does not exist on this machine");
    }

    [Test]
    public async Task A_filesystem_that_the_kernel_lacks()
    {
        using Bundle bundle = await Bundle.Create();
        KistCommand command = bundle.Mount("""{"destination": "/mnt", "type": "frobfs", "source": "x"}""").Program("true").Command();
        await Expect(command, 1, "this kernel has no such filesystem", "[/mounts/7]");
    }

    [Test]
    public async Task An_option_that_a_filesystem_refuses()
    {
        using Bundle bundle = await Bundle.Create();
        KistCommand command = bundle.Mount("""{"destination": "/mnt", "type": "tmpfs", "source": "x", "options": ["frobnicate=1"]}""").Program("true").Command();
        await Expect(command, 1, "an option is refused", "the kernel says", "frobnicate", "[/mounts/7]");
    }

    [Test]
    public async Task A_root_filesystem_that_a_bundle_does_not_have()
    {
        using Bundle bundle = await Bundle.Create();
        await Expect(bundle.Set("/root/path", "\"/not/there\"").Program("true").Command(), 1, "/not/there", "ENOENT");
    }

    [Test]
    public async Task A_document_that_is_cut_short()
    {
        Requirements.Root();
        using TemporaryDirectory folder = new();
        folder.File("config.json", """{"ociVersion": "1.0.2", "process": {"args": ["tr""");
        await Expect(KistCommand.Runtime("--root", folder.Path + "/state", "run", "--bundle", folder.Path, "cut"), 1, "kist-runtime: ");
        await Assert.That(Directory.Exists(folder.Path + "/state/containers/cut")).IsFalse();
    }

    [Test]
    [Arguments("--memory", "1k"), Arguments("--memory", "-5"), Arguments("--memory", "lots"), Arguments("--cpus", "1000"), Arguments("--cpus", "0.001"), Arguments("--cpus", "many"),
        Arguments("--cpuset-cpus", "4000"), Arguments("--cpuset-cpus", "1-0"), Arguments("--pids-limit", "-5"), Arguments("--memory-swap", "10m"), Arguments("--ulimit", "frob=1"),
        Arguments("--ulimit", "nofile=99999999999"), Arguments("--shm-size", "none")]
    public Task A_limit_that_is_impossible(string option, string value)
        // As typed, or the field that it became.
        => Refused([option, value], (option, value) switch { ("--memory", "1k") => "memory", ("--ulimit", "nofile=99999999999") => "RLIMIT_NOFILE", _ => option });

    [Test]
    public async Task A_memory_limit_that_is_too_small_for_the_program()
    {
        Requirements.Root();
        Leaks leaks = Leaks.Watch();
        CommandResult result = await new KistCommand("run", "-m", "6m", await RootFilesystems.Busybox(), "sh", "-c", "head -c 100000000 /dev/zero | tail -c 90000000 >/dev/null").Run();
        await Assert.That(result.ExitCode).IsEqualTo(137);
        await Assert.That(await leaks.FoundWithin(Soon)).IsEmpty();
    }

    [Test]
    public async Task A_limit_that_cannot_be_enforced_without_root()
    {
        using Nobody user = await Nobody.Create();
        await Expect(user.Kist("run", "--memory", "64m", await RootFilesystems.Busybox(), "echo", "started"), 125, "cannot", " as root");
        await Assert.That(Items.Of(Directory.GetFileSystemEntries(user.Runtime + "/kist/containers"))).IsEqualTo("");
    }

    [Test]
    public Task A_device_that_is_unknown() => Refused(["--device", "/dev/frob"], "--device /dev/frob: ENOENT");

    [Test]
    public Task A_device_that_is_none() => Refused(["--device", "/etc/hostname"], "it is no device; -v shares a file or directory");

    [Test]
    [Arguments("--cap-add"), Arguments("--cap-drop")]
    public Task A_capability_that_is_unknown(string option) => Refused([option, "FROB"], $"{option}: there is no capability \"FROB\"");

    [Test]
    [Arguments("kernel.frob=1", "belongs to no namespace"), Arguments("net.ipv4.frob=1", "this kernel has no such parameter"), Arguments("net.ipv4.ip_forward=frob", "EINVAL")]
    public Task A_kernel_parameter_that_cannot_be_set(string parameter, string said) => Refused(["--sysctl", parameter], said);

    [Test]
    public Task A_profile_that_is_not_there() => Refused(["--security-opt", "seccomp=/not/there.json"], "seccomp=/not/there.json", "ENOENT");

    [Test]
    public async Task A_profile_that_is_no_profile()
    {
        using TemporaryDirectory folder = new();
        await Refused(["--security-opt", "seccomp=" + folder.File("profile.json", "{\"defaultAction\": \"SCMP_ACT_FROB\"}")], "SCMP_ACT_FROB");
    }

    [Test]
    public async Task A_name_that_is_in_use()
    {
        Requirements.Root();
        string root = await RootFilesystems.Busybox();
        using RunningCommand first = new KistCommand("run", "--name", "kist-test-taken", root, "sh", "-c", "trap 'exit 3' TERM; sleep 1000 & until test \"$(cat /proc/$!/comm)\" = sleep; do :; done; echo ready; wait").Start();
        await first.Printed("ready");
        await Expect(new KistCommand("run", "--name", "kist-test-taken", root, "echo", "started"), 125, "the name \"kist-test-taken\" is in use");
        first.Signal(15);
        await Assert.That((await first.End()).ExitCode).IsEqualTo(3);
    }

    /// <summary>kist where something is mounted on /run, of which the host sees nothing.</summary>
    static async Task OnAnotherRun(string mount, string[] said)
    {
        Requirements.Root();
        await Expect(new KistCommand("run", await RootFilesystems.Busybox(), "echo", "started")
            .Under(Requirements.Program("unshare"), "--mount", "sh", "-c", $"{mount} && exec \"$0\" \"$@\""), 125, said);
    }

    [Test]
    public Task A_read_only_disk() => OnAnotherRun("mount -t tmpfs -o ro tmpfs /run", ["cannot make /run/kist, where Kist keeps what runs: EROFS (Read-only file system)"]);

    [Test]
    public Task A_full_disk() => OnAnotherRun("mount -t tmpfs -o size=4k tmpfs /run && echo >/run/filled", ["ENOSPC (No space left on device)", "the disk is full"]);

    [Test]
    public Task A_disk_without_inodes() => OnAnotherRun("mount -t tmpfs -o nr_inodes=2 tmpfs /run && mkdir /run/kist", ["ENOSPC (No space left on device)"]);

    [Test]
    public async Task A_read_only_root_filesystem_without_a_place_to_mount_on()
    {
        Requirements.Root();
        using TemporaryDirectory root = await RootFilesystems.Copy(await RootFilesystems.Busybox());
        Directory.Delete(root.Path + "/sys");
        await Expect(new KistCommand("run", root.Path, "echo", "started").Under(Requirements.Program("unshare"), "--mount", "sh", "-c",
            $"mount --bind {root.Path} {root.Path} && mount -o remount,bind,ro {root.Path} && exec \"$0\" \"$@\""), 125, "the root filesystem is read-only and has no such directory: make it there");
    }

    [Test]
    [Arguments(2, 130), Arguments(15, 143)]
    public async Task A_signal_at_any_moment(int signal, int status)
    {
        string strace = Requirements.Program("strace"), root = await RootFilesystems.Busybox();
        Requirements.Root();
        string[] run = ["run", "--init", root, "sh", "-c", "sleep 0.1; exit 7"];
        SystemCallTrace trace = await SystemCallTrace.Of(strace, new KistCommand(run));
        Leaks leaks = Leaks.Watch();
        for (int at = 0; at < trace.Count; at += 23)
        {
            CommandResult result = await trace.Inject(new KistCommand(run), at, signal).Run();
            // It came before kist catches it, was the program's, or came too late.
            await Assert.That(result.ExitCode == status || result.ExitCode == 7).IsTrue().Because($"{trace.At(at)}: {result}");
            await Assert.That(await leaks.FoundWithin(Soon)).IsEmpty().Because($"it was interrupted at {trace.At(at)}");
        }
    }

    [Test]
    [Arguments(2, "INT"), Arguments(15, "TERM")]
    public async Task A_signal_is_the_programs(int signal, string name)
    {
        Requirements.Root();
        Leaks leaks = Leaks.Watch();
        using RunningCommand command = new KistCommand("run", await RootFilesystems.Busybox(), "sh", "-c", $"trap 'exit 42' {name}; echo ready; while :; do sleep 0.05; done").Start();
        await command.Printed("ready");
        command.Signal(signal);
        await Assert.That((await command.End()).ExitCode).IsEqualTo(42);
        await Assert.That(await leaks.FoundWithin(Soon)).IsEmpty();
    }

    [Test]
    [Arguments(2, 130), Arguments(15, 143)]
    public async Task A_signal_ends_a_program_that_does_not_handle_it(int signal, int status)
    {
        Requirements.Root();
        Leaks leaks = Leaks.Watch();
        using RunningCommand command = new KistCommand("run", "--stop-timeout", "0", await RootFilesystems.Busybox(), "tail", "-f", "/etc/passwd").Start();
        // No shell, which handles SIGINT itself until it executes something else.
        await command.Printed("nobody");
        command.Signal(signal);
        CommandResult result = await command.End();
        await Assert.That(result.ExitCode == status || result.ExitCode == 137).IsTrue().Because(result.ToString());
        await Assert.That(await leaks.FoundWithin(Soon)).IsEmpty();
    }
}
