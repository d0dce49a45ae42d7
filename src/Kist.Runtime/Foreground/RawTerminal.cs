using Kist.Linux;

namespace Kist.Runtime;

/// <summary>
/// The host's terminal, raw while a container has it: every key is the container's. It becomes raw before the program can show
/// anything, so that a key typed in answer to the first output is not taken for a signal to this process. Disposing gives it back
/// as it was; that may be done twice.
/// </summary>
public sealed class RawTerminal : IDisposable
{
    const int StandardInput = 0;

    readonly TerminalAttributes before;
    bool raw;

    RawTerminal(TerminalAttributes before) => (this.before, raw) = (before, Terminal.SetAttributes(StandardInput, before.Raw()) == 0);

    /// <summary>Makes the terminal raw, if there is one and what is typed is for the container.</summary>
    /// <param name="terminal">-t.</param>
    /// <param name="interactive">-i.</param>
    public static RawTerminal? Begin(bool terminal, bool interactive)
        => terminal && interactive && Terminal.GetAttributes(StandardInput, out TerminalAttributes before) == 0 ? new(before) : null;

    /// <summary>After this process was stopped, the shell may have set the terminal for itself.</summary>
    internal void Resume()
    {
        if (raw)
            _ = Terminal.SetAttributes(StandardInput, before.Raw());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (raw)
            _ = Terminal.SetAttributes(StandardInput, before);
        raw = false;
    }
}
