using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace Kist.Linux;

/// <summary>Signals, signal(7): the numbers of x86-64 and arm64.</summary>
public enum Signal
{
    None = 0,
    SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGUSR1 = 10,
    SIGSEGV = 11, SIGUSR2 = 12, SIGPIPE = 13, SIGALRM = 14, SIGTERM = 15, SIGSTKFLT = 16, SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19,
    SIGTSTP = 20, SIGTTIN = 21, SIGTTOU = 22, SIGURG = 23, SIGXCPU = 24, SIGXFSZ = 25, SIGVTALRM = 26, SIGPROF = 27, SIGWINCH = 28,
    SIGIO = 29, SIGPWR = 30, SIGSYS = 31, SIGRTMIN = 34, SIGRTMAX = 64,
}

/// <summary>What becomes of a signal that is sent to a process.</summary>
public enum SignalFate
{
    /// <summary>The process has a handler, waits for it, or keeps it blocked: it is the process's affair. Also when that cannot be found out.</summary>
    Delivered,
    /// <summary>The process ignores it on purpose.</summary>
    Ignored,
    /// <summary>The kernel does what signal(7) has as the default.</summary>
    Default,
    /// <summary>The process is the first of its pid namespace and has no handler: the kernel drops the signal, pid_namespaces(7).</summary>
    Dropped,
}

/// <summary>Signals of this process, read from a pipe; and what others do with theirs.</summary>
public static unsafe partial class Signals
{
    const int SA_RESTART = 0x10000000;
    const nint SIG_DFL = 0, SIG_IGN = 1;

    /// <summary>
    /// Has signals written to a pipe, each as one byte. No C# may run in a signal handler, as it may interrupt anything, the
    /// garbage collector among it: the handler is a few instructions of assembly. Signals that are ignored stay so (nohup(1)).
    /// </summary>
    /// <param name="pipe">The end for writing; it does not block.</param>
    /// <param name="signals">Which.</param>
    public static Errno SendToPipe(int pipe, ReadOnlySpan<Signal> signals)
    {
        SignalAction action = new() { Handler = Kernel.SignalsTo(pipe), Flags = SA_RESTART };
        foreach (Signal signal in signals)
        {
            SignalAction before;
            if (sigaction((int)signal, &action, &before) != 0)
                return (Errno)Marshal.GetLastSystemError();
            if (before.Handler == SIG_IGN)
                _ = sigaction((int)signal, &before, null);
        }
        return Errno.None;
    }

    /// <summary>Gives signals their default action again.</summary>
    public static void Reset(ReadOnlySpan<Signal> signals)
    {
        SignalAction action = new() { Handler = SIG_DFL };
        foreach (Signal signal in signals)
            _ = sigaction((int)signal, &action, null);
    }

    /// <summary>What a signal that is sent to a process now would come to, from /proc/PID/status.</summary>
    /// <param name="pid">Of a process that has not been waited for, so that the number is still its own.</param>
    /// <param name="signal">Not SIGKILL or SIGSTOP, which nobody escapes.</param>
    public static SignalFate FateOf(int pid, Signal signal)
    {
        Span<byte> buffer = stackalloc byte[4096];
        ReadOnlySpan<byte> status = ReadProcess(pid, "status"u8, buffer);
        if (status.IsEmpty || Has(status, "\nSigCgt:\t"u8, signal) || Has(status, "\nSigBlk:\t"u8, signal))
            return SignalFate.Delivered;
        if (Has(status, "\nSigIgn:\t"u8, signal))
            return SignalFate.Ignored;
        ReadOnlySpan<byte> numbers = Field(status, "\nNSpid:\t"u8);
        if (!numbers.EndsWith("\t1"u8))
            return SignalFate.Default;
        // While a process is in sigtimedwait(2), as tini and others are, the mask in its status lacks what it waits for.
        ReadOnlySpan<byte> call = ReadProcess(pid, "syscall"u8, buffer);
        bool known = Utf8Parser.TryParse(call, out long number, out _) || call.StartsWith("running"u8);
        return !known || number == (long)SystemCall.rt_sigtimedwait ? SignalFate.Delivered : SignalFate.Dropped;
    }

    /// <summary>Whether a process has children, as far as /proc tells.</summary>
    public static bool HasChildren(int pid)
    {
        Span<byte> name = stackalloc byte[48];
        Span<byte> buffer = stackalloc byte[64];
        "task/"u8.CopyTo(name);
        _ = Utf8Formatter.TryFormat(pid, name[5..], out int length);
        "/children"u8.CopyTo(name[(5 + length)..]);
        return !ReadProcess(pid, name[..(14 + length)], buffer).IsEmpty;
    }

    static bool Has(ReadOnlySpan<byte> status, ReadOnlySpan<byte> field, Signal signal) =>
        Utf8Parser.TryParse(Field(status, field), out ulong set, out _, 'x') && (set >> ((int)signal - 1) & 1) != 0;

    static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> status, ReadOnlySpan<byte> name)
    {
        int start = status.IndexOf(name);
        if (start < 0)
            return default;
        ReadOnlySpan<byte> rest = status[(start + name.Length)..];
        int end = rest.IndexOf((byte)'\n');
        return end < 0 ? rest : rest[..end];
    }

    static ReadOnlySpan<byte> ReadProcess(int pid, ReadOnlySpan<byte> file, Span<byte> buffer)
    {
        Span<byte> path = stackalloc byte[80];
        path.Clear();
        "/proc/"u8.CopyTo(path);
        _ = Utf8Formatter.TryFormat(pid, path[6..], out int length);
        path[6 + length] = (byte)'/';
        file.CopyTo(path[(7 + length)..]);
        long descriptor;
        fixed (byte* name = path)
            descriptor = Kernel.Call(SystemCall.openat, -1, (nint)name, (nint)OpenFlags.O_CLOEXEC);
        if (descriptor < 0)
            return default;
        long size = FileDescriptor.Read((int)descriptor, buffer);
        Kernel.Close((int)descriptor);
        return size < 0 ? default : buffer[..(int)size];
    }

    /// <summary>By the C library, which adds the return trampoline that the kernel asks for on x86-64.</summary>
    [LibraryImport("libc")]
    private static partial int sigaction(int signal, SignalAction* action, SignalAction* before);

    /// <summary>struct sigaction of glibc on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 152)]
    struct SignalAction
    {
        [FieldOffset(0)] public nint Handler;
        [FieldOffset(136)] public int Flags;
    }
}
