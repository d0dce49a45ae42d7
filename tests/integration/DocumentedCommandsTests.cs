using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Each command line that README and the help print is typed here, in a folder that has what it names.</summary>
public sealed class DocumentedCommandsTests : IDisposable
{
    /// <summary>A command line, and what is seen in what it prints.</summary>
    static readonly Dictionary<string, string> Commands = new()
    {
        ["kist run @host ps aux"] = "ps aux",
        ["kist run -it ./debian bash"] = "bash-is-here",
        ["kist run -v .:. @host make"] = "made",
        ["kist run -m 256m --cpus 1.5 @host ./job"] = "the job is done",
        ["kist explain @host true"] = "execute true",
        ["kist explain @host true | less"] = "execute true",
        ["kist explain @host ps aux"] = "execute ps aux",
        ["kist explain -it ./debian bash"] = "execute bash",
        ["kist explain -v .:. @host make"] = "execute make",
        ["kist explain -m 256m --cpus 1.5 @host ./job"] = "memory",
        ["kist-runtime spec && kist-runtime run mine"] = "bash-is-here",
    };

    readonly TemporaryDirectory folder = new();

    public DocumentedCommandsTests()
    {
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0x1FF);
        folder.File("Makefile", "all:\n\t@echo made > made; cat made\n");
        folder.File("job", "#!/bin/sh\necho the job is done\n", executable: true);
    }

    public void Dispose() => folder.Dispose();

    public static IEnumerable<string> Lines() => Commands.Keys;

    [Test]
    [MethodDataSource(nameof(Lines))]
    public async Task A_documented_command_works(string line)
    {
        Requirements.Root();
        foreach (string program in (string[])["make", "less"])
            if (line.EndsWith(program))
                Requirements.Program(program);
        if (line.Contains("--cpus 1.5") && Environment.ProcessorCount < 2)
            Skip.Test("needs two processors");
        string path = $"PATH={Path.GetDirectoryName(KistCommand.Executable("kist"))}:$PATH; export PATH; cd {folder.Path}; ";
        if (line.Contains("./debian") || line.Contains("runtime"))
            File.CreateSymbolicLink(folder.Path + (line.Contains("runtime") ? "/rootfs" : "/debian"), await RootFilesystems.Debian());
        if (line.Contains("-it") && !line.Contains("explain") || line.Contains("runtime"))
        {
            using Pty pty = Pty.Program("/bin/sh", "-c", path + line);
            pty.Expect("# ");
            pty.Type("echo bash-is-'here'; exit\r");
            pty.Expect(Commands[line]);
            await Assert.That(pty.ExitCode()).IsEqualTo(0);
        }
        else
        {
            CommandResult result = (await KistCommand.Program("/bin/sh", "-c", path + line).Run()).Succeeded();
            await Assert.That(result.Output).Contains(Commands[line]);
        }
        await Assert.That(File.Exists(folder.Path + "/made")).IsEqualTo(line.Contains("run") && line.EndsWith("make"));
    }

    [Test]
    [Arguments("kist", "--help"), Arguments("kist", "run", "--help"), Arguments("kist", "explain", "--help"), Arguments("kist-runtime", "run", "--help")]
    public async Task The_examples_in_the_help_are_among_them(params string[] command)
    {
        string help = (await KistCommand.Program(KistCommand.Executable(command[0]), command[1..]).Run()).Succeeded().Output;
        string[] examples = [.. help.Split('\n').SkipWhile(line => line != "Examples:").Skip(1).TakeWhile(line => line.StartsWith("  ")).Select(line => line.Trim().Split("   ")[0])];
        await Assert.That(examples.Length).IsGreaterThan(0);
        await Assert.That(Items.Of(examples.Where(line => !Commands.ContainsKey(line)))).IsEqualTo("");
    }

    [Test]
    public async Task The_commands_in_the_readme_are_among_them()
    {
        DirectoryInfo? up = new(AppContext.BaseDirectory);
        while (up is not null && !File.Exists(up.FullName + "/README.md"))
            up = up.Parent;
        if (up is null)
            Skip.Test("needs the sources");
        // ./kist and ./test are tried on a bare machine.
        string[] lines = [.. (await File.ReadAllLinesAsync(up!.FullName + "/README.md")).Where(line => line.StartsWith("$ kist")).Select(line => line[2..].Split('#')[0].Trim())];
        await Assert.That(lines.Length).IsGreaterThan(2);
        await Assert.That(Items.Of(lines.Where(line => !Commands.ContainsKey(line)))).IsEqualTo("");
    }

    [Test]
    [Arguments("kist"), Arguments("kist", "--version"), Arguments("kist", "version"), Arguments("kist", "help"), Arguments("kist", "help", "run"), Arguments("kist", "run", "--help"), Arguments("kist", "info"), Arguments("kist-runtime", "--version"), Arguments("kist-runtime", "--help")]
    public async Task What_only_prints_needs_nobodys_rights(params string[] command)
    {
        CommandResult result = await KistCommand.Program(KistCommand.Executable(command[0]), command[1..]).Run();
        await Assert.That(result.ExitCode).IsEqualTo(command.Length == 1 ? 125 : 0);
        await Assert.That(result.Output).Contains(command[0]);
        await Assert.That(result.Errors).IsEqualTo("");
    }
}
