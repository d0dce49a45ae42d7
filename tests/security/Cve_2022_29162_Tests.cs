using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>CVE-2022-24769, CVE-2022-27650, CVE-2022-29162: capabilities that are inheritable though nobody asked for that.</summary>
public sealed class Cve_2022_29162_Tests
{
    static async Task Expect(params string[] options)
    {
        Requirements.Root();
        CommandResult result = await new KistCommand(["run", .. options, await RootFilesystems.Busybox(), "grep", "CapInh", "/proc/self/status"]).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("CapInh:\t0000000000000000");
    }

    [Test]
    public Task By_default_none_is() => Expect();

    [Test]
    public Task None_that_is_added_is() => Expect("--cap-add", "ALL");

    [Test]
    public Task None_of_another_user_is() => Expect("-u", "65534", "--cap-add", "NET_ADMIN");

    [Test]
    public Task None_of_a_privileged_container_is() => Expect("--privileged");

    [Test]
    public async Task None_is_under_the_default_document()
    {
        using Bundle bundle = await Bundle.Create();
        CommandResult result = await bundle.Program("grep", "CapInh", "/proc/self/status").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("CapInh:\t0000000000000000");
    }

    [Test]
    public async Task The_callers_own_are_not_passed_on()
    {
        using Bundle bundle = await Bundle.Create();
        bundle.Set("/process/capabilities", null).Program("grep", "-E", "Cap(Inh|Prm|Eff|Amb)", "/proc/self/status");
        CommandResult result = await bundle.Command().Under(Requirements.Program("setpriv"), "--inh-caps", "+net_admin,+chown", "--ambient-caps", "+net_admin").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapAmb:\t0000000000000000");
    }
}
