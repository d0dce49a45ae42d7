using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>CVE-2019-16884, CVE-2019-19921: a mount in /proc takes the place of what a runtime writes to.</summary>
public sealed class Cve_2019_16884_Tests
{
    [Test]
    [Arguments("/proc/self/attr"), Arguments("/proc//self/attr/"), Arguments("/proc/1"), Arguments("/proc/sys/net"), Arguments("/proc/sysrq-trigger")]
    public async Task A_mount_in_proc_is_refused(string destination)
    {
        using Bundle bundle = await Bundle.Create();
        CommandResult result = await bundle.Mount($$"""{"destination": "{{destination}}", "type": "tmpfs", "source": "tmpfs"}""").Program("true").Run();
        await Assert.That(result.Errors).Contains("CVE-2019-16884");
        await Assert.That(result.ExitCode).IsNotEqualTo(0);
    }

    [Test]
    public async Task Nor_by_a_link_of_the_image()
    {
        using Bundle bundle = await Bundle.Create();
        File.CreateSymbolicLink(bundle.Root + "/way", "/proc/self");
        CommandResult result = await bundle.Mount("""{"destination": "/way/attr", "type": "tmpfs", "source": "tmpfs"}""").Program("true").Run();
        await Assert.That(result.Errors).Contains("it leads into /proc");
        await Assert.That(result.ExitCode).IsNotEqualTo(0);
    }

    [Test]
    public async Task Nor_over_two_dots()
    {
        using Bundle bundle = await Bundle.Create();
        using TemporaryDirectory source = new();
        CommandResult result = await bundle.Mount($$"""{"destination": "/etc/../proc/self/attr", "type": "bind", "source": "{{source.Path}}", "options": ["bind"]}""").Program("true").Run();
        await Assert.That(result.ExitCode).IsNotEqualTo(0);
        await Assert.That(result.Errors).Contains("/proc");
    }

    [Test]
    public async Task A_directory_cannot_stand_for_proc()
    {
        Requirements.Root();
        using TemporaryDirectory fake = new();
        CommandResult result = await new KistCommand("run", "-v", fake.Path + ":/proc", await RootFilesystems.Busybox(), "true").Run();
        await Assert.That(result.Errors).Contains("/proc is for procfs");
        await Assert.That(result.ExitCode).IsEqualTo(125);
    }

    [Test]
    public async Task What_lxcfs_replaces_can_be_replaced()
    {
        Requirements.Root();
        using TemporaryDirectory folder = new();
        CommandResult result = await new KistCommand("run", "-v", folder.File("uptime", "1.00 1.00\n") + ":/proc/uptime", await RootFilesystems.Busybox(), "cat", "/proc/uptime").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("1.00 1.00");
    }
}
