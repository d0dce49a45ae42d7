using System.Net.Sockets;
using Kist.Engine.Host;
using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>What a program in @host can do to the machine whose files it sees: nothing that lasts, and nothing to its secrets.</summary>
[NotInParallel]
public sealed class SandboxTests
{
    static Task<CommandResult> Inside(string script, params string[] options) => new KistCommand(["run", .. options, "@host", "sh", "-c", script]).In("/usr").Run();

    /// <summary>A directory of the test's in one of the host's, gone afterwards.</summary>
    sealed class Scratch : IDisposable
    {
        public string Path { get; }

        public Scratch(string above) => Path = Directory.CreateDirectory($"{above}/kist-test-{Guid.NewGuid():n}").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }

    [Test]
    public async Task No_secret_of_the_machine_can_be_read()
    {
        Requirements.Root();
        List<string> there = [];
        foreach (HostSecret secret in HostSecrets.Masked)
            if (new FileInfo(secret.Path) is { LinkTarget: null } && (File.Exists(secret.Path) ? new FileInfo(secret.Path).Length > 0 : Directory.Exists(secret.Path) && Directory.EnumerateFileSystemEntries(secret.Path).Any()))
                there.Add(secret.Path);
        await Assert.That(there).Contains("/etc/shadow");
        CommandResult result = await Inside($"for path in {string.Join(' ', there)} /root /home; do test -d $path && ls -A $path || cat $path; done");
        await Assert.That(result.Output).IsEqualTo("");
    }

    [Test]
    public async Task A_secret_that_is_opened_can_be_read()
    {
        Requirements.Root();
        CommandResult result = await Inside("test -s /etc/shadow && echo readable", "--open", "/etc/shadow");
        await Assert.That(result.Succeeded().Text).IsEqualTo("readable");
    }

    [Test]
    public async Task Writes_are_gone_afterwards()
    {
        Requirements.Root();
        string name = $"/etc/kist-test-{Guid.NewGuid():n}";
        CommandResult result = await Inside($"echo changed >{name} && cat {name} && echo 127.0.0.1 changed >>/etc/hosts && tail -n 1 /etc/hosts");
        await Assert.That(result.Succeeded().Text).IsEqualTo("changed\n127.0.0.1 changed");
        await Assert.That(File.Exists(name)).IsFalse();
        await Assert.That(await File.ReadAllTextAsync("/etc/hosts")).DoesNotContain("changed");
        await Assert.That((await Inside($"cat {name}")).ExitCode).IsNotEqualTo(0);
    }

    [Test]
    public async Task Removing_everything_removes_nothing()
    {
        Requirements.Root();
        using Scratch scratch = new("/opt");
        await File.WriteAllTextAsync(scratch.Path + "/file", "of the host");
        await Assert.That((await Inside($"rm -rf {scratch.Path} && test ! -e {scratch.Path} && echo removed")).Succeeded().Text).IsEqualTo("removed");
        // Only if that harmed nothing:
        await Assert.That(File.Exists(scratch.Path + "/file")).IsTrue();
        int programs = Directory.GetFileSystemEntries("/usr/bin").Length;
        CommandResult result = await Inside("rm -rf /usr/share /usr/bin /opt; echo /usr/bin/* /opt");
        await Assert.That(result.Succeeded().Text).StartsWith("/usr/bin/*");
        await Assert.That(Directory.GetFileSystemEntries("/usr/bin").Length).IsEqualTo(programs);
        await Assert.That(await File.ReadAllTextAsync(scratch.Path + "/file")).IsEqualTo("of the host");
    }

    [Test]
    [Arguments("/run"), Arguments("/var/lib"), Arguments("/opt"), Arguments("/tmp"), Arguments("/root")]
    public async Task A_daemons_socket_cannot_be_reached(string directory)
    {
        Requirements.Root();
        using Scratch scratch = new(directory);
        using TemporaryDirectory folder = new();
        string path = scratch.Path + "/socket";
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
        File.SetUnixFileMode(path, (UnixFileMode)0x1FF);
        File.SetUnixFileMode(scratch.Path, (UnixFileMode)0x1ED);
        await StaticProgram.Compile("""
            #include <errno.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/socket.h>
            #include <sys/un.h>
            int main(int count, char **arguments)
            {
                struct sockaddr_un address = { AF_UNIX };
                strcpy(address.sun_path, arguments[1]);
                int s = socket(AF_UNIX, SOCK_STREAM, 0);
                puts(connect(s, (void *)&address, sizeof address) ? errno == ENOENT || errno == ECONNREFUSED ? "unreachable" : strerror(errno) : "connected");
                return 0;
            }
            """, folder.Path + "/connect");
        // It can be reached from here, so that the test would notice.
        await Assert.That((await KistCommand.Program(folder.Path + "/connect", path).Run()).Text).IsEqualTo("connected");
        CommandResult result = await new KistCommand("run", "@host", "./connect", path).In(folder.Path).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("unreachable");
    }

    [Test]
    public async Task Of_the_callers_environment_only_what_is_harmless_is_passed_on()
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", "-e", "ASKED=1", "@host", "env").In("/usr")
            .Environment("API_TOKEN", "secret").Environment("SSH_AUTH_SOCK", "/tmp/agent").Environment("LD_PRELOAD", null).Environment("LC_TIME", "C").Environment("TZ", "UTC").Run();
        string[] names = [.. result.Succeeded().Text.Split('\n').Select(line => line.Split('=')[0])];
        await Assert.That(names).Contains("ASKED");
        await Assert.That(names).Contains("LC_TIME");
        await Assert.That(names.Except(["ASKED", "PATH", "HOME", "USER", "LANG", "TERM", "TZ", "HOSTNAME", "PWD", "SHLVL", "OLDPWD", "_"]).Where(name => !name.StartsWith("LC_"))).IsEmpty();
    }

    [Test]
    [Arguments(true), Arguments(false)]
    public async Task A_disk_of_the_host_cannot_be_read_by_its_number(bool host)
    {
        Requirements.Root();
        string? disk = (await File.ReadAllLinesAsync("/proc/partitions")).Skip(2).FirstOrDefault(line => !line.EndsWith("loop0"));
        if (disk is null)
            Skip.Test("needs a disk");
        string[] numbers = disk!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string script = $"mknod /tmp/disk b {numbers[0]} {numbers[1]}; dd if=/tmp/disk of=/dev/null bs=512 count=1 2>/dev/null && echo read; mknod /dev/disk b {numbers[0]} {numbers[1]}; dd if=/dev/disk of=/dev/null bs=512 count=1 2>/dev/null && echo read; echo tried";
        CommandResult result = host ? await Inside(script) : await new KistCommand("run", "--tmpfs", "/tmp:dev", await RootFilesystems.Busybox(), "sh", "-c", script).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("tried");
    }

    [Test]
    public async Task The_root_of_process_1_and_breaking_out_of_a_chroot_stay_in_the_view()
    {
        Requirements.Root();
        using Scratch hidden = new("/root");
        using TemporaryDirectory folder = new();
        await File.WriteAllTextAsync(hidden.Path + "/secret", "of the host");
        await StaticProgram.Compile("""
            #include <fcntl.h>
            #include <stdio.h>
            #include <sys/stat.h>
            #include <unistd.h>
            int main(int count, char **arguments)
            {
                int root = open("/", O_RDONLY);
                mkdir("/tmp/jail", 0755);
                if (root < 0 || chroot("/tmp/jail") || fchdir(root)) return 2;
                for (int step = 0; step < 100; step++) if (chdir("..")) return 3;
                if (chroot(".")) return 4;
                puts(access(arguments[1], F_OK) ? "kept" : "escaped");
                return access("/usr/bin", F_OK) ? 5 : 0;
            }
            """, folder.Path + "/escape");
        CommandResult result = await new KistCommand("run", "@host", "sh", "-c",
            $"./escape {hidden.Path}/secret; for way in /proc/1/root /proc/1/cwd /proc/self/root; do cat $way{hidden.Path}/secret 2>/dev/null; done; mkdir x; chroot x true 2>/dev/null; cat ../../../../..{hidden.Path}/secret 2>/dev/null; test -d /proc/1/root/usr && echo in").In(folder.Path).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("kept\nin");
        await Assert.That(Directory.Exists(folder.Path + "/x")).IsFalse();
    }

    [Test]
    public async Task Switches_of_the_kernel_cannot_be_written()
    {
        Requirements.Root();
        // In a namespace of its own, or nowhere: none of these is.
        CommandResult result = await Inside("for file in /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/panic /proc/sys/vm/drop_caches /proc/sys/fs/file-max /proc/irq/default_smp_affinity /sys/power/state /sys/kernel/uevent_helper; do (echo x >$file) 2>/dev/null && echo wrote $file; done; echo tried");
        await Assert.That(result.Succeeded().Text).IsEqualTo("tried");
    }

    [Test]
    public async Task Processes_of_the_host_cannot_be_looked_into_or_signalled()
    {
        Requirements.Root();
        // --pid host shows them, and no more.
        CommandResult result = await Inside($"test -d /proc/{Environment.ProcessId} && echo seen; for file in environ mem maps root/etc/shadow fd/0; do head -c 1 /proc/{Environment.ProcessId}/$file >/dev/null 2>&1 && echo $file; done; kill -0 {Environment.ProcessId} 2>/dev/null && echo signalled; echo end", "--pid", "host");
        string said = result.Succeeded().Text.Replace("maps\n", "");
        // Where root inside is the machine's (before Linux 6.15), whom --pid host shows him he may signal, as with Docker.
        bool machinesRoot = (await Inside("cat /proc/self/uid_map")).Succeeded().Text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["0", "0", ..];
        await Assert.That(said).IsEqualTo(machinesRoot ? "seen\nsignalled\nend" : "seen\nend");
    }

    [Test]
    public async Task The_session_keyring_is_its_own()
    {
        Requirements.Root();
        using TemporaryDirectory folder = new();
        await StaticProgram.Compile("""
            #include <stdio.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            #include <linux/keyctl.h>
            int main(void)
            {
                // With keys that the caller put into its session.
                long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "kist-test", 0);
                puts(key > 0 ? "found" : "not found");
                return 0;
            }
            """, folder.Path + "/search");
        await StaticProgram.Compile("""
            #include <string.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            #include <linux/keyctl.h>
            int main(int count, char **arguments)
            {
                syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "kist-test-session");
                if (syscall(SYS_add_key, "user", "kist-test", "secret", 6, KEY_SPEC_SESSION_KEYRING) < 0) return 77;
                execv(arguments[1], arguments + 1);
                return 1;
            }
            """, folder.Path + "/with-key");
        CommandResult here = await KistCommand.Program(folder.Path + "/with-key", folder.Path + "/search").Run();
        if (here.ExitCode == 77)
            Skip.Test("this kernel keeps no keys");
        await Assert.That(here.Text).IsEqualTo("found");
        CommandResult result = await new KistCommand("run", "--security-opt", "seccomp=unconfined", "@host", "./search").Under(folder.Path + "/with-key").In(folder.Path).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("not found");
    }

    [Test]
    public async Task A_full_disk_is_named_and_is_the_containers_alone()
    {
        Requirements.Root();
        CommandResult result = await Inside("dd if=/dev/zero of=/var/lib/kist-test-big bs=1M count=64 2>&1 | grep -c 'No space left'", "--disk", "16m");
        await Assert.That(result.Text).IsEqualTo("1");
        await Assert.That(result.Errors).Contains("the container's disk was full: 16 MiB");
        await Assert.That(File.Exists("/var/lib/kist-test-big")).IsFalse();
    }

    [Test]
    public async Task The_current_directory_is_shown_copy_on_write_and_its_siblings_in_a_masked_home_are_not()
    {
        Requirements.Root();
        using Scratch home = new("/root");
        Directory.CreateDirectory(home.Path + "/mine/below");
        await File.WriteAllTextAsync(home.Path + "/mine/file", "mine");
        await File.WriteAllTextAsync(home.Path + "/sibling", "not shown");
        CommandResult result = await new KistCommand("run", "@host", "sh", "-c", "pwd; cat file; ls -A ..; echo changed >file; echo new >below/new; cat file").In(home.Path + "/mine").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo($"{home.Path}/mine\nminemine\nchanged");
        await Assert.That(await File.ReadAllTextAsync(home.Path + "/mine/file")).IsEqualTo("mine");
        await Assert.That(Directory.GetFileSystemEntries(home.Path + "/mine/below")).IsEmpty();
    }

    [Test]
    [Arguments("/root"), Arguments("/opt")]
    public async Task A_directory_that_is_shared_is_written_to(string above)
    {
        Requirements.Root();
        using Scratch folder = new(above);
        await File.WriteAllTextAsync(folder.Path + "/file", "before");
        CommandResult result = await new KistCommand("run", "-v", ".:.", "@host", "sh", "-c", "pwd; echo after >file; echo new >new").In(folder.Path).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo(folder.Path);
        await Assert.That(await File.ReadAllTextAsync(folder.Path + "/file")).IsEqualTo("after\n");
        await Assert.That(await File.ReadAllTextAsync(folder.Path + "/new")).IsEqualTo("new\n");
    }
}
