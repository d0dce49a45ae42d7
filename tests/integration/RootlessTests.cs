using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Without root: a user namespace with the caller as root, and with further ids where /etc/subuid has some.</summary>
public sealed class RootlessTests
{
    [Test]
    public async Task Root_inside_is_the_caller_outside()
    {
        using OrdinaryUser user = new();
        CommandResult result = await user.Kist("run", await RootFilesystems.Busybox(), "sh", "-c", "id -u; head -n 1 /proc/self/uid_map; sed 's/ //g' /proc/self/setgroups").Run();
        string[] lines = result.Succeeded().Text.Split('\n');
        await Assert.That(lines[0]).IsEqualTo("0");
        await Assert.That(string.Join(' ', lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries))).IsEqualTo($"0 {user.Uid} 1");
        await Assert.That(lines[2]).IsEqualTo("allow");
        await Assert.That(result.Errors).IsEqualTo("");
        await Assert.That(user.Left()).IsEmpty();
    }

    [Test]
    public async Task Without_further_ids_the_container_has_one_and_that_is_said_once()
    {
        using OrdinaryUser user = new(subordinateIds: false);
        CommandResult result = await user.Kist("run", await RootFilesystems.Busybox(), "cat", "/proc/self/uid_map", "/proc/self/setgroups").Run();
        await Assert.That(string.Join(' ', result.Succeeded().Text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))).IsEqualTo($"0 {user.Uid} 1 deny");
        await Assert.That(result.Errors).IsEqualTo($"kist: note: the container has one user and one group only, as /etc/subuid and /etc/subgid give user {user.Uid} no ids "
            + $"(add them with: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user.Uid})\n");
    }

    [Test]
    public async Task What_is_written_to_a_copy_on_write_directory_can_belong_to_any_user_and_is_gone()
    {
        using OrdinaryUser user = new();
        string root = await RootFilesystems.Busybox();
        CommandResult result = await user.Kist("run", root + ":O", "sh", "-c", "touch /new && chown 5:6 /new && stat -c %u:%g /new").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("5:6");
        await Assert.That(File.Exists(root + "/new")).IsFalse();
        await Assert.That(user.Left()).IsEmpty();
    }

    [Test]
    public async Task All_of_ones_own_directory_can_be_removed_copy_on_write()
    {
        using OrdinaryUser user = new();
        using TemporaryDirectory root = await RootFilesystems.Copy(await RootFilesystems.Busybox());
        if (Requirements.IsRoot)
            (await KistCommand.Program("/bin/chown", "-Rh", $"{user.Uid}:{user.Uid}", root.Path).Run()).Succeeded();
        CommandResult result = await user.Kist("run", root.Path + ":O", "sh", "-c", "rm -r /etc /var && mkdir /etc && ls -A /etc; exec rm -r /bin").Run();
        await Assert.That(result.Succeeded().Output).IsEqualTo("");
        await Assert.That(File.Exists(root.Path + "/etc/passwd") && File.Exists(root.Path + "/bin/sh")).IsTrue();
    }

    [Test]
    [Arguments("1000:1000", "1000 1000"), Arguments("nobody", "65534 65534"), Arguments("root", "0 0")]
    public async Task The_program_runs_as_the_user_that_was_asked_for(string asked, string ids)
    {
        using OrdinaryUser user = new();
        CommandResult result = await user.Kist("run", "-u", asked, await RootFilesystems.Busybox(), "sh", "-c", "echo $(id -u) $(id -g)").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo(ids);
    }

    [Test]
    public async Task Root_can_be_asked_for_where_there_is_one_id()
    {
        using OrdinaryUser user = new(subordinateIds: false);
        CommandResult result = await user.Kist("run", "-u", "root", await RootFilesystems.Busybox(), "id", "-u").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("0");
    }

    [Test]
    [Arguments("33"), Arguments("0:33"), Arguments("nobody")]
    public async Task A_user_that_the_container_has_no_id_for_is_refused_with_the_way_out(string asked)
    {
        using OrdinaryUser user = new(subordinateIds: false);
        CommandResult result = await user.Kist("run", "-u", asked, await RootFilesystems.Busybox(), "true").Run();
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Errors).StartsWith($"kist: -u {asked}: the container has one user and one group only");
        await Assert.That(result.Errors).Contains("usermod --add-subuids");
    }

    [Test]
    public async Task A_user_beyond_the_containers_ids_is_refused()
    {
        using OrdinaryUser user = new();
        CommandResult result = await user.Kist("run", "-u", "2000000000", await RootFilesystems.Busybox(), "true").Run();
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Errors).Contains("-u 2000000000: the container has the users 0 to ");
    }

    [Test]
    public async Task A_shared_directory_is_written_as_the_caller()
    {
        using OrdinaryUser user = new();
        CommandResult result = await user.Kist("run", "-v", ".:/tmp", await RootFilesystems.Busybox(), "sh", "-c", "echo hello > /tmp/new").Run();
        result.Succeeded();
        await Assert.That(await File.ReadAllTextAsync(user.Home + "/new")).IsEqualTo("hello\n");
        await Assert.That((await KistCommand.Program("/bin/stat", "-c", "%u", user.Home + "/new").Run()).Text).IsEqualTo($"{user.Uid}");
    }

    [Test]
    public async Task Another_user_writes_to_a_shared_directory_as_one_of_the_callers_further_ids()
    {
        Requirements.Root();
        using OrdinaryUser user = new();
        Directory.CreateDirectory(user.Home + "/open");
        File.SetUnixFileMode(user.Home + "/open", (UnixFileMode)0x1FF);
        (await user.Kist("run", "-u", "5", "-v", "./open:/tmp", await RootFilesystems.Busybox(), "touch", "/tmp/new").Run()).Succeeded();
        await Assert.That((await KistCommand.Program("/bin/stat", "-c", "%u", user.Home + "/open/new").Run()).Text).IsEqualTo($"{OrdinaryUser.FirstSubordinate + 4}");
    }

    [Test]
    public async Task Host_is_shown_to_a_user_and_nothing_of_it_can_be_changed()
    {
        using OrdinaryUser user = new();
        CommandResult result = await user.Kist("run", "@host", "sh", "-c", "id -u; cat /etc/shadow; ls -A /home /root | grep -v :; echo changed > /etc/hostname; touch /etc/kist-new && echo written").Run();
        await Assert.That(result.Output).StartsWith("0\n");
        await Assert.That(result.Output).EndsWith("written\n");
        await Assert.That(result.Output).DoesNotContain("root:");
        await Assert.That(File.Exists("/etc/kist-new")).IsFalse();
        await Assert.That(user.Left()).IsEmpty();
    }

    [Test]
    [Arguments("-m", "64m"), Arguments("--cpus", "0.5"), Arguments("--pids-limit", "10")]
    public async Task A_limit_that_cannot_be_enforced_is_an_error_that_says_what_to_do(string option, string value)
    {
        using OrdinaryUser user = new();
        CommandResult result = await user.Kist("run", option, value, await RootFilesystems.Busybox(), "true").Run();
        if (result.ExitCode == 0)
            Skip.Test("this user has a delegated cgroup");
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Errors).Contains(File.Exists("/sys/fs/cgroup/cgroup.controllers") ? "systemd-run --user --scope -p Delegate=yes kist run"
            : "cgroup v1 cannot be delegated to users who are not root; run as root, or leave limits out");
        await Assert.That(user.Left()).IsEmpty();
    }

    [Test]
    [Arguments("@host"), Arguments("DIR"), Arguments("DIR:O")]
    public async Task Where_user_namespaces_are_forbidden_the_error_names_the_sysctl(string source)
    {
        using OrdinaryUser user = new();
        source = source.Replace("DIR", await RootFilesystems.Busybox());
        // The sysctl is each user namespace's own.
        CommandResult result = await user.Program("unshare", "--user", $"--map-user={user.Uid}", "--keep-caps", "sh", "-c",
            $"echo 0 > /proc/sys/user/max_user_namespaces && exec {user.Executable} run {source} true").Run();
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Errors).Contains("sysctl user.max_user_namespaces is 0; allow them with: sysctl -w user.max_user_namespaces=15000");
        await Assert.That(user.Left()).IsEmpty();
    }

    [Test]
    public async Task A_kernel_that_is_too_old_is_named()
    {
        CommandResult result = await KistCommand.Program(Requirements.Program("setarch"), "--uname-2.6", KistCommand.Executable("kist"), "run", await RootFilesystems.Busybox(), "true").Run();
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Errors).StartsWith("kist: this kernel is Linux 2.6.");
        await Assert.That(result.Errors).Contains("Kist needs 5.14 or newer");
    }

    [Test]
    public async Task The_hosts_user_namespace_is_refused_to_a_user()
    {
        using OrdinaryUser user = new();
        CommandResult result = await user.Kist("run", "--userns", "host", await RootFilesystems.Busybox(), "true").Run();
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Errors).Contains("--userns host needs root");
    }
}
