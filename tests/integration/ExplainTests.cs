using System.Text.Json;
using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>kist explain: what a run would do, and nothing of it done.</summary>
public sealed class ExplainTests
{
    static async Task<KistCommand> Explain(params string[] arguments)
    {
        Requirements.Root();
        return new KistCommand(["explain", .. arguments]);
    }

    [Test]
    public async Task A_plan_is_a_plain_table_in_a_pipe()
    {
        CommandResult result = (await (await Explain(await RootFilesystems.Busybox(), "echo", "hi")).Run()).Succeeded();
        string[] lines = result.Text.Split('\n');
        await Assert.That(string.Join(' ', lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries))).IsEqualTo("# SIDE STEP FIELD WHY");
        await Assert.That(lines.Any(line => line.Contains("/linux/namespaces"))).IsTrue();
        await Assert.That(lines[^2]).Contains(" execute echo hi ");
        await Assert.That(lines[^1]).Matches($"^{lines.Length - 2} steps: [0-9]+ of the host side, [0-9]+ in the container");
        await Assert.That(result.Output).DoesNotContain("\e");
        await Assert.That(result.Errors).IsEqualTo("");
    }

    [Test]
    public async Task On_a_terminal_it_has_colours()
    {
        Requirements.Root();
        using Pty pty = Pty.Kist("explain", await RootFilesystems.Busybox(), "true");
        pty.Expect("\e[1m");
        await Assert.That(pty.ExitCode()).IsEqualTo(0);
    }

    [Test]
    public async Task Json_has_for_each_step_its_side_what_it_does_the_field_and_the_reason()
    {
        CommandResult result = (await (await Explain("--format", "json", "-m", "64m", "--hostname", "box", "@host", "true")).In("/").Run()).Succeeded();
        using JsonDocument json = JsonDocument.Parse(result.Bytes);
        JsonElement[] steps = [.. json.RootElement.GetProperty("steps").EnumerateArray()];
        foreach (JsonElement step in steps)
        {
            await Assert.That(step.GetProperty("side").GetString() is "host" or "container").IsTrue();
            await Assert.That(step.GetProperty("operation").GetString()).IsNotEqualTo("");
            await Assert.That(step.GetProperty("field").GetString() is "" || step.GetProperty("field").GetString()!.StartsWith('/')).IsTrue();
            await Assert.That(step.GetProperty("why").GetString()).IsNotEqualTo("").Because(step.GetProperty("operation").GetString()!);
        }
        await Assert.That(steps.Any(step => step.GetProperty("field").GetString() == "/hostname" && step.GetProperty("operation").GetString()!.Contains("box"))).IsTrue();
        await Assert.That(steps.Any(step => step.GetProperty("field").GetString() == "/linux/resources/memory/limit" && step.GetProperty("side").GetString() == "host")).IsTrue();
    }

    [Test]
    [NotInParallel]
    public async Task It_runs_nothing_and_leaves_nothing()
    {
        Requirements.Root();
        using TemporaryDirectory root = await RootFilesystems.Copy(await RootFilesystems.Busybox());
        Leaks leaks = Leaks.Watch();
        (await (await Explain("--name", "explained", "-v", $"{root.Path}:/not/made", root.Path, "touch", "/ran")).Run()).Succeeded();
        await Assert.That(File.Exists(root.Path + "/ran") || Directory.Exists(root.Path + "/not")).IsFalse();
        await Assert.That(Items.Of(leaks.Found())).IsEqualTo("");
    }

    [Test]
    public async Task A_flag_changes_the_plan()
    {
        string root = await RootFilesystems.Busybox();
        async Task<string> Plan(params string[] flags) => (await (await Explain([.. flags, root, "true"])).Run()).Succeeded().Output;
        await Assert.That(await Plan()).Contains("load the system call filter");
        await Assert.That(await Plan("--security-opt", "seccomp=unconfined")).DoesNotContain("system call filter");
        await Assert.That(await Plan()).DoesNotContain("net.ipv4.ip_forward");
        await Assert.That(await Plan("--sysctl", "net.ipv4.ip_forward=1")).Contains("net.ipv4.ip_forward");
    }

    [Test]
    public async Task What_a_run_refuses_is_refused()
    {
        CommandResult result = await (await Explain("--cap-add", "NOSUCH", "@host", "true")).Run();
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Errors).Contains("there is no capability \"NOSUCH\"");
    }
}
