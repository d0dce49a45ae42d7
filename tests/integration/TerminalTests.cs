using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>What a person at a terminal sees of a container with one.</summary>
public sealed class TerminalTests
{
    const int SIGTERM = 15, SIGHUP = 1;
    /// <summary>A prompt that the echo of no typed line contains.</summary>
    const string Prompt = "ready> ";

    static async Task<Pty> Shell(params string[] flags)
    {
        Requirements.Root();
        Pty pty = Pty.Kist(["run", "-it", "-e", $"PS1={Prompt}", .. flags, await RootFilesystems.Busybox(), "sh"]);
        pty.Expect(Prompt);
        return pty;
    }

    static string[] Children(int process) => Children($"{process}");

    static string[] Children(string process) => File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    static bool IsSleep(string process) => File.ReadAllText($"/proc/{process}/comm") == "sleep\n";

    // proc_pid_stat(5), after the name: state, parent, group, session, terminal, the terminal's foreground group.
    static bool IsForeground(string process) => File.ReadAllText($"/proc/{process}/stat").Split(") ")[1].Split(' ') is var fields && fields[2] == fields[5];

    [Test]
    public async Task A_shell_has_a_terminal_that_it_controls()
    {
        using Pty pty = await Shell();
        pty.Type("tty; ps -o pid,tty,comm; test -t 0 && test -t 1 && test -t 2 && echo all three: $?\r");
        pty.Expect("/dev/");
        pty.Expect("all three: 0");
        pty.Type("exit 3\r");
        await Assert.That(pty.ExitCode()).IsEqualTo(3);
        // A shell that is told of no job control has no controlling terminal.
        await Assert.That(pty.Screen).DoesNotContain("job control turned off");
    }

    [Test]
    public async Task The_window_size_is_the_hosts_and_follows_it()
    {
        Requirements.Root();
        using Pty pty = Pty.Kist("run", "-it", await RootFilesystems.Busybox(), "sh", "-c",
            "stty size; trap 'stty size; exit 4' WINCH; echo go; while :; do sleep 0.05; done");
        pty.Expect("24 80");
        pty.Expect("go");
        pty.Resize(50, 132);
        pty.Expect("50 132");
        await Assert.That(pty.ExitCode()).IsEqualTo(4);
    }

    [Test]
    public async Task Ctrl_C_interrupts_what_the_shell_runs_and_not_the_shell()
    {
        using Pty pty = await Shell();
        pty.Type("echo go; sleep 1000\r");
        pty.Expect("go\r\n");
        // Before it is the terminal's foreground, the key is the shell's own, which goes on.
        SpinWait.SpinUntil(() => Children(pty.Pid).SelectMany(Children).Any(child => IsSleep(child) && IsForeground(child)), TimeSpan.FromSeconds(30));
        pty.Type("\x03");
        pty.Expect(Prompt);
        pty.Type("echo status $?; exit 5\r");
        pty.Expect("status 130");
        await Assert.That(pty.ExitCode()).IsEqualTo(5);
    }

    [Test]
    public async Task Ctrl_C_ends_a_program_that_as_process_1_would_be_immune_to_it()
    {
        Requirements.Root();
        using Pty pty = Pty.Kist("run", "-it", await RootFilesystems.Busybox(), "sh", "-c", "echo go; exec sleep 1000");
        pty.Expect("go\r\n");
        // While it still is the shell, that handles the signal itself, and forgets it when it executes the program.
        SpinWait.SpinUntil(() => Children(pty.Pid).Any(IsSleep), TimeSpan.FromSeconds(30));
        pty.Type("\x03");
        await Assert.That(pty.ExitCode()).IsEqualTo(130);
    }

    [Test]
    public async Task In_raw_mode_Ctrl_C_is_a_byte_like_any_other()
    {
        Requirements.Root();
        using Pty pty = Pty.Kist("run", "-it", await RootFilesystems.Busybox(), "sh", "-c", "stty raw -echo; echo go; head -c 2 | od -An -tx1");
        pty.Expect("go");
        pty.Type("\x03\x04");
        pty.Expect("03 04");
        await Assert.That(pty.ExitCode()).IsEqualTo(0);
    }

    [Test]
    public async Task The_last_bytes_are_shown()
    {
        Requirements.Root();
        using Pty pty = Pty.Kist("run", "-t", await RootFilesystems.Busybox(), "sh", "-c", "seq 1 30000; printf end");
        await Assert.That(pty.ExitCode()).IsEqualTo(0);
        string shown = pty.Rest().Replace("\r", "");
        await Assert.That(shown).EndsWith("29999\n30000\nend");
        await Assert.That(shown.Split('\n').Length).IsEqualTo(30001);
    }

    [Test]
    public async Task A_long_paste_arrives_whole()
    {
        Requirements.Root();
        using Pty pty = Pty.Kist("run", "-it", await RootFilesystems.Busybox(), "sh", "-c", "stty raw -echo; echo go; head -c 200000 | sha256sum");
        pty.Expect("go");
        string paste = string.Concat(Enumerable.Range(0, 20000).Select(number => $"{number:D9}\n"));
        pty.Type(paste);
        pty.Expect(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(paste))));
        await Assert.That(pty.ExitCode()).IsEqualTo(0);
    }

    [Test]
    public async Task The_terminal_is_given_back_as_it_was()
    {
        Requirements.Root();
        using Pty pty = Pty.Kist("run", "-it", await RootFilesystems.Busybox(), "sh", "-c", "echo go; read line; stty raw; exit 9");
        string before = pty.Original;
        pty.Expect("go");
        await Assert.That(pty.Attributes).IsNotEqualTo(before);
        pty.Type("\r");
        await Assert.That(pty.ExitCode()).IsEqualTo(9);
        await Assert.That(pty.Attributes).IsEqualTo(before);
    }

    [Test]
    [Arguments(SIGTERM), Arguments(SIGHUP)]
    public async Task A_signal_ends_kist_with_the_terminal_as_it_was(int signal)
    {
        Requirements.Root();
        using Pty pty = Pty.Kist("run", "-it", "--stop-timeout", "1", await RootFilesystems.Busybox(), "sh", "-c", "echo go; exec sleep 1000");
        string before = pty.Original;
        pty.Expect("go");
        pty.Signal(signal);
        await Assert.That(pty.ExitCode()).IsEqualTo(137);
        await Assert.That(pty.Attributes).IsEqualTo(before);
    }

    [Test]
    public async Task A_program_that_cannot_run_leaves_the_terminal_as_it_was()
    {
        Requirements.Root();
        using Pty pty = Pty.Kist("run", "-it", await RootFilesystems.Busybox(), "/bin/bash");
        string before = pty.Original;
        await Assert.That(pty.ExitCode()).IsEqualTo(127);
        await Assert.That(pty.Attributes).IsEqualTo(before);
        await Assert.That(pty.Rest()).Contains("cannot run \"/bin/bash\": not in the root filesystem");
    }

    [Test]
    public async Task A_terminal_with_a_pipe_to_type_in_is_refused()
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", "-it", await RootFilesystems.Busybox(), "sh").Input("exit\n").Run();
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Errors).Contains("the input device is not a TTY");
    }

    [Test]
    public async Task A_terminal_without_input_works_in_a_pipe()
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", "-t", await RootFilesystems.Busybox(), "sh", "-c", "test -t 1 && seq 1 5000").Run();
        await Assert.That(result.Succeeded().Text.TrimEnd('\r')).EndsWith("5000");
        await Assert.That(result.Output.Split("\r\n").Length).IsEqualTo(5001);
    }

    [Test]
    public async Task A_reader_that_has_enough_hangs_the_terminal_up()
    {
        Requirements.Root();
        CommandResult result = await KistCommand.Program("/bin/sh", "-c", "\"$0\" run -t --stop-timeout 0 \"$1\" yes | head -n 1",
            KistCommand.Executable("kist"), await RootFilesystems.Busybox()).Run();
        await Assert.That(result.Output).IsEqualTo("y\r\n");
    }
}
