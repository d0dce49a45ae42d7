using Kist.Engine.Host;

namespace Kist.Tests.Unit.Engine;

public sealed class HostEnvironmentTests
{
    [Test]
    [Arguments("PATH", true)]
    [Arguments("HOME", true)]
    [Arguments("USER", true)]
    [Arguments("LANG", true)]
    [Arguments("LC_ALL", true)]
    [Arguments("LC_TIME", true)]
    [Arguments("TERM", true)]
    [Arguments("TZ", true)]
    [Arguments("LANGUAGE", false)]
    [Arguments("PATHX", false)]
    [Arguments("AWS_SECRET_ACCESS_KEY", false)]
    [Arguments("SSH_AUTH_SOCK", false)]
    [Arguments("DBUS_SESSION_BUS_ADDRESS", false)]
    [Arguments("LD_PRELOAD", false)]
    [Arguments("home", false)]
    [Arguments("", false)]
    public async Task Only_what_a_program_needs_to_find_its_way_is_taken_over(string name, bool taken) =>
        await Assert.That(HostEnvironment.Select([new(name, "x")]).Count).IsEqualTo(taken ? 1 : 0);

    [Test]
    public async Task Values_stay_as_they_are() =>
        await Assert.That(HostEnvironment.Select([new("TOKEN", "secret"), new("LC_ALL", ""), new("PATH", "/bin:/usr/bin")]).Select(variable => variable.ToString()).Text())
            .IsEqualTo("[LC_ALL, ]\n[PATH, /bin:/usr/bin]");
}
