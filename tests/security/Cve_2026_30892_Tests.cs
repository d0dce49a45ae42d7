using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>-u with a number that is read as another one: root's.</summary>
public sealed class Cve_2026_30892_Tests
{
    [Test]
    [Arguments("1", "1:0"), Arguments("1:", "1:0"), Arguments("1:1", "1:1"), Arguments("4294967294:4294967294", "4294967294:4294967294"), Arguments("007", "7:0")]
    public async Task A_number_is_that_user(string user, string expected)
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", "-u", user, await RootFilesystems.Busybox(), "sh", "-c", "echo $(id -u):$(id -g)").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo(expected);
    }

    [Test]
    [Arguments("-1"), Arguments("+1"), Arguments(":1"), Arguments(":"), Arguments(""), Arguments(" 1"), Arguments("1 "), Arguments("1x"), Arguments("0x1"), Arguments("1.0"),
        Arguments("4294967295"), Arguments("4294967296"), Arguments("18446744073709551616"), Arguments("1:-1"), Arguments("1:4294967295"), Arguments("1:1:1")]
    public async Task Anything_else_is_an_error_and_never_root(string user)
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", $"--user={user}", await RootFilesystems.Busybox(), "id").Run();
        await Assert.That(result.Output).IsEqualTo("");
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Errors).Contains("--user");
    }
}
