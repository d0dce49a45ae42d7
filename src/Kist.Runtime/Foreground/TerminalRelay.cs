using Kist.Linux;

namespace Kist.Runtime;

/// <summary>
/// Carries bytes between this process's standard streams and the container's terminal, and its window size with them.
/// </summary>
sealed class TerminalRelay : IDisposable
{
    const int StandardInput = 0, StandardOutput = 1;
    /// <summary>PIPE_BUF: what a pipe that poll(2) calls writable takes without blocking; a terminal gives no more at once, either.</summary>
    const int Size = 4096;
    /// <summary>More than a terminal holds: the end of the drain when a process outside of the container's namespace still writes.</summary>
    const int DrainLimit = 1 << 20;

    readonly int master, peer, hostTerminal, output;
    readonly byte[] typed = new byte[Size], shown = new byte[Size];
    readonly RawTerminal? raw;
    int typedStart, typedEnd, shownStart, shownEnd;
    int input;
    bool masterOpen = true;

    public TerminalRelay(int master, bool interactive, RawTerminal? raw)
    {
        this.master = master;
        this.raw = raw;
        // The master is this process's alone, so it need not be left as it was.
        _ = FileDescriptor.SetNonBlocking(master);
        // A slave held open: without one, a program that closes its terminal for a moment would end the relay with EIO.
        peer = Terminal.OpenPeer(master);
        input = interactive ? StandardInput : -1;
        hostTerminal = Terminal.Is(StandardInput) ? StandardInput : Terminal.Is(StandardOutput) ? StandardOutput : Terminal.Is(2) ? 2 : -1;
        output = OpenOutput();
        Resize();
    }

    /// <summary>The output has nowhere to go: its reader closed it, or the terminal hung up.</summary>
    public bool OutputLost { get; private set; }

    /// <summary>Copies the host's window size to the container's terminal.</summary>
    public void Resize()
    {
        if (hostTerminal >= 0 && Terminal.GetWindowSize(hostTerminal, out WindowSize size) == 0 && size is not { Rows: 0, Columns: 0 })
            _ = Terminal.SetWindowSize(master, size);
    }

    /// <summary>After this process was stopped, the shell may have set the terminal for itself.</summary>
    public void Resume()
    {
        raw?.Resume();
        Resize();
    }

    /// <summary>Says what to wait for, in three places of the poll set: input, master, output.</summary>
    public void Ask(Span<PollDescriptor> set)
    {
        bool typedWaits = typedStart < typedEnd, shownWaits = shownStart < shownEnd;
        PollEvents ofMaster = (typedWaits ? PollEvents.POLLOUT : 0) | (shownWaits ? 0 : PollEvents.POLLIN);
        set[0] = new PollDescriptor(typedWaits ? -1 : input, PollEvents.POLLIN);
        set[1] = new PollDescriptor(masterOpen && ofMaster != 0 ? master : -1, ofMaster);
        set[2] = new PollDescriptor(shownWaits ? output : -1, PollEvents.POLLOUT);
    }

    /// <summary>Moves what can be moved without waiting.</summary>
    /// <returns>What was typed just now, still to be looked through for the interrupt character.</returns>
    public ReadOnlySpan<byte> Move(ReadOnlySpan<PollDescriptor> set)
    {
        ReadOnlySpan<byte> news = default;
        if (set[0].Found != 0)
            news = ReadTyped();
        if (typedStart < typedEnd)
            WriteTyped();
        if (set[2].Found != 0)
            WriteShown();
        if (shownStart == shownEnd && (set[1].Found & ~PollEvents.POLLOUT) != 0 && ReadShown())
            WriteShownIfReady();
        return news;
    }

    /// <summary>Whether a typed text interrupts the container's first process, and it alone may be in the foreground.</summary>
    public bool Interrupts(ReadOnlySpan<byte> text, int pid) =>
        !text.IsEmpty && Terminal.GetAttributes(master, out TerminalAttributes attributes) == 0
        && attributes.InterruptCharacter is >= 0 and int character && text.Contains((byte)character)
        && Terminal.ForegroundGroup(master) == pid;

    /// <summary>After the container's end: shows everything that is still in its terminal.</summary>
    /// <param name="interrupted">Asked while the output is stuck; true gives up.</param>
    public void Drain(Func<bool> interrupted)
    {
        Span<PollDescriptor> set = stackalloc PollDescriptor[2];
        for (int total = 0; total < DrainLimit; total += shownEnd)
        {
            while (shownStart < shownEnd)
            {
                set[0] = new PollDescriptor(output, PollEvents.POLLOUT);
                set[1] = new PollDescriptor(ForegroundSignals.Descriptor, PollEvents.POLLIN);
                _ = Poll.Wait(set);
                if (set[1].Found != 0 && interrupted())
                    return;
                if (set[0].Found != 0)
                    WriteShown();
            }
            if (OutputLost || !masterOpen || !ReadShown())
                return;
        }
    }

    public void Dispose()
    {
        raw?.Dispose();
        if (peer >= 0)
            Kernel.Close(peer);
        if (output != StandardOutput)
            Kernel.Close(output);
    }

    /// <summary>A terminal that does not take what is written must not keep this process from signals: it is opened once more, not blocking.</summary>
    static int OpenOutput()
    {
        if (!Terminal.Is(StandardOutput))
            return StandardOutput;
        int reopened = Terminal.OpenAgain(StandardOutput);
        return reopened < 0 ? StandardOutput : reopened;
    }

    ReadOnlySpan<byte> ReadTyped()
    {
        long length = FileDescriptor.Read(input, typed);
        if (length > 0)
        {
            (typedStart, typedEnd) = (0, (int)length);
            return typed.AsSpan(0, (int)length);
        }
        if (length is not (-(int)Errno.EAGAIN) and not (-(int)Errno.EINTR))
            input = -1;
        return default;
    }

    void WriteTyped()
    {
        long length = FileDescriptor.Write(master, typed.AsSpan(typedStart, typedEnd - typedStart));
        if (length > 0)
            typedStart += (int)length;
        else if (length is not (-(int)Errno.EAGAIN) and not (-(int)Errno.EINTR))
            typedStart = typedEnd;
    }

    bool ReadShown()
    {
        long length = FileDescriptor.Read(master, shown);
        (shownStart, shownEnd) = (0, (int)long.Max(length, 0));
        // EIO: nobody has the slave open, and nobody will.
        if (length == 0 || length is < 0 and not (-(int)Errno.EAGAIN) and not (-(int)Errno.EINTR))
            masterOpen = false;
        return length > 0;
    }

    void WriteShownIfReady()
    {
        Span<PollDescriptor> set = [new PollDescriptor(output, PollEvents.POLLOUT)];
        if (Poll.Wait(set, 0) > 0)
            WriteShown();
    }

    void WriteShown()
    {
        long length = OutputLost ? shownEnd - shownStart : FileDescriptor.Write(output, shown.AsSpan(shownStart, shownEnd - shownStart));
        if (length >= 0)
            shownStart += (int)length;
        else if (length is not (-(int)Errno.EAGAIN) and not (-(int)Errno.EINTR))
        {
            OutputLost = true;
            shownStart = shownEnd;
        }
    }
}
