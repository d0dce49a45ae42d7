using System.Text;
using Kist.Engine.Configuration;
using Kist.Linux;

namespace Kist.Tests.Unit.Engine;

/// <summary>-u against passwd and group files, which may hold anything.</summary>
public sealed class UserDatabaseTests
{
    const string Passwd = "root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1001:Alice:/home/alice:/bin/sh\r\n# a comment\nbroken\nbad:x:99999999999:7::/:\n42:x:7:8::/seven:\n";
    const string Group = "root:x:0:\nstaff:x:50:bob,alice\naudio:x:29:alice\nalice:x:1001:\nhuge:x:4294967295:alice\n";

    [Test]
    [Arguments(null, 0u, 0u, "", "/root")]
    [Arguments("root", 0u, 0u, "", "/root")]
    [Arguments("alice", 1000u, 1001u, "50,29,1001", "/home/alice")]
    [Arguments("1000", 1000u, 1001u, "50,29,1001", "/home/alice")]
    [Arguments("alice:staff", 1000u, 50u, "50", "/home/alice")]
    [Arguments("alice:77", 1000u, 77u, "77", "/home/alice")]
    [Arguments("1", 1u, 0u, "", "/")]
    [Arguments("1:", 1u, 0u, "", "/")]
    [Arguments("1:1", 1u, 1u, "1", "/")]
    [Arguments("0:0", 0u, 0u, "", "/root")]
    [Arguments("42", 7u, 8u, "8", "/seven")]
    [Arguments("4294967294", 4294967294u, 0u, "", "/")]
    public async Task A_user_is_who_the_root_filesystem_says(string? text, uint uid, uint gid, string groups, string home)
    {
        ContainerUser user = Resolve(text);
        await Assert.That((user.Uid, user.Gid, string.Join(',', user.Groups), user.Home)).IsEqualTo((uid, gid, groups, home));
    }

    [Test]
    [Arguments(":1", "names no user")]
    [Arguments("", "names no user")]
    [Arguments("-1", "there is no user \"-1\"")]
    [Arguments("+1", "there is no user \"+1\"")]
    [Arguments(" 1", "there is no user \" 1\"")]
    [Arguments("1x", "there is no user \"1x\"")]
    [Arguments("0x0", "there is no user \"0x0\"")]
    [Arguments("1e3", "there is no user \"1e3\"")]
    [Arguments("4294967295", "too large")]
    [Arguments("4294967296", "too large")]
    [Arguments("18446744073709551616", "too large")]
    [Arguments("nobody", "there is no user \"nobody\"")]
    [Arguments("bad", "no usable numbers")]
    [Arguments("broken", "there is no user \"broken\"")]
    [Arguments("alice:nosuch", "there is no group \"nosuch\"")]
    [Arguments("alice:huge", "no usable number")]
    [Arguments("alice:-1", "there is no group \"-1\"")]
    [Arguments("1:4294967296", "too large")]
    public async Task What_is_no_user_never_becomes_root(string text, string part)
    {
        KistException? error = null;
        try
        {
            Resolve(text);
        }
        catch (KistException caught)
        {
            error = caught;
        }
        await Assert.That(error?.Message).Contains(part);
    }

    [Test]
    public async Task Numbers_work_in_a_root_filesystem_without_the_files()
    {
        ContainerUser user = UserDatabase.Resolve("5:6", [], []);
        await Assert.That((user.Uid, user.Gid, user.Home)).IsEqualTo((5u, 6u, "/"));
        await Assert.That(() => UserDatabase.Resolve("www", [], [])).Throws<KistException>().WithMessageContaining("which is missing or empty");
    }

    static ContainerUser Resolve(string? text) => UserDatabase.Resolve(text, Encoding.UTF8.GetBytes(Passwd), Encoding.UTF8.GetBytes(Group));
}
