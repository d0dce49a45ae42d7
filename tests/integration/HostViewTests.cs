using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>@host on machines whose mounts are as people have them: made in a mount namespace of the command's own.</summary>
public sealed class HostViewTests : IDisposable
{
    const string OwnMounts = """
        mount --bind /usr /usr
        mount --bind /var /var
        mount -t tmpfs tmpfs /home
        mkdir -p /home/me/project /home/other
        echo mine > /home/me/project/file
        echo secret > /home/other/secret
        echo secret > /home/me/.netrc
        """;

    readonly TemporaryDirectory folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>kist as root or as a user, after a script, in a directory.</summary>
    static async Task<CommandResult> Run(bool root, string script, string directory, params string[] arguments)
    {
        if (root)
            return (await PrivateMounts.Kist($"{script}\ncd {directory}", arguments).Run()).Succeeded();
        using OrdinaryUser user = new();
        CommandResult result = (await user.Where($"{script}\nchown {user.Uid} {directory}").In(directory).Kist(arguments).Run()).Succeeded();
        await Assert.That(user.Left()).IsEmpty();
        return result;
    }

    [Test]
    [Arguments(true), Arguments(false)]
    public async Task Home_usr_and_var_can_be_mounts_of_their_own(bool root)
    {
        CommandResult result = await Run(root, OwnMounts, "/home/me/project", "run", "@host", "sh", "-c",
            "pwd; cat file; ls -A .. /home; test -x /usr/bin/env && test -d /var/lib && touch /var/new new && echo written");
        await Assert.That(result.Output).IsEqualTo("/home/me/project\nmine\n..:\nproject\n\n/home:\nme\nwritten\n");
        await Assert.That(result.Errors).IsEqualTo("");
    }

    [Test]
    [Arguments(true), Arguments(false)]
    public async Task The_current_directory_is_shared_for_writing_when_asked_for(bool root)
    {
        CommandResult result = await (root ? PrivateMounts.Run(OwnMounts + "\ncd /home/me/project\n\"$@\"\nls", KistCommand.Executable("kist"), "run", "-v", ".:.", "@host", "touch", "new").Run()
            : Run(root, OwnMounts, "/home/me/project", "run", "-v", ".:.", "@host", "sh", "-c", "touch new && ls"));
        await Assert.That(result.Succeeded().Output).IsEqualTo("file\nnew\n");
    }

    [Test]
    [Arguments(true), Arguments(false)]
    public async Task A_hundred_mounts_are_all_shown_copy_on_write(bool root)
    {
        const string Mounts = """
            mount -t tmpfs tmpfs /mnt
            mkdir /mnt/here /mnt/0
            mount -t tmpfs tmpfs /mnt/0
            for i in 0 1 2 3 4 5 6 7 8 9; do mkdir /mnt/0/$i; mount -t tmpfs tmpfs /mnt/0/$i; echo $i > /mnt/0/$i/number; done
            for i in 1 2 3 4 5 6 7 8 9; do mkdir /mnt/$i; mount --rbind /mnt/0 /mnt/$i; done
            test $(grep -c ' /mnt/./. ' /proc/self/mountinfo) = 100
            """;
        CommandResult result = await Run(root, Mounts, "/mnt/here", "run", "@host", "sh", "-c",
            "cat /mnt/*/*/number | sort -n | uniq -c; for i in /mnt/*/*/; do : > $i/new; done; echo /mnt/*/*/new | wc -w");
        await Assert.That(result.Output).IsEqualTo(string.Concat(Enumerable.Range(0, 10).Select(i => $"     10 {i}\n")) + "100\n");
    }

    [Test]
    [Arguments(true), Arguments(false)]
    public async Task Mounts_in_mounts_are_shown_each_with_its_own_files(bool root)
    {
        const string Mounts = """
            mount -t tmpfs tmpfs /mnt
            mkdir /mnt/a; mount -t tmpfs tmpfs /mnt/a; echo 1 > /mnt/a/file
            mkdir /mnt/a/b; mount -t tmpfs tmpfs /mnt/a/b; echo 2 > /mnt/a/b/file
            mkdir /mnt/a/b/c; mount -t tmpfs tmpfs /mnt/a/b/c; echo 3 > /mnt/a/b/c/file; chmod -R 777 /mnt/a/b/c
            mkdir /mnt/hidden; echo no > /mnt/hidden/file; mount -t tmpfs tmpfs /mnt/hidden; echo 4 > /mnt/hidden/file
            """;
        CommandResult result = await Run(root, Mounts, "/mnt/a/b/c", "run", "@host", "sh", "-c", "cat /mnt/a/file /mnt/a/b/file file /mnt/hidden/file; echo new > new; cat new");
        await Assert.That(result.Output).IsEqualTo("1\n2\n3\n4\nnew\n");
    }

    [Test]
    [Arguments(true), Arguments(false)]
    public async Task An_overlay_can_be_the_machines_root(bool root)
    {
        string[] keep = root ? ["/tmp", Path.GetDirectoryName(KistCommand.Executable("kist"))!] : ["/tmp"];
        string here = Directory.CreateDirectory(folder.Path + "/here").FullName, root2 = Directory.CreateDirectory(folder.Path + "/overlay").FullName;
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0x1ED);
        CommandResult result = await Run(root, PrivateMounts.OverlayRoot(root2, keep), here, "run", "-v", ".:.", "@host", "sh", "-c",
            "stat -f -c %T /; test -x /usr/bin/env && touch /etc/new new && echo written");
        await Assert.That(result.Output).EndsWith("written\n");
        await Assert.That(File.Exists(here + "/new")).IsTrue();
        await Assert.That(File.Exists("/etc/new")).IsFalse();
    }

    [Test]
    [Arguments("--userns=private", "DIR"), Arguments("--userns=private", "DIR:O"), Arguments("--userns=host", "DIR"), Arguments("--userns=private", "@host"), Arguments("--userns=host", "@host")]
    public async Task Where_mounts_are_shared_none_of_the_containers_appears_on_the_machine(string userns, string source)
    {
        // As systemd has it.
        CommandResult result = await PrivateMounts.Run("""
            mount --make-rshared /
            wc -l < /proc/self/mountinfo
            "$@"
            wc -l < /proc/self/mountinfo
            """, KistCommand.Executable("kist"), "run", userns, "-v", $"{folder.Path}:/mnt", source.Replace("DIR", await RootFilesystems.Debian()), "true").Run();
        string[] counts = result.Succeeded().Text.Split('\n');
        await Assert.That(counts[1]).IsEqualTo(counts[0]);
    }

    [Test]
    public async Task What_is_removed_in_the_view_is_still_there_outside()
    {
        CommandResult result = await PrivateMounts.Run("""
            mount -t tmpfs tmpfs /opt
            mkdir -p /opt/deep/er
            echo kept > /opt/deep/er/file
            cd /opt
            "$@"
            cat /opt/deep/er/file
            """, KistCommand.Executable("kist"), "run", "@host", "sh", "-c", "rm -rf /opt/* /usr/share/* /etc/* 2>/dev/null; ls -A /opt /etc").Run();
        await Assert.That(result.Succeeded().Output).DoesNotContain("deep");
        await Assert.That(result.Output).EndsWith("kept\n");
        await Assert.That(File.Exists("/etc/passwd")).IsTrue();
    }

    [Test]
    public async Task Info_and_a_container_agree_on_who_its_root_is()
    {
        Requirements.Root();
        string info = (await new KistCommand("info").Run()).Succeeded().Output;
        string[] map = (await new KistCommand("run", "@host", "cat", "/proc/self/uid_map").Run()).Succeeded().Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (info.Contains("is nobody outside (id-mapped layers)"))
            await Assert.That(long.Parse(map[1])).IsGreaterThanOrEqualTo(524288);
        else
        {
            await Assert.That(info).Contains("is root outside, with fewer capabilities");
            await Assert.That(map[1]).IsEqualTo("0");
        }
    }

    [Test]
    public async Task The_hosts_user_namespace_can_be_asked_for_by_root()
    {
        Requirements.Root();
        string map = (await new KistCommand("run", "--userns", "host", "@host", "sh", "-c", "cat /proc/self/uid_map; touch /etc/new /usr/new && echo written").Run()).Succeeded().Output;
        await Assert.That(map).IsEqualTo("         0          0 4294967295\nwritten\n");
        await Assert.That(File.Exists("/usr/new")).IsFalse();
    }

    [Test]
    [Arguments(true), Arguments(false)]
    public async Task Root_sees_no_password_hashes_of_the_machine(bool root)
    {
        CommandResult result = await Run(root, "", folder.Path, "run", "@host", "sh", "-c", "cat /etc/shadow /etc/gshadow /etc/ssl/private/* 2>/dev/null; ls -A /root");
        await Assert.That(result.Output).IsEqualTo("");
    }

    [Test]
    [Arguments(true), Arguments(false)]
    public async Task A_full_disk_is_named(bool root)
    {
        CommandResult result = await Run(root, "", folder.Path, "run", "--disk", "4m", "@host", "sh", "-c", "head -c 8M /dev/zero > /var/tmp/big; wc -c < /var/tmp/big; echo ended");
        await Assert.That(result.Output).EndsWith("ended\n");
        await Assert.That(result.Errors).Contains("No space left on device");
        await Assert.That(result.Errors).Contains("the container's disk was full: 4 MiB for all that it writes; --disk SIZE gives it more");
    }
}
