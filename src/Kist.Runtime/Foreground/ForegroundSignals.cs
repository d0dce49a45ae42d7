using Kist.Linux;

namespace Kist.Runtime;

/// <summary>The signals that this process passes on to the container instead of obeying them. They are the process's, so this is static.</summary>
public static class ForegroundSignals
{
    /// <summary>SIGRTMIN+3 asks systemd, as a container's first process, to halt.</summary>
    const Signal Halt = Signal.SIGRTMIN + 3;

    static int readEnd = -1, writeEnd = -1;

    /// <summary>
    /// Catches the signals from now on, once; a caller does so before it starts a container, that none falls between. They are
    /// passed on when <see cref="ForegroundSession.Run"/> begins.
    /// </summary>
    public static void Catch()
    {
        if (readEnd >= 0)
            return;
        // Not blocking, on both ends: a handler must never wait.
        long result = FileDescriptor.Pipe(OpenFlags.O_NONBLOCK, out readEnd, out writeEnd);
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

    /// <summary>
    /// Waits until a descriptor of a launch is readable. A launch may take long (a filesystem that does not answer, a frozen
    /// cgroup), and its user may not want to wait for it: what asks this process to end then ends the launch.
    /// </summary>
    /// <exception cref="KistException">The launch was interrupted.</exception>
    internal static void WaitFor(int descriptor)
    {
        if (readEnd < 0)
            return;
        Span<PollDescriptor> set = [new(descriptor, PollEvents.POLLIN), new(readEnd, PollEvents.POLLIN)];
        Span<byte> buffer = stackalloc byte[64], kept = stackalloc byte[64];
        int count = 0;
        while (true)
        {
            if (Poll.Wait(set) < 0)
                continue;
            if (set[0].Found != 0)
                break;
            foreach (byte signal in Take(buffer))
                if ((Signal)signal is Signal.SIGINT or Signal.SIGTERM or Signal.SIGHUP or Signal.SIGQUIT)
                    throw new KistException($"interrupted by {(Signal)signal} while the container was being started", 128 + signal);
                else if (count < kept.Length)
                    kept[count++] = signal;
        }
        // The others are the program's.
        if (count > 0)
            _ = FileDescriptor.Write(writeEnd, kept[..count]);
    }
}
