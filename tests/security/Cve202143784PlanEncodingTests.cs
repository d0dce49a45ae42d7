using System.Text;
using Kist.Linux;
using Kist.Plan;
using Kist.Runtime;
using Kist.Runtime.Launch;
using Kist.Runtime.Steps;
using Kist.Spec;
using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>
/// CVE-2021-43784: a length that did not fit its field let a document write its own bootstrap data. Whatever is in a document, what
/// kist-init reads is what it says, or there is an error before anything runs.
/// </summary>
public sealed class Cve202143784PlanEncodingTests
{
    [Test]
    [Arguments("")]
    [Arguments("a")]
    [Arguments("grüße, 世界 🦀")]
    [Arguments("line\nline\ttab\u0001")]
    public async Task A_value_is_read_as_it_was_written(string value) => await Check(["prog", value, value], [value, "LAST=" + value], value);

    [Test]
    [Arguments(65535)]
    [Arguments(65536)]
    [Arguments(65537)]
    [Arguments(131072)]
    public async Task A_value_around_64_KiB_is_read_as_it_was_written(int length)
    {
        string value = new('x', length);
        await Check(["prog", value, "after"], ["LONG=" + value, "AFTER=1"], value);
    }

    [Test]
    public async Task Ten_thousand_arguments_are_read_as_they_were_written()
    {
        string[] arguments = [.. Enumerable.Range(0, 10_000).Select(i => i % 7 == 0 ? "" : new string((char)('a' + i % 26), i % 50))];
        await Check(["prog", .. arguments], arguments, "");
    }

    [Test]
    public async Task A_PATH_of_ten_thousand_directories_fits() =>
        await Check(["prog"], ["PATH=" + string.Join(':', Enumerable.Range(0, 10_000).Select(i => $"/directory/number/{i}"))], "");

    [Test]
    [Arguments("/process/args")]
    [Arguments("/process/env")]
    [Arguments("/process/cwd")]
    [Arguments("/hostname")]
    [Arguments("/mounts")]
    public async Task A_zero_byte_is_an_error(string place)
    {
        const string Value = "/before\0after";
        RuntimeSpec spec = Plans.Default;
        spec = place switch
        {
            "/process/args" => Plans.With(spec, process => process with { Args = ["prog", Value] }),
            "/process/env" => Plans.With(spec, process => process with { Env = ["A=" + Value] }),
            "/process/cwd" => Plans.With(spec, process => process with { Cwd = Value }),
            "/hostname" => spec with { Hostname = Value },
            _ => spec with { Mounts = [.. spec.Mounts, new() { Destination = Value, Type = "tmpfs" }] },
        };
        await Assert.That(() => Encode(spec).Dispose()).Throws<KistException>().WithMessageContaining("zero byte");
    }

    [Test]
    public async Task More_than_Linux_takes_is_an_error()
    {
        string megabyte = new('x', 1 << 20);
        RuntimeSpec spec = Plans.With(Plans.Default, process => process with { Args = ["prog", .. Enumerable.Repeat(megabyte, 30)] });
        await Assert.That(() => Encode(spec).Dispose()).Throws<KistException>().WithMessageContaining("E2BIG");
    }

    [Test]
    [Arguments(0)]
    [Arguments(4097 * 8)]
    public async Task A_filter_that_Linux_does_not_take_is_an_error(int size)
    {
        LaunchPlan plan = LaunchPlan.Create(Plans.Request(Plans.Default) with { Seccomp = new SeccompChoice.Default() }, Plans.Facts());
        using PlanEncoder encoder = new(plan);
        await Assert.That(() => encoder.PutFilter(new byte[size])).Throws<KistException>().WithMessageContaining("1 to 4096");
        encoder.PutFilter(new byte[4096 * 8]);
    }

    static PlanEncoder Encode(RuntimeSpec spec) => new(Plans.Create(spec));

    static async Task Check(string[] arguments, string[] environment, string directory)
    {
        RuntimeSpec spec = Plans.With(Plans.Default, process => process with { Args = arguments, Env = environment, Cwd = "/" + directory });
        LaunchPlan plan = Plans.Create(spec);
        (string[] readArguments, string[] readEnvironment, string[] candidates, string readDirectory) = Decode(plan);
        await Assert.That(readArguments.SequenceEqual(arguments)).IsTrue();
        await Assert.That(readEnvironment.SequenceEqual(environment)).IsTrue();
        await Assert.That(candidates.SequenceEqual(((ExecuteProgram)plan.Steps[^1]).Candidates)).IsTrue();
        await Assert.That(readDirectory).IsEqualTo("/" + directory);
    }

    static unsafe (string[] Arguments, string[] Environment, string[] Candidates, string Directory) Decode(LaunchPlan plan)
    {
        using PlanEncoder encoder = new(plan);
        byte* memory = (byte*)encoder.Header;
        var steps = new ReadOnlySpan<PlanStep>(memory + encoder.Header->Steps, (int)encoder.Header->StepCount);
        PlanStep execute = steps[^1];
        string directory = "";
        foreach (PlanStep step in steps) if (step.Kind == StepKind.WorkingDirectory) directory = Text(memory, step.Path);
        return (Strings(memory, execute.Text), Strings(memory, execute.Data), Strings(memory, execute.Path), directory);
    }

    static unsafe string[] Strings(byte* memory, uint array)
    {
        List<string> strings = [];
        for (ulong* entry = (ulong*)(memory + array); *entry != 0; entry++) strings.Add(Text(memory, (uint)*entry));
        return [.. strings];
    }

    static unsafe string Text(byte* memory, uint offset) => Encoding.UTF8.GetString(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(memory + offset));
}
