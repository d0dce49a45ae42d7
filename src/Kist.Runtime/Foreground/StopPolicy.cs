using Kist.Linux;

namespace Kist.Runtime;

/// <summary>What is done, besides sending it, about a signal for a container's first process.</summary>
public enum StopStep
{
    /// <summary>Nothing: it is the program's affair.</summary>
    None,
    /// <summary>The stop signal is sent, too, and the container is killed when the stop timeout is over.</summary>
    KillLater,
    /// <summary>The container is killed, and its end counts as this signal's.</summary>
    Kill,
}

/// <summary>
/// The first process of a pid namespace is immune to every signal that it has no handler for (pid_namespaces(7)), so that
/// `sleep` in a container could not be interrupted. What the kernel drops there, kist does in its place: SIGINT and SIGQUIT end
/// the container at once, as they end any program without a handler; SIGTERM and SIGHUP, which whole services are stopped with,
/// leave the other processes the stop timeout. A signal that the program handles or ignores is its own affair.
/// </summary>
public static class StopPolicy
{
    /// <summary>Decides about a signal that was forwarded.</summary>
    public static StopStep OnSignal(Signal signal, SignalFate fate) => (signal, fate) switch
    {
        (Signal.SIGINT or Signal.SIGQUIT, SignalFate.Dropped) => StopStep.Kill,
        (Signal.SIGTERM or Signal.SIGHUP, SignalFate.Dropped) => StopStep.KillLater,
        _ => StopStep.None,
    };

    /// <summary>
    /// Decides about the interrupt character, typed at the container's terminal. Its kernel side signals the whole foreground
    /// group, so other processes of the container get it although the first one does not: where there may be some, the first
    /// Ctrl-C is theirs, and the second one ends the container.
    /// </summary>
    public static StopStep OnInterruptTyped(SignalFate fate, bool hasChildren, bool repeated) =>
        fate == SignalFate.Dropped && (repeated || !hasChildren) ? StopStep.Kill : StopStep.None;

    /// <summary>Decides about the stop signal when --timeout is over: what cannot arrive is not waited for.</summary>
    public static StopStep OnTimeout(SignalFate fate) =>
        fate is SignalFate.Dropped ? StopStep.Kill : StopStep.KillLater;
}
