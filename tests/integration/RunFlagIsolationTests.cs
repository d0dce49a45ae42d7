using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Flags about what a container shares with the machine, and what it has of its own.</summary>
public sealed class RunFlagIsolationTests
{
    static string Host(string kind) => new FileInfo($"/proc/self/ns/{kind}").LinkTarget!;

    [Test]
    public async Task Every_namespace_is_the_containers_own_but_user_and_time()
    {
        string[] lines = (await Busybox.Output("", "for kind in pid mnt ipc uts net cgroup user time; do readlink /proc/self/ns/$kind; done")).Split('\n');
        string[] kinds = ["pid", "mnt", "ipc", "uts", "net", "cgroup", "user", "time"];
        await Assert.That(string.Join(' ', kinds.Where((kind, index) => lines[index] == Host(kind)))).IsEqualTo("user time");
    }

    [Test]
    [Arguments("--network host", "net"), Arguments("--net=host", "net"), Arguments("--pid host", "pid"), Arguments("--ipc host", "ipc"), Arguments("--uts host", "uts"), Arguments("--cgroupns host", "cgroup")]
    public async Task A_namespace_of_the_host_is_joined(string flag, string kind)
    {
        await Assert.That(await Busybox.Output(flag, $"readlink /proc/self/ns/{kind}")).IsEqualTo(Host(kind));
    }

    [Test]
    public async Task Without_a_network_there_is_a_loopback_that_works()
    {
        await Assert.That(await Busybox.Output("--network none", "ls /sys/class/net; ip -o link | grep -c LOOPBACK,UP; ping -c 1 -W 2 127.0.0.1 > /dev/null && echo answers")).IsEqualTo("lo\n1\nanswers");
        await Assert.That(await Busybox.Output("", "ls /sys/class/net")).IsEqualTo("lo");
        await Busybox.Refuses("--network bridge", "bridge");
    }

    [Test]
    public async Task The_hosts_network_has_its_devices_and_resolver()
    {
        string devices = string.Join('\n', Directory.EnumerateFileSystemEntries("/sys/class/net").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        await Assert.That(await Busybox.Output("--network host", "ls /sys/class/net")).IsEqualTo(devices);
    }

    [Test]
    public async Task The_hosts_processes_are_seen()
    {
        await Assert.That(await Busybox.Output("--pid host", $"test -d /proc/{Environment.ProcessId} && echo seen")).IsEqualTo("seen");
        await Assert.That(await Busybox.Output("", "ls -d /proc/[0-9]* | wc -l")).IsNotEqualTo("0");
    }

    [Test]
    public async Task Messages_and_shared_memory_are_private_the_hosts_or_none()
    {
        Requirements.Root();
        string file = "/dev/shm/kist-test-" + Guid.NewGuid();
        await File.WriteAllTextAsync(file, "");
        try
        {
            string script = $"test -e {file} && echo shared || echo own; grep -c ' /dev/shm ' /proc/mounts";
            await Assert.That(await Busybox.Output("--ipc host", script)).IsEqualTo("shared\n1");
            await Assert.That(await Busybox.Output("--ipc private", script)).IsEqualTo("own\n1");
            await Assert.That((await Busybox.Run("--ipc none", script)).Text).IsEqualTo("own\n0");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public async Task The_name_is_given_or_begins_the_id_or_is_the_hosts()
    {
        await Assert.That(await Busybox.Output("--hostname strong-box", "hostname; echo $HOSTNAME")).IsEqualTo("strong-box\nstrong-box");
        await Assert.That(await Busybox.Output("-h short", "hostname")).IsEqualTo("short");
        string own = await Busybox.Output("", "hostname");
        await Assert.That(own.Length == 12 && own.All(char.IsAsciiHexDigitLower)).IsTrue();
        await Assert.That(await Busybox.Output("--uts host", "hostname")).IsEqualTo((await File.ReadAllTextAsync("/proc/sys/kernel/hostname")).Trim());
        await Busybox.Refuses("--uts host --hostname x", "--hostname and --uts host exclude each other");
    }

    [Test]
    public async Task A_user_namespace_makes_root_nobody_outside()
    {
        string[] map = (await Busybox.Output("--userns auto", "cat /proc/self/uid_map; id -u")).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        await Assert.That($"{map[0]} {map[2]} {map[3]}").IsEqualTo("0 65536 0");
        await Assert.That(int.Parse(map[1])).IsGreaterThan(65535);
        await Assert.That((await Busybox.Output("--userns host", "cat /proc/self/uid_map")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]).IsEqualTo("0");
    }

    [Test]
    public async Task Its_control_groups_begin_at_its_own_unless_the_hosts_are_shown()
    {
        await Assert.That(await Busybox.Output("", "cut -d : -f 3 /proc/self/cgroup | sort -u")).IsEqualTo("/");
        await Assert.That(await Busybox.Output("--cgroupns host", "grep -c /kist- /proc/self/cgroup")).IsNotEqualTo("0");
    }

    [Test]
    [Arguments("net.ipv4.ip_forward", "1"), Arguments("net.ipv4.ip_local_port_range", "2000\t3000"), Arguments("kernel.msgmax", "1234"), Arguments("kernel.domainname", "example.test")]
    public async Task A_kernel_parameter_is_the_containers_alone(string name, string value)
    {
        Requirements.Root();
        string file = "/proc/sys/" + name.Replace('.', '/'), before = await File.ReadAllTextAsync(file);
        CommandResult result = await new KistCommand("run", "--sysctl", $"{name}={value}", await RootFilesystems.Busybox(), "cat", file).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo(value);
        await Assert.That(await File.ReadAllTextAsync(file)).IsEqualTo(before);
    }

    [Test]
    [Arguments("--sysctl vm.swappiness=1", "vm.swappiness belongs to no namespace: it would change this machine")]
    [Arguments("--sysctl net.ipv4.ip_forward=1 --network host", "exclude each other")]
    [Arguments("--sysctl net.no.such=1", "this kernel has no such parameter")]
    public async Task A_kernel_parameter_that_is_not_the_containers_is_refused(string flags, string message)
    {
        await Busybox.Refuses(flags, message);
    }

    [Test]
    public async Task Without_pivot_root_the_way_out_is_closed_as_well()
    {
        await Assert.That(await Busybox.Output("--no-pivot", "cd ../../..; pwd; test -x /proc/1/root/bin/busybox && ! test -e /proc/1/root/proc/1/root/boot && echo in")).IsEqualTo("/\nin");
    }
}
