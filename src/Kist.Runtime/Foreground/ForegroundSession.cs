using Kist.Linux;

namespace Kist.Runtime;

/// <summary>
/// A container in the foreground: its terminal is this one, signals to this process are its own, and its end is this process's.
/// Nothing but poll(2) waits here, on the container's end, signals, and what is typed and shown.
/// </summary>
public static class ForegroundSession
{
    const int TimeoutCode = 124;

    /// <summary>Refuses a terminal that has nobody to type at it, before anything is started.</summary>
    /// <param name="terminal">-t.</param>
    /// <param name="interactive">-i.</param>
    public static void CheckTerminal(bool terminal, bool interactive)
    {
        if (terminal && interactive && !Terminal.Is(0))
            throw new KistException("the input device is not a TTY: standard input is a file or a pipe, so leave out -t (`kist run -i …`)");
    }

    /// <summary>Stays with the container until its first process has ended, and reaps that.</summary>
    public static ExitStatus Run(ForegroundRequest request)
    {
        ForegroundSignals.Catch();
        using TerminalRelay? relay = request.TerminalMaster < 0 ? null : new TerminalRelay(request.TerminalMaster, request.Interactive, request.Raw);
        Attendance attendance = new(request, relay);
        attendance.UntilTheEnd();
        long result = Pidfd.Wait(request.PidFd, out ProcessEnd end);
        return result < 0
            ? throw new KistException($"cannot learn how process {request.Pid} ended: {((Errno)(int)-result).Describe()}")
            : attendance.Judge(end);
    }

    /// <summary>What the foreground has done so far about a container's end.</summary>
    sealed class Attendance(ForegroundRequest request, TerminalRelay? relay)
    {
        readonly long stopAt = request.Timeout is { } limit ? After(limit) : long.MaxValue;
        long killAt = long.MaxValue;
        Signal killedFor;
        bool stopping, interruptTyped, hungUp;

        public void UntilTheEnd()
        {
            Span<PollDescriptor> set = stackalloc PollDescriptor[5];
            Span<byte> signals = stackalloc byte[64];
            do
            {
                set[0] = new PollDescriptor(request.PidFd, PollEvents.POLLIN);
                set[1] = new PollDescriptor(ForegroundSignals.Descriptor, PollEvents.POLLIN);
                relay?.Ask(set[2..]);
                if (Poll.Wait(relay is null ? set[..2] : set, TimeLeft()) < 0)
                    continue;
                if (set[1].Found != 0)
                    foreach (byte signal in ForegroundSignals.Take(signals))
                        Handle((Signal)signal);
                if (relay is not null)
                    Carry(relay, set[2..]);
                Watch();
            }
            while (set[0].Found == 0);
            relay?.Drain(Interrupted);
        }

        public ExitStatus Judge(ProcessEnd end)
        {
            if (end.Signal == 0)
                return new ExitStatus(stopping ? TimeoutCode : end.Status, 0, stopping);
            int signal = end.Signal == (int)Signal.SIGKILL && killedFor != Signal.None ? (int)killedFor : end.Signal;
            return new ExitStatus(stopping ? TimeoutCode : 128 + signal, signal, stopping);
        }

        void Handle(Signal signal)
        {
            if (signal == Signal.SIGWINCH && relay is not null)
            {
                relay.Resize();
                return;
            }
            if (signal == Signal.SIGCONT)
                relay?.Resume();
            // Asked first: afterwards the process may be gone.
            SignalFate fate = Signals.FateOf(request.Pid, signal);
            Send(signal);
            switch (StopPolicy.OnSignal(signal, fate))
            {
                case StopStep.Kill:
                    Kill(signal);
                    break;
                case StopStep.KillLater:
                    if (request.StopSignal != (int)signal)
                        Send((Signal)request.StopSignal);
                    KillLater();
                    break;
            }
        }

        void Carry(TerminalRelay terminal, Span<PollDescriptor> set)
        {
            ReadOnlySpan<byte> text = terminal.Move(set);
            if (terminal.Interrupts(text, request.Pid))
            {
                SignalFate fate = Signals.FateOf(request.Pid, Signal.SIGINT);
                if (StopPolicy.OnInterruptTyped(fate, Signals.HasChildren(request.Pid), interruptTyped) == StopStep.Kill)
                    Kill(Signal.SIGINT);
                interruptTyped = true;
            }
            if (terminal.OutputLost && !hungUp)
            {
                // What a program gets whose own terminal goes away.
                hungUp = true;
                Handle(Signal.SIGHUP);
            }
        }

        void Watch()
        {
            long now = Environment.TickCount64;
            if (now >= killAt)
            {
                killAt = long.MaxValue;
                Send(Signal.SIGKILL);
            }
            if (now >= stopAt && !stopping)
            {
                stopping = true;
                Signal signal = (Signal)request.StopSignal;
                StopStep step = signal == Signal.SIGKILL ? StopStep.None : StopPolicy.OnTimeout(Signals.FateOf(request.Pid, signal));
                Send(signal);
                if (step == StopStep.Kill)
                    Send(Signal.SIGKILL);
                else
                    KillLater();
            }
        }

        void Kill(Signal reason)
        {
            killedFor = reason;
            Send(Signal.SIGKILL);
        }

        void KillLater() => killAt = request.StopTimeout < TimeSpan.Zero ? killAt : long.Min(killAt, After(request.StopTimeout));

        void Send(Signal signal) => _ = Pidfd.SendSignal(request.PidFd, (int)signal);

        long TimeLeft()
        {
            long next = long.Min(stopping ? long.MaxValue : stopAt, killAt);
            return next == long.MaxValue ? -1 : long.Max(0, next - Environment.TickCount64);
        }

        static bool Interrupted()
        {
            Span<byte> buffer = stackalloc byte[64];
            return ForegroundSignals.Take(buffer).ContainsAny([(byte)Signal.SIGINT, (byte)Signal.SIGTERM, (byte)Signal.SIGHUP, (byte)Signal.SIGQUIT]);
        }

        static long After(TimeSpan time) =>
            time.TotalMilliseconds >= long.MaxValue / 4 ? long.MaxValue : Environment.TickCount64 + (long)Math.Ceiling(time.TotalMilliseconds);
    }
}
