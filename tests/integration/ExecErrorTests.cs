using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>A program that cannot run: a clear error, the right status, and nothing left behind.</summary>
[NotInParallel]
public sealed class ExecErrorTests
{
    static async Task Expect(string program, int status, string said, Action<TemporaryDirectory, string>? prepare = null)
    {
        Requirements.Root();
        string busybox = await RootFilesystems.Busybox();
        using TemporaryDirectory root = await RootFilesystems.Copy(busybox);
        prepare?.Invoke(root, root.Path);
        Leaks leaks = Leaks.Watch();
        CommandResult result = await new KistCommand("run", root.Path, program).Run();
        await Assert.That(result.Errors).Contains(said);
        await Assert.That(result.Errors.TrimEnd('\n').Split('\n').Length).IsEqualTo(1);
        await Assert.That(result.ExitCode).IsEqualTo(status);
        await Assert.That(leaks.Found()).IsEmpty();
    }

    [Test]
    public Task A_path_that_is_not_there() => Expect("/bin/bash", 127, "cannot run \"/bin/bash\": not in the root filesystem");

    [Test]
    public Task A_name_that_PATH_does_not_have() => Expect("frobnicate", 127, "cannot run \"frobnicate\": executable file not found in $PATH");

    [Test]
    public Task A_file_without_the_x_bit() =>
        Expect("/app", 126, "cannot run \"/app\": it is not executable: its mode is 0644", (root, _) => root.File("app", "#!/bin/sh\n"));

    [Test]
    public Task A_directory() => Expect("/etc", 126, "cannot run \"/etc\": it is a directory");

    [Test]
    public Task A_script_whose_interpreter_is_missing() =>
        Expect("/app", 127, "it is a script for /usr/bin/python3, which is not in the root filesystem", (root, _) => root.File("app", "#!/usr/bin/python3\n", executable: true));

    [Test]
    public Task A_script_with_Windows_line_ends() =>
        Expect("/app", 127, "it is a script with Windows line ends", (root, _) => root.File("app", "#!/bin/sh\r\necho\r\n", executable: true));

    [Test]
    public Task A_script_with_no_first_line() =>
        Expect("/app", 126, "it is a script whose first line does not say what reads it", (root, _) => root.File("app", "echo hello\n", executable: true));

    [Test]
    public Task A_program_whose_loader_is_missing() =>
        Expect("/app", 127, "which is not in the root filesystem: it was built for", (_, path) => File.Copy("/bin/ls", path + "/app"));

    [Test]
    public Task A_program_for_another_machine() => Expect("/app", 126, "this machine is ", (root, _) =>
    {
        byte[] program = File.ReadAllBytes("/bin/ls");
        // e_machine: SPARC V9, which nobody emulates by accident.
        (program[18], program[19]) = (43, 0);
        root.File("app", program, executable: true);
    });

    [Test]
    public Task A_link_that_leads_nowhere() =>
        Expect("/app", 127, "it is a symbolic link to /gone, which is not in the root filesystem", (_, path) => File.CreateSymbolicLink(path + "/app", "/gone"));

    [Test]
    public async Task Arguments_that_are_too_long()
    {
        Requirements.Root();
        // Longer than one argument may be (128 KB); kist itself reads it from a file.
        using TemporaryDirectory folder = new();
        string file = folder.File("environment", "LONG=" + new string('x', 200_000) + "\n");
        CommandResult result = await new KistCommand("run", "--env-file", file, await RootFilesystems.Busybox(), "true").Run();
        await Assert.That(result.Errors).Contains("its arguments and environment together are too long");
        await Assert.That(result.ExitCode).IsEqualTo(126);
    }

    [Test]
    public async Task A_program_on_a_mount_that_forbids_it()
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", "--tmpfs", "/mnt", await RootFilesystems.Busybox(), "sh", "-c", "cp /bin/busybox /mnt/true && /mnt/true; echo $?").Run();
        await Assert.That(result.Output).IsEqualTo("126\n");
    }

    [Test]
    public async Task A_user_that_may_not_execute_it()
    {
        Requirements.Root();
        using TemporaryDirectory root = await RootFilesystems.Copy(await RootFilesystems.Busybox());
        File.SetUnixFileMode(root.File("app", "#!/bin/sh\n"), (UnixFileMode)0x1C0);
        CommandResult result = await new KistCommand("run", "--user", "65534:65534", root.Path, "/app").Run();
        await Assert.That(result.Errors).Contains("it is not executable for user 65534:65534: its mode is 0700, its owner 0:0");
        await Assert.That(result.ExitCode).IsEqualTo(126);
    }
}
