using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>A container in the host's cgroup namespace that can write to /sys/fs/cgroup changes its limits, and others'.</summary>
public sealed class Cve_2023_25809_Tests
{
    const string Try = "for directory in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $directory/kist-test-escape 2>/dev/null && echo made in $directory; done; echo tried";

    [Test]
    public async Task It_is_read_only_in_the_hosts_cgroup_namespace()
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", "--cgroupns", "host", await RootFilesystems.Busybox(), "sh", "-c", Try).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("tried");
    }

    [Test]
    public async Task It_is_read_only_even_if_the_document_says_otherwise()
    {
        Requirements.CgroupV2();
        using Bundle bundle = await Bundle.Create();
        bundle.WithoutMount("/sys/fs/cgroup").Mount("""{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw"]}""")
            .Set("/linux/namespaces", """[{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}, {"type": "network"}]""");
        CommandResult result = await bundle.Program("sh", "-c", Try).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("tried");
    }

    [Test]
    public async Task It_is_read_only_without_root()
    {
        using Nobody user = await Nobody.Create();
        CommandResult result = await user.Kist("run", "--cgroupns", "host", await RootFilesystems.Busybox(), "sh", "-c", Try).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("tried");
    }
}
