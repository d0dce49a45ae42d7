using System.Text.Json;
using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Flags about the container itself, and about what is told of it.</summary>
public sealed class RunFlagContainerTests
{
    static readonly string Name = $"test-{Environment.ProcessId}";

    [Test]
    public async Task A_name_is_unique_while_its_container_runs_and_free_afterwards()
    {
        using RunningCommand running = (await Busybox.Command($"--name {Name}", "echo ready; trap 'exit 0' TERM; while :; do usleep 20000; done")).Start();
        await running.Printed("ready");
        await Busybox.Refuses($"--name {Name}", $"the name \"{Name}\" is in use by the container ");
        await Assert.That(await Busybox.Output($"--name {Name}-other", "echo another")).IsEqualTo("another");
        running.Signal(15);
        (await running.End()).Succeeded();
        await Assert.That(await Busybox.Output($"--rm --name {Name}", "echo free")).IsEqualTo("free");
    }

    [Test]
    public async Task An_annotation_is_taken_and_one_without_a_value_refused()
    {
        await Assert.That(await Busybox.Output("--annotation org.example.a=b --annotation c=", "echo ran")).IsEqualTo("ran");
        await Busybox.Refuses("--annotation nothing", "--annotation");
    }

    [Test]
    public async Task A_trace_shows_each_step_with_its_time_and_a_total()
    {
        CommandResult result = (await Busybox.Run("--trace", "echo out")).Succeeded();
        await Assert.That(result.Output).IsEqualTo("out\n");
        string[] lines = result.Errors.TrimEnd('\n').Split('\n');
        await Assert.That(string.Join(' ', lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries))).IsEqualTo("# AT µs TOOK µs RESULT SIDE STEP FIELD");
        string[][] steps = [.. lines[1..^1].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        for (int i = 0; i < steps.Length; i++)
            await Assert.That(int.Parse(steps[i][0])).IsEqualTo(i + 1);
        await Assert.That(steps.Count(step => step[3] == "ok")).IsGreaterThan(steps.Length - 2);
        await Assert.That(steps[^1]).Contains("runs");
        await Assert.That(steps.Any(step => step.Contains("host")) && steps.Any(step => step.Contains("container"))).IsTrue();
        await Assert.That(lines[^1]).Matches("^total: [0-9]+\\.[0-9] µs from the first step to the last");
        await Assert.That(result.Errors).DoesNotContain("\e");
    }

    [Test]
    public async Task A_run_that_is_not_traced_says_nothing_of_its_own()
    {
        CommandResult result = (await Busybox.Run("", "echo out; echo err >&2")).Succeeded();
        await Assert.That(result.Output).IsEqualTo("out\n");
        await Assert.That(result.Errors).IsEqualTo("err\n");
    }

    [Test]
    public async Task Info_is_a_table_or_json()
    {
        CommandResult table = (await new KistCommand("info").Run()).Succeeded();
        await Assert.That(table.Output).StartsWith("WHAT ");
        await Assert.That(table.Output).Contains("\nkernel ");
        await Assert.That(table.Output).DoesNotContain("\e");
        using JsonDocument json = JsonDocument.Parse((await new KistCommand("info", "--format", "json").Run()).Succeeded().Bytes);
        await Assert.That(json.RootElement.EnumerateArray().All(line => line.GetProperty("works").GetString() is "yes" or "no" or "partly" && line.GetProperty("text").GetString() != "")).IsTrue();
        await Assert.That(json.RootElement.EnumerateArray().Any(line => line.GetProperty("what").GetString() == "@host")).IsTrue();
    }

    [Test]
    public async Task What_the_machine_view_hides_can_be_printed()
    {
        CommandResult table = (await new KistCommand("info", "--secrets").Run()).Succeeded();
        string shadow = table.Output.Split('\n').Single(line => line.StartsWith("/etc/shadow "));
        await Assert.That(shadow).Contains("password hashes");
        await Assert.That(shadow.Contains(" yes ")).IsEqualTo(File.Exists("/etc/shadow"));
        using JsonDocument json = JsonDocument.Parse((await new KistCommand("info", "--secrets", "--format=json").Run()).Succeeded().Bytes);
        JsonElement[] items = [.. json.RootElement.EnumerateArray()];
        await Assert.That(items.Length).IsEqualTo(table.Text.Split('\n').Length - 1);
        await Assert.That(items.All(item => item.GetProperty("path").GetString()!.StartsWith('/') && item.GetProperty("reason").GetString() != "" && item.GetProperty("exists").ValueKind is JsonValueKind.True or JsonValueKind.False)).IsTrue();
    }

    [Test]
    public async Task A_check_of_the_system_finds_nothing_of_a_container_that_has_ended()
    {
        _ = await Busybox.Output("", "true");
        CommandResult result = await new KistCommand("system", "check", "--repair").Run();
        await Assert.That(result.ExitCode).IsEqualTo(0);
        result = await new KistCommand("system", "check").Run();
        await Assert.That(result.Output).StartsWith("nothing is left over in ");
    }
}
