using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>
/// CVE-2019-19921 and its returns, CVE-2023-27561, CVE-2023-28642, CVE-2025-54867: an image whose /proc or /sys is a link gets them
/// mounted elsewhere, and masks and read-only paths miss them.
/// </summary>
public sealed class Cve_2023_27561_Tests
{
    [Test]
    [Arguments("proc", "/x"), Arguments("proc", "x"), Arguments("proc", "../../x"), Arguments("sys", "/x"), Arguments("sys", "x")]
    public async Task A_link_in_the_place_of_proc_or_sys_is_refused(string name, string target)
    {
        using Bundle bundle = await Bundle.Create();
        Directory.Delete($"{bundle.Root}/{name}");
        Directory.CreateDirectory(bundle.Root + "/x");
        File.CreateSymbolicLink($"{bundle.Root}/{name}", target);
        CommandResult result = await bundle.Program("true").Run();
        await Assert.That(result.ExitCode).IsNotEqualTo(0);
        await Assert.That(result.Errors).Contains("a symbolic link stands there");
    }

    [Test]
    public async Task Kist_run_refuses_it_too()
    {
        Requirements.Root();
        using TemporaryDirectory root = await RootFilesystems.Copy(await RootFilesystems.Busybox());
        Directory.Delete(root.Path + "/proc");
        File.CreateSymbolicLink(root.Path + "/proc", "etc");
        CommandResult result = await new KistCommand("run", root.Path, "true").Run();
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Errors).Contains("a symbolic link stands there");
    }
}
