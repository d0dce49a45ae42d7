using Kist.Linux;

namespace Kist.Runtime;

/// <summary>The signals that this process passes on to the container instead of obeying them. They are the process's, so this is static.</summary>
public static class ForegroundSignals
{
    /// <summary>SIGRTMIN+3 asks systemd, as a container's first process, to halt.</summary>
    const Signal Halt = Signal.SIGRTMIN + 3;

    static int readEnd = -1;

    /// <summary>
    /// Catches the signals from now on, once; a caller does so before it starts a container, that none falls between. They are
    /// passed on when <see cref="ForegroundSession.Run"/> begins.
    /// </summary>
    public static void Catch()
    {
        if (readEnd >= 0)
            return;
        // Not blocking, on both ends: a handler must never wait.
        long result = FileDescriptor.Pipe(OpenFlags.O_NONBLOCK, out readEnd, out int writeEnd);
        if (result < 0)
            throw new KistException($"cannot make a pipe for signals: {((Errno)(int)-result).Describe()}");
        Errno error = Signals.SendToPipe(writeEnd, [Signal.SIGHUP, Signal.SIGINT, Signal.SIGQUIT, Signal.SIGTERM, Signal.SIGUSR1,
            Signal.SIGUSR2, Signal.SIGALRM, Signal.SIGCONT, Signal.SIGTSTP, Signal.SIGWINCH, Halt]);
        if (error != Errno.None)
            throw new KistException($"cannot catch signals: {error.Describe()}");
    }

    /// <summary>Readable when a signal came.</summary>
    internal static int Descriptor => readEnd;

    /// <summary>Takes what came, oldest first.</summary>
    internal static ReadOnlySpan<byte> Take(Span<byte> buffer)
    {
        long length = FileDescriptor.Read(readEnd, buffer);
        return length < 0 ? default : buffer[..(int)length];
    }
}
