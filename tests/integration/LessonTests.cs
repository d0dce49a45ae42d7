using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>What the lesson that Kist grew from shows, on root filesystems that others made.</summary>
[NotInParallel]
public sealed class LessonTests
{
    [Test]
    [Arguments("busybox"), Arguments("debian"), Arguments("docker-export")]
    public async Task A_hostname_changed_inside_leaves_the_hosts_alone(string root)
    {
        Requirements.Root();
        string before = await File.ReadAllTextAsync("/proc/sys/kernel/hostname");
        CommandResult result = await new KistCommand("run", "--hostname", "first", "--cap-add", "SYS_ADMIN", await RootFilesystems.Named(root),
            "sh", "-c", "hostname; hostname second; hostname").Run();
        await Assert.That(result.Succeeded().Output).IsEqualTo("first\nsecond\n");
        await Assert.That(await File.ReadAllTextAsync("/proc/sys/kernel/hostname")).IsEqualTo(before);
    }

    [Test]
    [Arguments("busybox"), Arguments("debian"), Arguments("docker-export")]
    public async Task Ps_sees_only_the_containers_processes_and_starts_at_1(string root)
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", await RootFilesystems.Named(root), "ps", "-e", "-o", "pid,comm").Run();
        string[] lines = result.Succeeded().Text.Split('\n');
        await Assert.That(lines.Length).IsEqualTo(2);
        await Assert.That(string.Join(' ', lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries))).IsEqualTo("1 ps");
    }

    [Test]
    [Arguments("busybox"), Arguments("debian"), Arguments("docker-export")]
    public async Task Two_dots_and_the_root_of_process_1_do_not_lead_out(string root)
    {
        Requirements.Root();
        using TemporaryDirectory outside = new();
        string secret = outside.File("secret", "of the host");
        CommandResult result = await new KistCommand("run", await RootFilesystems.Named(root), "sh", "-c",
            $"cd /; cd ..; cd ../../../..; pwd; for way in . /proc/1/root /proc/1/cwd /proc/self/root; do test -e $way{secret} && echo out by $way; done; test -d /proc/1/root/bin && echo in").Run();
        await Assert.That(result.Output).IsEqualTo("/\nin\n");
    }

    [Test]
    [Arguments("busybox"), Arguments("debian"), Arguments("docker-export")]
    public async Task Breaking_out_of_a_chroot_stays_in_the_container(string root)
    {
        Requirements.Root();
        string gcc = Requirements.Program("gcc");
        using TemporaryDirectory outside = new(), copy = await RootFilesystems.Copy(await RootFilesystems.Named(root));
        string secret = outside.File("secret", "of the host");
        // The trick works, and so ends at the root of the mount namespace: with chroot(2) alone that would be the host's.
        string source = outside.File("escape.c", """
            #include <fcntl.h>
            #include <stdio.h>
            #include <sys/stat.h>
            #include <unistd.h>
            int main(int count, char **arguments)
            {
                int root = open("/", O_RDONLY);
                mkdir("/tmp/jail", 0755);
                if (root < 0 || chroot("/tmp/jail") || !access("/escape", F_OK) || fchdir(root)) return 2;
                for (int step = 0; step < 100; step++) if (chdir("..")) return 3;
                if (chroot(".")) return 4;
                puts(access(arguments[1], F_OK) ? "kept" : "escaped");
                return access("/escape", F_OK) ? 5 : 0;
            }
            """);
        (await KistCommand.Program(gcc, "-static", "-O1", "-o", copy.Path + "/escape", source).Run()).Succeeded();
        CommandResult result = await new KistCommand("run", copy.Path, "/escape", secret).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("kept");
    }

    [Test]
    [Arguments("busybox"), Arguments("debian"), Arguments("docker-export")]
    public async Task Proc_is_the_containers_own_and_leaves_no_mount_behind(string root)
    {
        Requirements.Root();
        string path = await RootFilesystems.Named(root);
        Leaks leaks = Leaks.Watch();
        CommandResult result = await new KistCommand("run", path, "sh", "-c", "cd /proc; echo [0-9]*; test -e /proc/$PPID || grep -c ' /proc proc ' /proc/mounts").Run();
        string[] lines = result.Succeeded().Text.Split('\n');
        await Assert.That(lines[0]).IsEqualTo("1");
        await Assert.That(leaks.Found()).IsEmpty();
    }

    [Test]
    [Arguments("busybox"), Arguments("docker-export")]
    public async Task A_missing_program_gives_an_error_that_names_what_is_there(string root)
    {
        Requirements.Root();
        string path = await RootFilesystems.Named(root);
        CommandResult result = await new KistCommand("run", path, "/bin/bash").Run();
        await Assert.That(result.ExitCode).IsEqualTo(127);
        await Assert.That(result.Errors).Contains($"cannot run \"/bin/bash\": not in the root filesystem ({path} has /bin/sh, /bin/ash, /bin/busybox)");
    }

    [Test]
    public async Task A_missing_program_on_debian_names_what_is_there()
    {
        Requirements.Root();
        string path = await RootFilesystems.Debian();
        CommandResult result = await new KistCommand("run", path, "/bin/zsh").Run();
        await Assert.That(result.ExitCode).IsEqualTo(127);
        await Assert.That(result.Errors).Contains($"cannot run \"/bin/zsh\": not in the root filesystem ({path} has /bin/sh, /bin/bash, /bin/dash)");
    }
}
