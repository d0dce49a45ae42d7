using System.Text;
using System.Text.Json;
using Kist.Engine.Explain;
using Kist.Linux;
using Kist.Runtime.Launch;
using Kist.Runtime.Steps;

namespace Kist.Tests.Unit.Engine;

/// <summary>A plan as people see it.</summary>
public sealed class PlanTextTests
{
    static readonly Step[] Steps =
    [
        new MakeCgroups(["/sys/fs/cgroup/kist/0123456789abcdef"], "/linux/cgroupsPath", "accounts and limits"),
        new MakeDirectory(Place.Root("a\eb"), 0x1ED, "", "a place"),
        new LetGo("", "limits are in force"),
    ];

    [Test]
    public async Task The_table_has_a_line_for_each_step_and_is_plain_in_a_pipe()
    {
        await Assert.That(PlanText.Table(Steps, ["it rains"], color: false, id: "0123456789abcdef")).IsEqualTo(
            "#  SIDE       STEP                                          FIELD               WHY\n"
            + "1  host       make cgroup /sys/fs/cgroup/kist/0123456789ab  /linux/cgroupsPath  accounts and limits\n"
            + "2  container  make directory /a b                                               a place\n"
            + "3  host       let the container go on                                           limits are in force\n"
            + "3 steps: 2 of the host side, 1 in the container; the two sides work at the same time\n"
            + "note: it rains\n");
    }

    [Test]
    public async Task A_terminal_gets_colours_and_nothing_of_the_plans_own()
    {
        string table = PlanText.Table(Steps, [], color: true);
        await Assert.That(table).StartsWith("\e[1m");
        await Assert.That(table).DoesNotContain("a\eb");
        await Assert.That(table.Count(letter => letter == '\e')).IsEqualTo(2 + 2 * Steps.Length);
    }

    [Test]
    public async Task Json_says_the_same()
    {
        using JsonDocument document = JsonDocument.Parse(PlanText.Json(Steps, ["it rains"]));
        JsonElement first = document.RootElement.GetProperty("steps")[0];
        await Assert.That(first.GetProperty("side").GetString()).IsEqualTo("host");
        await Assert.That(first.GetProperty("operation").GetString()).IsEqualTo("make cgroup /sys/fs/cgroup/kist/0123456789abcdef");
        await Assert.That(first.GetProperty("systemCall").GetString()).IsEqualTo("mkdir");
        await Assert.That(first.GetProperty("field").GetString()).IsEqualTo("/linux/cgroupsPath");
        await Assert.That(document.RootElement.GetProperty("steps").GetArrayLength()).IsEqualTo(3);
        await Assert.That(document.RootElement.GetProperty("warnings")[0].GetString()).IsEqualTo("it rains");
    }

    [Test]
    public async Task A_trace_has_microseconds_the_errno_and_a_total()
    {
        string trace = PlanText.Trace(
        [
            new StepTiming(Steps[0], 1_000_000, 1_012_300, Errno.None),
            new StepTiming(Steps[1], 1_010_000, 1_011_000, Errno.EEXIST),
            new StepTiming(Steps[2], 0, 0, Errno.None),
        ], color: false);
        string[] lines = trace.Split('\n');
        await Assert.That(lines[1]).Contains("0.0     12.3  ok      host");
        await Assert.That(lines[2]).Contains("10.0      1.0  EEXIST  container");
        await Assert.That(lines[3]).Contains("-       host");
        await Assert.That(lines[4]).StartsWith("total: 12.3 µs");
    }

    [Test]
    public async Task What_works_and_what_does_not_is_a_table_and_json()
    {
        InfoLine[] lines = [new("kernel", Availability.Yes, "Linux 6.18"), new("limit: cpu", Availability.No, "not delegated")];
        await Assert.That(InfoReport.Table(lines, color: false)).IsEqualTo("WHAT        WORKS  HOW, OR WHY NOT\nkernel      yes    Linux 6.18\nlimit: cpu  no     not delegated\n");
        using JsonDocument document = JsonDocument.Parse(InfoReport.Json(lines));
        await Assert.That(document.RootElement[1].GetProperty("works").GetString()).IsEqualTo("no");
    }
}
