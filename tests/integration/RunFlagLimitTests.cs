using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Flags about limits: that they hold, and an error where they cannot.</summary>
public sealed class RunFlagLimitTests
{
    static bool Unified => File.Exists("/sys/fs/cgroup/cgroup.controllers");

    /// <summary>What a file of the container's own control group says: on v1 in the controller's hierarchy, with another name.</summary>
    static Task<string> Limit(string flags, string unified, string legacy) => Busybox.Output(flags, $"cat /sys/fs/cgroup/{(Unified ? unified : legacy)}");

    static void Controller(string name)
    {
        Requirements.Root();
        if (!(Unified ? File.ReadAllText("/sys/fs/cgroup/cgroup.controllers").Split([' ', '\n']).Contains(name) : Directory.Exists($"/sys/fs/cgroup/{name}")))
            Skip.Test($"needs the controller {name}");
    }

    [Test]
    public async Task A_process_that_takes_more_memory_is_killed()
    {
        Controller("memory");
        CommandResult result = await Busybox.Run("-m 20m", "exec dd if=/dev/zero of=/dev/null bs=100M count=1");
        await Assert.That(result.ExitCode).IsEqualTo(137);
        await Assert.That((await Busybox.Run("-m 200m", "exec dd if=/dev/zero of=/dev/null bs=100M count=1")).ExitCode).IsEqualTo(0);
    }

    [Test]
    public async Task Memory_has_the_limit_that_was_typed()
    {
        Controller("memory");
        await Assert.That(await Limit("--memory=64m", "memory.max", "memory/memory.limit_in_bytes")).IsEqualTo($"{64 << 20}");
    }

    [Test]
    public async Task Memory_and_swap_are_limited_together()
    {
        Controller("memory");
        if (!File.Exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes") && !Unified)
            Skip.Test("needs a kernel that counts swap");
        await Assert.That(await Limit("-m 64m --memory-swap 96m", "memory.swap.max", "memory/memory.memsw.limit_in_bytes")).IsEqualTo($"{(Unified ? 32 : 96) << 20}");
        await Assert.That(await Limit("-m 64m", "memory.swap.max", "memory/memory.memsw.limit_in_bytes")).IsEqualTo($"{(Unified ? 64 : 128) << 20}");
        await Assert.That(await Limit("-m 64m --memory-swap -1", "memory.swap.max", "memory/memory.memsw.limit_in_bytes")).IsEqualTo(Unified ? "max" : "9223372036854771712");
        await Busybox.Refuses("--memory-swap 64m", "it needs --memory, too");
        await Busybox.Refuses("-m 64m --memory-swap 32m", "it must be at least --memory");
    }

    [Test]
    public async Task A_container_with_half_a_megabyte_starts()
    {
        Controller("memory");
        await Assert.That((await Busybox.Run("-m 512k", "exit 7")).ExitCode).IsEqualTo(7);
    }

    [Test]
    public async Task An_impossible_memory_limit_is_an_error_that_names_the_flag()
    {
        Controller("memory");
        // Which of the two sides notices first differs: the kernel refuses the limit, or kills.
        await Busybox.Refuses("-m 1k", "--memory: ");
    }

    [Test]
    public async Task Processor_time_is_limited()
    {
        Controller("cpu");
        await Assert.That(await Limit("--cpus 0.5", "cpu.max", "cpu/cpu.cfs_quota_us")).IsEqualTo(Unified ? "50000 100000" : "50000");
        await Busybox.Refuses("--cpus 4000", "--cpus is more than this machine has");
    }

    [Test]
    public async Task Shares_weigh_processor_time()
    {
        Controller("cpu");
        await Assert.That(await Limit("--cpu-shares 512", "cpu.weight", "cpu/cpu.shares")).IsEqualTo(Unified ? "59" : "512");
    }

    [Test]
    public async Task Processors_are_chosen()
    {
        Controller("cpuset");
        await Assert.That(await Busybox.Output("--cpuset-cpus 0", "nproc; grep Cpus_allowed_list /proc/self/status | cut -f 2")).IsEqualTo("1\n0");
        await Busybox.Refuses("--cpuset-cpus 4000", "--cpuset-cpus 4000: this machine has the processors 0-");
    }

    [Test]
    public async Task Processes_are_limited()
    {
        Controller("pids");
        CommandResult result = await Busybox.Run("--pids-limit 5", "for i in 1 2 3 4 5 6; do sleep 1000 & done");
        await Assert.That(result.Errors).Contains("can't fork");
        await Assert.That((await Busybox.Run("--pids-limit -1", "for i in 1 2 3 4 5 6; do sleep 1000 & done")).ExitCode).IsEqualTo(0);
    }

    [Test]
    public async Task Limits_of_a_process_are_set()
    {
        await Assert.That(await Busybox.Output("--ulimit nofile=77:99 --ulimit core=0 --ulimit fsize=1024", "ulimit -n; ulimit -Hn; ulimit -c; ulimit -f")).IsEqualTo("77\n99\n0\n2");
        await Busybox.Refuses("--ulimit nosuch=1", "nosuch");
    }
}
