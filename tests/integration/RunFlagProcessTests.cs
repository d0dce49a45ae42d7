using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Flags about the process: its environment, directory, user, program, and end.</summary>
public sealed class RunFlagProcessTests
{
    const int SIGUSR1 = 10;

    /// <summary>busybox with a user that is in groups.</summary>
    static async Task<TemporaryDirectory> WithUsers()
    {
        Requirements.Root();
        TemporaryDirectory root = await RootFilesystems.Copy(await RootFilesystems.Busybox());
        root.File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1001:Ann:/home/ann:/bin/sh\n");
        root.File("etc/group", "root:x:0:\nann:x:1001:\nwheel:x:10:ann\ndisk:x:6:bob,ann\nother:x:7:bob\n");
        return root;
    }

    [Test]
    public async Task Variables_are_set_and_the_last_one_of_a_name_wins()
    {
        await Assert.That(await Busybox.Output("-e A=1 --env=B=x=y -e A=2 -e EMPTY=", "echo $A $B ${EMPTY-unset}.")).IsEqualTo("2 x=y .");
    }

    [Test]
    public async Task A_name_alone_passes_the_callers_variable_and_nothing_else_is_passed()
    {
        KistCommand command = (await Busybox.Command("-e PASSED -e ABSENT", "env")).Environment("PASSED", "a b").Environment("SECRET", "s").Environment("ABSENT", null);
        string[] lines = (await command.Run()).Succeeded().Text.Split('\n');
        await Assert.That(lines).Contains("PASSED=a b");
        await Assert.That(lines.Any(line => line.StartsWith("SECRET") || line.StartsWith("ABSENT"))).IsFalse();
    }

    [Test]
    public async Task Variables_come_from_a_file_and_a_typed_one_wins_wherever_it_stands()
    {
        using TemporaryDirectory folder = new();
        string file = folder.File("env", "# comment\nX=from file\n\nPASSED\nQUOTED=\"as it is\"\nY=file\n");
        CommandResult result = await (await Busybox.Command($"-e X=typed --env-file {file}", "echo \"$X|$PASSED|$QUOTED|$Y\"")).Environment("PASSED", "callers").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("typed|callers|\"as it is\"|file");
    }

    [Test]
    public async Task An_env_file_that_is_not_there_is_named()
    {
        await Busybox.Refuses("--env-file /no/such/file", "cannot read /no/such/file: ENOENT");
    }

    [Test]
    public async Task The_working_directory_is_where_the_program_starts()
    {
        await Assert.That(await Busybox.Output("-w /usr/bin", "pwd")).IsEqualTo("/usr/bin");
        await Busybox.Refuses("-w /no/such/directory", "/no/such/directory is not in the container: make it, or choose another working directory (-w)");
    }

    [Test]
    [Arguments("ann", "uid=1000(ann) gid=1001(ann) groups=6(disk),10(wheel),1001(ann)")]
    [Arguments("ann:other", "uid=1000(ann) gid=7(other) groups=7(other)")]
    [Arguments("1000:10", "uid=1000(ann) gid=10(wheel) groups=10(wheel)")]
    [Arguments("4242:4343", "uid=4242 gid=4343 groups=4343")]
    public async Task A_user_is_a_name_or_a_number_and_brings_its_groups(string user, string id)
    {
        using TemporaryDirectory root = await WithUsers();
        CommandResult result = await new KistCommand("run", "-u", user, root.Path, "id").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo(id);
    }

    [Test]
    public async Task A_user_has_a_home_and_no_capability()
    {
        using TemporaryDirectory root = await WithUsers();
        CommandResult result = await new KistCommand("run", "--user=ann", root.Path, "sh", "-c", "echo $HOME; grep CapEff /proc/self/status").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("/home/ann\nCapEff:\t0000000000000000");
    }

    [Test]
    public async Task A_user_that_the_root_filesystem_does_not_know_is_refused()
    {
        await Busybox.Refuses("-u carol", "there is no user \"carol\" in the root filesystem's /etc/passwd");
        await Busybox.Refuses("-u root:carols", "carols");
    }

    [Test]
    public async Task An_entrypoint_gets_the_command_as_its_arguments()
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", "--entrypoint", "/bin/echo", await RootFilesystems.Busybox(), "a", "b c").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("a b c");
    }

    [Test]
    public async Task An_init_is_process_1_and_reaps_orphans()
    {
        // The orphan is there until its parent has ended, and the script waits until it is nobody's.
        string script = "(sh -c 'echo $$ > /tmp/orphan; exit' &); while ! test -s /tmp/orphan; do :; done; orphan=$(cat /tmp/orphan); "
            + "for try in $(seq 1000); do test -d /proc/$orphan || break; usleep 5000; done; test -d /proc/$orphan && echo a zombie; echo $$";
        await Assert.That(await Busybox.Output("--init", script)).IsEqualTo("2");
        await Assert.That(await Busybox.Output("", "echo $$")).IsEqualTo("1");
    }

    [Test]
    public async Task An_init_forwards_signals()
    {
        using RunningCommand running = (await Busybox.Command("--init", "trap 'echo got it; exit 7' USR1; echo ready; while :; do usleep 20000; done")).Start();
        await running.Printed("ready");
        running.Signal(SIGUSR1);
        CommandResult result = await running.End();
        await Assert.That(result.Output).Contains("got it");
        await Assert.That(result.ExitCode).IsEqualTo(7);
    }

    [Test]
    [Arguments("QUIT"), Arguments("SIGQUIT"), Arguments("3")]
    public async Task The_stop_signal_is_what_asks_to_end(string signal)
    {
        CommandResult result = await Busybox.Run($"--stop-signal {signal} --timeout 1", "trap 'echo asked; exit 0' QUIT; while :; do usleep 20000; done");
        await Assert.That(result.Output).IsEqualTo("asked\n");
        await Assert.That(result.ExitCode).IsEqualTo(124);
    }

    [Test]
    public async Task What_does_not_end_in_the_stop_timeout_is_killed()
    {
        CommandResult result = await Busybox.Run("--timeout 1 --stop-timeout 1", "trap 'echo asked' TERM; echo ready; while :; do usleep 20000; done");
        await Assert.That(result.Output).IsEqualTo("ready\nasked\n");
        await Assert.That(result.ExitCode).IsEqualTo(124);
    }

    [Test]
    public async Task A_timeout_ends_it_with_124_and_what_is_faster_is_not_touched()
    {
        await Assert.That((await Busybox.Run("--timeout 1 --stop-timeout 0", "trap '' TERM; while :; do usleep 20000; done")).ExitCode).IsEqualTo(124);
        await Assert.That((await Busybox.Run("--timeout 50", "exit 3")).ExitCode).IsEqualTo(3);
    }
}
