using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>A working directory reached over a descriptor that leaked is the host's.</summary>
public sealed class Cve_2024_21626_Tests
{
    const int First = 3, Last = 24;

    [Test]
    public async Task No_descriptor_is_a_way_to_a_working_directory_of_the_host()
    {
        using Bundle bundle = await Bundle.Create();
        using TemporaryDirectory outside = new();
        string secret = outside.File("secret", "of the host");
        for (int descriptor = First; descriptor <= Last; descriptor++)
        {
            bundle.Set("/process/cwd", $"\"/proc/self/fd/{descriptor}\"").Program("sh", "-c", $"test -e .{secret} && echo out; test -e ../../../..{secret} && echo out; true");
            CommandResult result = await bundle.Command().Under("/bin/sh", "-c", "exec 7</ \"$0\" \"$@\"").Run();
            // Some are kist-init's own, of directories in the container: there is nothing wrong with these.
            await Assert.That(result.Output).IsEqualTo("").Because(result.ToString());
        }
    }

    [Test]
    public async Task Nor_is_a_link_of_the_image_to_one()
    {
        using Bundle bundle = await Bundle.Create();
        File.CreateSymbolicLink(bundle.Root + "/way", "/proc/self/fd/7");
        CommandResult result = await bundle.Set("/process/cwd", "\"/way\"").Program("true").Command().Under("/bin/sh", "-c", "exec 7</ \"$0\" \"$@\"").Run();
        await Assert.That(result.Errors).Contains("it lies outside the container's root");
        await Assert.That(result.ExitCode).IsNotEqualTo(0);
    }

    [Test]
    public async Task Kist_run_refuses_it_too()
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", "-w", "/proc/self/fd/7/etc", await RootFilesystems.Busybox(), "true").Under("/bin/sh", "-c", "exec 7</ \"$0\" \"$@\"").Run();
        await Assert.That(result.Errors).Contains("it lies outside the container's root");
        await Assert.That(result.ExitCode).IsEqualTo(125);
    }
}
