using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Hosts that forbid memfds to be executed. The sysctl is a pid namespace's own, so the machine's stays as it is.</summary>
[NotInParallel]
public sealed class MemfdTests
{
    static KistCommand Forbidden(params string[] arguments)
    {
        Requirements.Root();
        if (!File.Exists("/proc/sys/vm/memfd_noexec")) Skip.Test("this kernel has no vm.memfd_noexec (Linux 6.3)");
        return new KistCommand(arguments).Under("/usr/bin/unshare", "-pf", "--mount-proc", "sh", "-c", "echo 2 >/proc/sys/vm/memfd_noexec && exec \"$@\"", "sh");
    }

    [Test]
    public async Task Where_memfds_may_not_be_executed_a_container_starts_all_the_same()
    {
        CommandResult result = await Forbidden("run", await RootFilesystems.Busybox(), "echo", "here").Run();
        await Assert.That(result.Output).IsEqualTo("here\n");
        await Assert.That(result.ExitCode).IsEqualTo(0);
    }

    [Test]
    public async Task What_stands_for_the_memfd_cannot_be_written_from_inside()
    {
        CommandResult result = await Forbidden("run", "--init", "--privileged", await RootFilesystems.Busybox(), "sh", "-c", "echo x >/proc/1/exe").Run();
        await Assert.That(result.Errors).Contains("Read-only file system");
        await Assert.That(result.ExitCode).IsNotEqualTo(0);
    }
}
