using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Descriptors of the caller's: which the program gets.</summary>
[NotInParallel]
public sealed class DescriptorTests
{
    [Test]
    [Arguments("<&-")]
    [Arguments(">&-")]
    [Arguments("<&- >&- 2>&-")]
    public async Task Where_a_standard_descriptor_is_closed_the_program_has_dev_null(string closed)
    {
        Requirements.Root();
        string root = await RootFilesystems.Busybox();
        using TemporaryDirectory folder = new();
        CommandResult result = await KistCommand.Program("/bin/sh", "-c", $"exec {KistCommand.Executable("kist")} run -i --network none -v {folder.Path}:/tmp {root} /bin/sh -c 'for i in 0 1 2; do readlink /proc/$$/fd/$i; done > /tmp/result' {closed}").Run();
        await Assert.That(result.ExitCode).IsEqualTo(0);
        string[] links = await File.ReadAllLinesAsync(folder.Path + "/result");
        // 1 is the redirection to the result.
        await Assert.That(links.Where(link => link.Contains("socket") || link.Contains("memfd") || link.Contains("kist/"))).IsEmpty();
    }

    [Test]
    public async Task Preserved_descriptors_reach_the_program_and_absent_ones_are_an_error()
    {
        Requirements.Root();
        string root = await RootFilesystems.Busybox();
        using TemporaryDirectory folder = new();
        string runtime = KistCommand.Executable("kist-runtime");
        folder.File("config.json", $$$"""
            {"ociVersion":"1.0.2","root":{"path":"{{{root}}}"},"process":{"cwd":"/","args":["/bin/sh","-c","cat <&3"],"env":["PATH=/bin"]},
             "mounts":[{"destination":"/proc","type":"proc","source":"proc"}],"linux":{"namespaces":[{"type":"mount"},{"type":"pid"}]}}
            """);
        folder.File("input", "kept\n");
        CommandResult kept = await KistCommand.Program("/bin/sh", "-c", $"exec {runtime} run --preserve-fds 1 -b {folder.Path} kist-test-preserve 3<{folder.Path}/input").Run();
        await Assert.That(kept.Output).IsEqualTo("kept\n");
        CommandResult absent = await KistCommand.Program("/bin/sh", "-c", $"exec {runtime} run --preserve-fds 5 -b {folder.Path} kist-test-preserve 3<{folder.Path}/input").Run();
        await Assert.That(absent.ExitCode).IsNotEqualTo(0);
        await Assert.That(absent.Errors).Contains("descriptor 4 is not open");
    }
}
