using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>/dev/console is bound from a name in /dev/pts that somebody exchanged, or onto a link.</summary>
[NotInParallel]
public sealed class Cve_2025_52565_Tests
{
    [Test]
    [Arguments("/proc/sys/kernel/core_pattern"), Arguments("/proc/uptime")]
    public async Task A_console_that_is_a_link_into_proc_is_refused(string target)
    {
        using Bundle bundle = await Bundle.Create();
        File.CreateSymbolicLink(bundle.Root + "/dev/console", target);
        using Pty terminal = bundle.WithoutMount("/dev").Set("/process/terminal", "true").Program("echo", "started").Command().OnTerminal();
        await Assert.That(terminal.ExitCode()).IsNotEqualTo(0);
        await Assert.That(terminal.Rest()).Contains("it leads into /proc");
        await Assert.That(terminal.Rest()).DoesNotContain("started");
    }

    [Test]
    public async Task A_console_that_is_a_link_outside_reaches_nothing_of_the_host()
    {
        using Bundle bundle = await Bundle.Create();
        using TemporaryDirectory outside = new();
        string decoy = outside.File("console", "of the host");
        File.CreateSymbolicLink(bundle.Root + "/dev/console", decoy);
        // In the root filesystem the link leads nowhere, and so there is no place for a console.
        using Pty terminal = bundle.WithoutMount("/dev").Set("/process/terminal", "true").Program("echo", "started").Command().OnTerminal();
        await Assert.That(terminal.ExitCode()).IsNotEqualTo(0);
        await Assert.That(terminal.Rest()).DoesNotContain("started");
        await Assert.That(File.ReadAllText(decoy)).IsEqualTo("of the host");
        await Assert.That(Items.Of(Directory.GetFileSystemEntries(outside.Path))).IsEqualTo(decoy);
    }

    [Test]
    public async Task The_console_is_the_terminal_itself()
    {
        Requirements.Root();
        using Pty terminal = Pty.Kist("run", "-t", await RootFilesystems.Busybox(), "sh", "-c", "test $(stat -c %t:%T /dev/console) = $(stat -L -c %t:%T /proc/self/fd/2) && echo same; stat -f -c %T /dev/console");
        terminal.Expect("same");
        await Assert.That(terminal.ExitCode()).IsEqualTo(0);
    }
}
