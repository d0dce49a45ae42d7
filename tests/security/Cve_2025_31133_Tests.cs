using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>/dev/null of an image is a link, and masked paths show what it leads to instead of nothing.</summary>
public sealed class Cve_2025_31133_Tests
{
    [Test]
    [Arguments("/attack"), Arguments("../attack"), Arguments("/proc/sys/kernel/core_pattern")]
    public async Task What_is_masked_stays_masked(string target)
    {
        using Bundle bundle = await Bundle.Create();
        File.WriteAllText(bundle.Root + "/attack", "of the attacker");
        File.WriteAllText(bundle.Root + "/secret", "of the host");
        File.CreateSymbolicLink(bundle.Root + "/dev/null", target);
        // Without a mount on /dev the image's own is used.
        bundle.WithoutMount("/dev").Set("/linux/maskedPaths", """["/secret", "/proc/timer_list"]""")
            .Program("sh", "-c", "cat /secret /proc/timer_list; stat -c %t:%T /secret /proc/timer_list");
        CommandResult result = await bundle.Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("1:3\n1:3");
    }

    [Test]
    public async Task Switches_of_the_kernel_stay_read_only()
    {
        using Bundle bundle = await Bundle.Create();
        File.CreateSymbolicLink(bundle.Root + "/dev/null", "/proc/sys/kernel/core_pattern");
        bundle.WithoutMount("/dev").Program("sh", "-c", "(echo x >/proc/sys/kernel/panic) 2>&1; (echo x >/proc/sys/kernel/core_pattern) 2>&1; true");
        CommandResult result = await bundle.Run();
        await Assert.That(result.Succeeded().Output.Split("Read-only file system").Length - 1).IsEqualTo(2);
    }
}
