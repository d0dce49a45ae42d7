using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kist.Linux;
using Kist.Runtime;
using Kist.Runtime.Launch;
using Kist.Runtime.Steps;

namespace Kist.Engine.Explain;

/// <summary>A plan for people and for programs: before it runs, and with what each step took after it ran.</summary>
public static class PlanText
{
    /// <summary>A table of the steps; warnings below.</summary>
    /// <param name="steps">Of a plan.</param>
    /// <param name="warnings">Lines of their own.</param>
    /// <param name="color">For a terminal.</param>
    /// <param name="id">The container's, which is shortened as engines do.</param>
    public static string Table(IReadOnlyList<Step> steps, IReadOnlyList<string> warnings, bool color, string id = "")
    {
        TextTable table = new(" #", "SIDE", "STEP", "FIELD", "WHY");
        int host = 0;
        for (int i = 0; i < steps.Count; i++)
        {
            Step step = steps[i];
            host += step.Side == Side.Host ? 1 : 0;
            table.Add(Number(i + 1), Name(step.Side), Shown(Short(step.Operation, id)), Shown(step.Field), step.Why);
        }
        StringBuilder text = new(table.ToText(color));
        text.Append(CultureInfo.InvariantCulture, $"{steps.Count} steps: {host} of the host side, {steps.Count - host} in the container; the two sides work at the same time\n");
        foreach (string warning in warnings)
            text.Append("note: ").Append(warning).Append('\n');
        return text.ToString();
    }

    /// <summary>The steps as one JSON document.</summary>
    public static byte[] Json(IReadOnlyList<Step> steps, IReadOnlyList<string> warnings)
    {
        ArrayBufferWriter<byte> buffer = new(8192);
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("steps"u8);
            for (int i = 0; i < steps.Count; i++)
            {
                json.WriteStartObject();
                json.WriteNumber("number"u8, i + 1);
                json.WriteString("side"u8, Name(steps[i].Side));
                json.WriteString("operation"u8, steps[i].Operation);
                json.WriteString("systemCall"u8, steps[i].SystemCall);
                json.WriteString("field"u8, steps[i].Field);
                json.WriteString("why"u8, steps[i].Why);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("warnings"u8);
            foreach (string warning in warnings)
                json.WriteStringValue(warning);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>A table of what each step took, in microseconds since the first, and a total.</summary>
    /// <param name="timings">Of a container that was started with Trace.</param>
    /// <param name="color">For a terminal.</param>
    /// <param name="id">The container's.</param>
    public static string Trace(IReadOnlyList<StepTiming> timings, bool color, string id = "")
    {
        ulong first = ulong.MaxValue, last = 0, host = 0, container = 0;
        foreach (StepTiming timing in timings)
            if (timing.Begin != 0)
            {
                first = ulong.Min(first, timing.Begin);
                last = ulong.Max(last, ulong.Max(timing.Begin, timing.End));
            }
        TextTable table = new(" #", " AT µs", " TOOK µs", "RESULT", "SIDE", "STEP", "FIELD");
        for (int i = 0; i < timings.Count; i++)
        {
            StepTiming timing = timings[i];
            bool returned = timing.Begin != 0 && timing.End >= timing.Begin;
            ulong took = returned ? timing.End - timing.Begin : 0;
            if (timing.Step.Side == Side.Host)
                host += took;
            else
                container += took;
            table.Add(Number(i + 1), timing.Begin == 0 ? "" : Microseconds(timing.Begin - first), returned ? Microseconds(took) : "",
                timing.Errno != Errno.None ? $"{timing.Errno}" : returned ? "ok" : timing.Step is ExecuteProgram && timing.Begin != 0 ? "runs" : "-",
                Name(timing.Step.Side), Shown(Short(timing.Step.Operation, id)), Shown(timing.Step.Field));
        }
        string total = last > first ? Microseconds(last - first) : "0.0";
        return table.ToText(color) + $"total: {total} µs from the first step to the last; the host side's took {Microseconds(host)} µs, the container's {Microseconds(container)} µs (waiting for the other side included)\n";
    }

    static string Short(string text, string id) => id.Length > 12 ? text.Replace(id, id[..12], StringComparison.Ordinal) : text;

    static string Name(Side side) => side == Side.Host ? "host" : "container";

    static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    static string Microseconds(ulong nanoseconds) => (nanoseconds / 1000.0).ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>Short enough for a table, and without what a terminal would obey.</summary>
    static string Shown(string text)
    {
        const int Longest = 72;
        StringBuilder shown = new(int.Min(text.Length, Longest));
        foreach (char letter in text.Length > Longest ? text.AsSpan(0, Longest - 1) : text)
            shown.Append(char.IsControl(letter) ? ' ' : letter);
        return text.Length > Longest ? shown.Append('…').ToString() : shown.ToString();
    }
}
