namespace Kist.Tests.Support;

/// <summary>
/// The system calls of a command's own process, in their order, to interrupt it at one of them. strace counts invocations of each
/// call by itself, so a place in the order is a call's name and how often it came so far.
/// </summary>
public sealed class SystemCallTrace
{
    readonly string strace;
    readonly List<(string Name, int Times)> calls = [];

    SystemCallTrace(string strace) => this.strace = strace;

    public int Count => calls.Count;

    /// <summary>Runs the command once. Processes that it starts are not traced.</summary>
    public static async Task<SystemCallTrace> Of(string strace, KistCommand command)
    {
        using TemporaryDirectory folder = new();
        string file = folder.Path + "/trace";
        CommandResult result = await command.Under(strace, "-qq", "-o", file).Run();
        SystemCallTrace trace = new(strace);
        Dictionary<string, int> times = [];
        foreach (string line in await File.ReadAllLinesAsync(file))
        {
            int parenthesis = line.IndexOf('(');
            if (parenthesis <= 0 || line.AsSpan(0, parenthesis).ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789_"))
                continue;
            string name = line[..parenthesis];
            // Newer than strace: it shows such a call as a number, and cannot stop at it.
            if (name.StartsWith("syscall_"))
                continue;
            trace.calls.Add((name, times[name] = times.GetValueOrDefault(name) + 1));
        }
        return trace.calls.Count > 0 ? trace : throw new InvalidOperationException($"strace shows nothing: {result}");
    }

    public string At(int index) => $"{calls[index].Name}, time {calls[index].Times} (call {index} of {calls.Count})";

    /// <summary>The command with a signal on its way into that call.</summary>
    public KistCommand Inject(KistCommand command, int index, int signal) => command.Under(strace, "-qq", "-o", "/dev/null",
        "-e", $"trace={calls[index].Name}", "-e", $"inject={calls[index].Name}:signal={signal}:when={calls[index].Times}");
}
