using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kist.Linux;

/// <summary>struct winsize, TIOCGWINSZ(2const).</summary>
/// <param name="Rows">Lines.</param>
/// <param name="Columns">Characters in a line.</param>
/// <param name="XPixels">Width, where the terminal says it.</param>
/// <param name="YPixels">Height.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct WindowSize(ushort Rows, ushort Columns, ushort XPixels, ushort YPixels);

/// <summary>struct termios as the kernel has it, TCSETS(2const).</summary>
public struct TerminalAttributes
{
    const uint IGNBRK = 0x1, BRKINT = 0x2, PARMRK = 0x8, ISTRIP = 0x20, INLCR = 0x40, IGNCR = 0x80, ICRNL = 0x100, IXON = 0x400;
    const uint OPOST = 0x1;
    const uint CSIZE = 0x30, CS8 = 0x30, PARENB = 0x100;
    const uint ISIG = 0x1, ICANON = 0x2, ECHO = 0x8, ECHONL = 0x40, IEXTEN = 0x8000;
    const int VINTR = 0, VTIME = 5, VMIN = 6;

    /// <summary>c_iflag, c_oflag, c_cflag, c_lflag.</summary>
    public uint Input, Output, Control, Local;
    /// <summary>c_line.</summary>
    public byte Discipline;
    /// <summary>c_cc.</summary>
    public ControlCharacters Characters;

    /// <summary>The same, but every byte passes at once and as it is: cfmakeraw(3).</summary>
    public readonly TerminalAttributes Raw()
    {
        TerminalAttributes raw = this;
        raw.Input &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        raw.Output &= ~OPOST;
        raw.Local &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
        raw.Control = (raw.Control & ~(CSIZE | PARENB)) | CS8;
        raw.Characters[VMIN] = 1;
        raw.Characters[VTIME] = 0;
        return raw;
    }

    /// <summary>The byte that makes SIGINT of the foreground's processes, usually Ctrl-C; -1 when none does.</summary>
    public readonly int InterruptCharacter => (Local & ISIG) != 0 && Characters[VINTR] != 0 ? Characters[VINTR] : -1;

    /// <summary>NCCS characters.</summary>
    [InlineArray(19)]
    public struct ControlCharacters
    {
        byte first;
    }
}

/// <summary>ioctl_tty(2). Results are 0 or more, or -errno: ENOTTY when the descriptor is not a terminal.</summary>
public static unsafe class Terminal
{
    const nint TCGETS = 0x5401, TCSETS = 0x5402, TIOCGPGRP = 0x540F, TIOCGWINSZ = 0x5413, TIOCSWINSZ = 0x5414, TIOCGPTPEER = 0x5441;

    /// <summary>isatty(3).</summary>
    public static bool Is(int file) => GetAttributes(file, out _) == 0;

    /// <summary>TCGETS. Of a pseudoterminal's master: the attributes of its slave.</summary>
    public static long GetAttributes(int file, out TerminalAttributes attributes)
    {
        fixed (TerminalAttributes* target = &attributes)
        {
            *target = default;
            return Kernel.Call(SystemCall.ioctl, file, TCGETS, (nint)target);
        }
    }

    /// <summary>TCSETS: at once, without waiting for output that the terminal has stopped. In a background process it stops that (SIGTTOU).</summary>
    public static long SetAttributes(int file, TerminalAttributes attributes) =>
        Kernel.Block(SystemCall.ioctl, file, TCSETS, (nint)(&attributes));

    /// <summary>TIOCGWINSZ.</summary>
    public static long GetWindowSize(int file, out WindowSize size)
    {
        fixed (WindowSize* target = &size)
        {
            *target = default;
            return Kernel.Call(SystemCall.ioctl, file, TIOCGWINSZ, (nint)target);
        }
    }

    /// <summary>TIOCSWINSZ: the processes in the foreground get SIGWINCH when that changes something.</summary>
    public static long SetWindowSize(int file, WindowSize size) => Kernel.Call(SystemCall.ioctl, file, TIOCSWINSZ, (nint)(&size));

    /// <summary>TIOCGPTPEER: opens the slave of a master, by no path.</summary>
    public static int OpenPeer(int master) => (int)Kernel.Call(SystemCall.ioctl, master, TIOCGPTPEER,
        (nint)(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC));

    /// <summary>The same terminal once more for writing, as an open file of its own, which does not block: through /proc/self/fd.</summary>
    public static int OpenAgain(int file)
    {
        byte* path = stackalloc byte[32];
        Span<byte> name = new(path, 32);
        "/proc/self/fd/"u8.CopyTo(name);
        _ = System.Buffers.Text.Utf8Formatter.TryFormat(file, name[14..31], out int length);
        name[14 + length] = 0;
        return (int)Kernel.Call(SystemCall.openat, -1, (nint)path,
            (nint)(OpenFlags.O_WRONLY | OpenFlags.O_NOCTTY | OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC));
    }

    /// <summary>TIOCGPGRP of a master: the process group in the slave's foreground, as this pid namespace numbers it.</summary>
    public static long ForegroundGroup(int master)
    {
        int group;
        long result = Kernel.Call(SystemCall.ioctl, master, TIOCGPGRP, (nint)(&group));
        return result < 0 ? result : group;
    }
}
