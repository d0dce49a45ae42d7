namespace Kist.Tests.Support;

/// <summary>
/// A container on busybox as it is typed: <c>await Busybox.Run("-e A=1", "echo $A")</c>. The root filesystem is shown copy-on-write, so
/// that tests do not see what others wrote or mounted.
/// </summary>
static class Busybox
{
    /// <summary>Runs a script with flags, which are separated by spaces.</summary>
    public static async Task<CommandResult> Run(string flags, string script) => await (await Command(flags, script)).Run();

    /// <summary>The output of a script that succeeds, without the line end after it.</summary>
    public static async Task<string> Output(string flags, string script) => (await Run(flags, script)).Succeeded().Text;

    /// <summary>The same, to be started, fed or run elsewhere.</summary>
    public static async Task<KistCommand> Command(string flags, string script)
    {
        Requirements.Root();
        return new KistCommand(["run", .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries), await RootFilesystems.Busybox() + ":O", "sh", "-c", script]);
    }

    /// <summary>Asserts that kist itself refuses, with 125 and a message, and that nothing ran.</summary>
    public static async Task Refuses(string flags, string message)
    {
        CommandResult result = await Run(flags, "echo it ran");
        await Assert.That(result.Errors).Contains(message);
        await Assert.That(result.Errors).StartsWith("kist: ");
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Output).IsEqualTo("");
    }
}
