using System.Globalization;
using Kist.Linux;
using Kist.Spec;

namespace Kist.Engine.Configuration;

/// <summary>Numbers as Docker's command line writes them.</summary>
static class Quantity
{
    /// <summary>Bytes: "512k", "64m", "1.5g", "1GiB"; a unit counts in powers of 1024.</summary>
    public static long Bytes(string option, string text)
    {
        ReadOnlySpan<char> rest = text;
        int digits = 0;
        while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.'))
            digits++;
        if (!decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
            throw Wrong();
        rest = rest[digits..];
        if (rest is [' ', _, ..])
            rest = rest[1..];
        int power = rest.IsEmpty ? 0 : "bkmgtp".IndexOf(char.ToLowerInvariant(rest[0]), StringComparison.Ordinal);
        ReadOnlySpan<char> suffix = rest.IsEmpty ? rest : rest[1..];
        if (power < 0 || !(suffix.IsEmpty || power > 0 && (suffix.Equals("b", StringComparison.OrdinalIgnoreCase) || suffix.Equals("ib", StringComparison.OrdinalIgnoreCase) || suffix.Equals("i", StringComparison.OrdinalIgnoreCase))))
            throw Wrong();
        if (number > (decimal)(long.MaxValue >> 10 * power))
            throw new KistException($"{option} {text} is more than any machine has");
        return (long)(number * (1L << 10 * power));

        KistException Wrong() => new($"{option}: \"{text}\" is no size; write a number and a unit, like 512k, 64m or 1g");
    }

    /// <summary>A whole number in decimal digits within limits.</summary>
    public static long Whole(string option, string text, long least, long most) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most && text[0] != '+'
            ? number
            : throw new KistException($"{option}: \"{text}\" is no whole number {(most == long.MaxValue ? $"of at least {least}" : $"from {least} to {most}")}");

    /// <summary>--cpus: a quota of processor time in a period of 100 ms; null is no limit.</summary>
    public static long? CpuQuota(string text)
    {
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal cpus) || cpus > 100_000)
            throw new KistException($"--cpus: \"{text}\" is no number of processors; write it like 0.5 or 2");
        if (cpus == 0)
            return null;
        long quota = (long)(cpus * 100_000);
        // sched(7): the kernel refuses less than a millisecond.
        return quota >= 1000 ? quota : throw new KistException($"--cpus {text} is too little; the least is 0.01");
    }

    /// <summary>--ulimit NAME=SOFT[:HARD]; -1 is no limit.</summary>
    public static Rlimit Ulimit(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        int number = equals < 0 ? -1 : RlimitTable.Number(text.AsSpan(0, equals));
        if (equals > 0 && number < 0)
        {
            string[] names = new string[RlimitTable.Count];
            for (int i = 0; i < names.Length; i++)
                names[i] = RlimitTable.Name(i)[7..].ToLowerInvariant();
            throw new KistException($"--ulimit: there is no limit \"{text[..equals]}\"; there are {string.Join(", ", names)}");
        }
        if (number < 0)
            throw new KistException($"--ulimit: \"{text}\" is not NAME=SOFT[:HARD], like nofile=1024:2048");
        string values = text[(equals + 1)..];
        int colon = values.IndexOf(':', StringComparison.Ordinal);
        ulong soft = Value(colon < 0 ? values : values[..colon]), hard = colon < 0 ? soft : Value(values[(colon + 1)..]);
        return soft <= hard ? new Rlimit(RlimitTable.Name(number), soft, hard)
            : throw new KistException($"--ulimit {text}: the soft limit is above the hard one");

        static ulong Value(string text)
        {
            long value = Whole("--ulimit", text, -1, long.MaxValue);
            return value < 0 ? ulong.MaxValue : (ulong)value;
        }
    }

    /// <summary>--cpuset-cpus: numbers and ranges, checked as cpuset(7) has them.</summary>
    public static string CpuList(string text)
    {
        foreach (Range part in text.AsSpan().Split(','))
        {
            ReadOnlySpan<char> range = text.AsSpan(part);
            int dash = range.IndexOf('-');
            if (!Number(dash < 0 ? range : range[..dash], out int first) || !Number(dash < 0 ? range : range[(dash + 1)..], out int last) || first > last)
                throw new KistException($"--cpuset-cpus: \"{text}\" is no list of processors; write it like 0-2,4");
        }
        return text;

        static bool Number(ReadOnlySpan<char> digits, out int number) =>
            int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < 8192;
    }

    /// <summary>The largest number in a list of processors.</summary>
    public static int LargestCpu(string list)
    {
        int largest = 0;
        foreach (Range part in list.AsSpan().SplitAny(',', '-'))
            largest = int.Max(largest, int.Parse(list.AsSpan(part), NumberStyles.None, CultureInfo.InvariantCulture));
        return largest;
    }

    /// <summary>Seconds; negative ones only where they have a meaning.</summary>
    public static TimeSpan Seconds(string option, string text, long least) =>
        TimeSpan.FromSeconds(Whole(option, text, least, int.MaxValue));

    /// <summary>--stop-signal: a number, or a name with or without SIG.</summary>
    public static Signal StopSignal(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= 64)
            return (Signal)number;
        string name = text.ToUpperInvariant();
        if (!name.StartsWith("SIG", StringComparison.Ordinal))
            name = "SIG" + name;
        for (number = 1; number <= 64; number++)
            if (((Signal)number).ToString() == name)
                return (Signal)number;
        throw new KistException($"--stop-signal: there is no signal \"{text}\"; write a name like SIGINT, or a number from 1 to 64");
    }
}
