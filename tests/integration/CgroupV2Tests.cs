using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Pure cgroup v2: as root, and as a user in a scope that systemd has delegated.</summary>
[NotInParallel]
public sealed class CgroupV2Tests
{
    /// <summary>kist where its caller may limit: anywhere as root, else in a delegated scope.</summary>
    static KistCommand Kist(params string[] arguments)
    {
        Requirements.CgroupV2();
        return Requirements.IsRoot ? new KistCommand(arguments)
            : KistCommand.Program(Requirements.Program("systemd-run"), ["--user", "--scope", "--quiet", "-p", "Delegate=yes", KistCommand.Executable("kist"), .. arguments]);
    }

    [Test]
    public async Task Limits_stand_in_the_files_of_the_containers_cgroup()
    {
        Requirements.CgroupV2();
        Leaks leaks = Leaks.Watch();
        CommandResult result = await Kist("run", "-m", "64m", "--memory-swap", "96m", "--cpus", "0.5", "--cpu-shares", "2048", "--cpuset-cpus", "0", "--pids-limit", "50",
            await RootFilesystems.Busybox(), "sh", "-c", "cd /sys/fs/cgroup; grep . memory.max memory.swap.max cpu.max cpuset.cpus pids.max; test $(cat cpu.weight) -gt 100 && echo heavy").Run();
        await Assert.That(result.Succeeded().Output).IsEqualTo("memory.max:67108864\nmemory.swap.max:33554432\ncpu.max:50000 100000\ncpuset.cpus:0\npids.max:50\nheavy\n");
        await Assert.That(await leaks.FoundWithin(TimeSpan.FromSeconds(10))).IsEmpty();
    }

    [Test]
    public async Task Out_of_memory_is_status_137_and_leaves_nothing()
    {
        Requirements.CgroupV2();
        Leaks leaks = Leaks.Watch();
        CommandResult result = await Kist("run", "-m", "32m", await RootFilesystems.Busybox(), "dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1").Run();
        await Assert.That(result.ExitCode).IsEqualTo(137);
        await Assert.That(await leaks.FoundWithin(TimeSpan.FromSeconds(10))).IsEmpty();
    }

    [Test]
    public async Task No_more_processes_than_the_limit_can_be_made()
    {
        CommandResult result = await Kist("run", "--pids-limit", "5", await RootFilesystems.Busybox(), "sh", "-c", "for i in 1 2 3 4 5 6; do sleep 100 & done; echo all").Run();
        await Assert.That(result.Errors).Contains("can't fork");
        await Assert.That(result.Output).IsEqualTo("");
    }

    [Test]
    public async Task The_container_sees_its_own_cgroup_as_the_root_and_cannot_change_it()
    {
        CommandResult result = await Kist("run", "--pids-limit", "50", await RootFilesystems.Busybox(), "sh", "-c",
            "cat /proc/self/cgroup; cat /sys/fs/cgroup/cgroup.procs | head -n 1; (echo max > /sys/fs/cgroup/pids.max) 2>/dev/null || echo refused; ls -d /sys/fs/cgroup/*.slice 2>/dev/null; echo end").Run();
        await Assert.That(result.Succeeded().Output).IsEqualTo("0::/\n1\nrefused\nend\n");
    }

    [Test]
    public async Task What_the_program_leaves_running_is_killed_and_its_cgroup_removed()
    {
        Requirements.CgroupV2();
        Leaks leaks = Leaks.Watch();
        // Without a pid namespace of its own nothing ends with process 1.
        CommandResult result = await Kist("run", "--pid", "host", await RootFilesystems.Busybox(), "sh", "-c", "(sleep 1000 > /dev/null 2>&1 &) ; echo started").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("started");
        if (Requirements.IsRoot || await Delegated())
            await Assert.That(await leaks.FoundWithin(TimeSpan.FromSeconds(10))).IsEmpty();
    }

    static async Task<bool> Delegated() => (await Kist("info").Run()).Output.Contains("limit: pids");

    [Test]
    public async Task A_disk_that_the_container_makes_a_node_for_cannot_be_opened()
    {
        Requirements.Root();
        Requirements.CgroupV2();
        string? disk = Directory.EnumerateDirectories("/sys/block").Select(device => File.ReadAllText(device + "/dev").Trim()).FirstOrDefault(number => !number.StartsWith("7:") && !number.StartsWith("1:"));
        if (disk is null)
            Skip.Test("this machine has no disk");
        string script = $"mknod /disk b {disk!.Replace(':', ' ')} && mknod /own-null c 1 3 && (head -c 512 /disk | wc -c) 2>&1; echo 1 > /dev/null && echo null; head -c 3 /dev/zero | wc -c";
        string root = await RootFilesystems.Busybox() + ":O";
        CommandResult refused = await Kist("run", root, "sh", "-c", script).Run();
        await Assert.That(refused.Succeeded().Output).Contains("Operation not permitted").And.EndsWith("0\nnull\n3\n");
        // The same without the filter: it is this that refuses.
        await Assert.That((await Kist("run", "--privileged", root, "sh", "-c", script).Run()).Succeeded().Output).IsEqualTo("512\nnull\n3\n");
    }

    [Test]
    public async Task A_user_outside_of_a_delegated_cgroup_is_told_so()
    {
        Requirements.NotRoot();
        Requirements.CgroupV2();
        CommandResult info = await new KistCommand("info").Run();
        if (info.Succeeded().Output.Contains("limit: pids"))
            Skip.Test("the tests run in a delegated cgroup");
        await Assert.That(info.Output).Contains("run in a delegated scope, with systemd-run --user --scope -p Delegate=yes kist run");
        await Assert.That((await Kist("info").Run()).Succeeded().Output).Contains("limit: memory       yes");
    }
}
