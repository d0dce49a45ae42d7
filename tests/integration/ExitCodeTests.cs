using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>kist ends as the program in its container did.</summary>
public sealed class ExitCodeTests
{
    const int SIGHUP = 1, SIGINT = 2, SIGUSR1 = 10, SIGTERM = 15;
    const string Waiting = "echo ready; while :; do sleep 0.05; done";

    static async Task<KistCommand> InBusybox(string[] flags, params string[] command)
    {
        Requirements.Root();
        return new KistCommand(["run", .. flags, await RootFilesystems.Busybox(), .. command]);
    }

    [Test]
    [Arguments(0), Arguments(1), Arguments(42), Arguments(125), Arguments(255)]
    public async Task The_programs_status_is_kists(int status)
    {
        CommandResult result = await (await InBusybox([], "sh", "-c", $"exit {status}")).Run();
        await Assert.That(result.ExitCode).IsEqualTo(status);
    }

    [Test]
    [Arguments("TERM", 143), Arguments("KILL", 137), Arguments("SEGV", 139)]
    public async Task A_signal_that_ends_the_program_makes_128_and_its_number(string signal, int status)
    {
        CommandResult result = await (await InBusybox(["--init"], "sh", "-c", $"kill -{signal} $$")).Run();
        await Assert.That(result.ExitCode).IsEqualTo(status);
    }

    [Test]
    [Arguments(SIGTERM, "TERM"), Arguments(SIGHUP, "HUP"), Arguments(SIGINT, "INT"), Arguments(SIGUSR1, "USR1")]
    public async Task A_signal_to_kist_reaches_the_program(int signal, string name)
    {
        using RunningCommand running = (await InBusybox([], "sh", "-c", $"trap 'echo got {name}; exit 7' {name}; {Waiting}")).Start();
        await running.Printed("ready");
        running.Signal(signal);
        CommandResult result = await running.End();
        await Assert.That(result.Output).Contains($"got {name}");
        await Assert.That(result.ExitCode).IsEqualTo(7);
    }

    [Test]
    [Arguments(SIGTERM, 143), Arguments(SIGINT, 130)]
    public async Task With_init_a_program_without_handlers_ends_by_the_signal(int signal, int status)
    {
        using RunningCommand running = (await InBusybox(["--init"], "sh", "-c", "echo ready; exec sleep 1000")).Start();
        await running.Printed("ready");
        running.Signal(signal);
        await Assert.That((await running.End()).ExitCode).IsEqualTo(status);
    }

    [Test]
    public async Task Ctrl_C_ends_a_program_that_as_process_1_would_be_immune_to_it()
    {
        using RunningCommand running = (await InBusybox([], "sh", "-c", "echo ready; exec sleep 1000")).Start();
        await running.Printed("ready");
        running.Signal(SIGINT);
        await Assert.That((await running.End()).ExitCode).IsEqualTo(130);
    }

    [Test]
    public async Task A_program_that_ignores_Ctrl_C_goes_on()
    {
        using RunningCommand running = (await InBusybox([], "sh", "-c", "trap '' INT; trap 'exit 7' USR1; " + Waiting)).Start();
        await running.Printed("ready");
        running.Signal(SIGINT);
        running.Signal(SIGUSR1);
        await Assert.That((await running.End()).ExitCode).IsEqualTo(7);
    }

    [Test]
    public async Task SIGTERM_without_a_handler_kills_when_the_stop_timeout_is_over()
    {
        using RunningCommand running = (await InBusybox(["--stop-timeout", "1"], "sh", "-c", "echo ready; exec sleep 1000")).Start();
        await running.Printed("ready");
        running.Signal(SIGTERM);
        await Assert.That((await running.End()).ExitCode).IsEqualTo(137);
    }

    [Test]
    public async Task SIGTERM_becomes_the_stop_signal_where_only_that_one_is_handled()
    {
        using RunningCommand running = (await InBusybox(["--stop-signal", "USR1"], "sh", "-c", "trap 'exit 7' USR1; " + Waiting)).Start();
        await running.Printed("ready");
        running.Signal(SIGTERM);
        await Assert.That((await running.End()).ExitCode).IsEqualTo(7);
    }

    [Test]
    public async Task A_container_whose_time_is_over_ends_with_124()
    {
        CommandResult immune = await (await InBusybox(["--timeout", "1"], "sleep", "1000")).Run();
        await Assert.That(immune.ExitCode).IsEqualTo(124);
        CommandResult handled = await (await InBusybox(["--timeout", "1"], "sh", "-c", "trap 'echo stopped; exit 0' TERM; " + Waiting)).Run();
        await Assert.That(handled.ExitCode).IsEqualTo(124);
        await Assert.That(handled.Output).Contains("stopped");
    }

    [Test]
    [Arguments("run"), Arguments("run", "--no-such-flag", "@host"), Arguments("run", "./no/such/directory", "true"), Arguments("no-such-verb")]
    public async Task What_kist_itself_refuses_is_125(params string[] arguments)
    {
        CommandResult result = await new KistCommand(arguments).Run();
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Errors).StartsWith("kist: ");
        await Assert.That(result.Errors).DoesNotContain("   at ");
    }
}
