using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>What a runtime writes to a file of /proc reaches another one that was put in its place.</summary>
public sealed class Cve_2025_52881_Tests
{
    const string Parameter = "net.ipv4.ip_forward", Path = "/proc/sys/net/ipv4/ip_forward";

    [Test]
    public async Task A_sysctl_reaches_the_containers_own_procfs()
    {
        using Bundle bundle = await Bundle.Create();
        string before = await File.ReadAllTextAsync(Path);
        CommandResult result = await bundle.Set("/linux/sysctl", $$"""{"{{Parameter}}": "1"}""").Program("cat", Path).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("1");
        await Assert.That(await File.ReadAllTextAsync(Path)).IsEqualTo(before);
    }

    [Test]
    public async Task A_directory_bound_over_it_is_refused()
    {
        using Bundle bundle = await Bundle.Create();
        using TemporaryDirectory decoy = new();
        string file = decoy.File("ip_forward", "untouched");
        // Over a link of the image, which no look at the words of the document can see.
        File.CreateSymbolicLink(bundle.Root + "/way", "/proc/sys/net");
        bundle.Mount($$"""{"destination": "/way/ipv4", "type": "bind", "source": "{{decoy.Path}}", "options": ["bind"]}""").Set("/linux/sysctl", $$"""{"{{Parameter}}": "1"}""");
        CommandResult result = await bundle.Program("true").Run();
        await Assert.That(result.ExitCode).IsNotEqualTo(0);
        await Assert.That(await File.ReadAllTextAsync(file)).IsEqualTo("untouched");
    }

    [Test]
    public async Task A_parameter_that_leads_away_is_refused()
    {
        using Bundle bundle = await Bundle.Create();
        foreach (string name in (string[])["net/../../sysrq-trigger", "net....sysrq-trigger", "net.ipv4/../../../sysrq-trigger"])
        {
            CommandResult result = await bundle.Set("/linux/sysctl", $$"""{"{{name}}": "h"}""").Program("true").Run();
            await Assert.That(result.ExitCode).IsNotEqualTo(0);
            await Assert.That(result.Errors).Contains("sysctl");
        }
    }
}
