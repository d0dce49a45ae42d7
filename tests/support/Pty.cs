using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Kist.Tests.Support;

/// <summary>A program on a terminal of its own: what a person at a keyboard does and sees.</summary>
public sealed unsafe partial class Pty : IDisposable
{
    const int O_RDWR = 2, O_NOCTTY = 0x100, O_CLOEXEC = 0x80000;
    const nuint TIOCSWINSZ = 0x5414, TCGETS = 0x5401;

    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    readonly int master;
    readonly Thread reader;
    readonly StringBuilder screen = new();
    readonly Process process;
    readonly string name;
    int slave;
    int seen;
    bool ended;

    Pty(string program, string[] arguments, ushort rows, ushort columns)
    {
        master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        byte* path = stackalloc byte[64];
        if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || ptsname_r(master, path, 64) != 0)
            throw new IOException("no pseudoterminal");
        name = Marshal.PtrToStringUTF8((nint)path)!;
        // Held open until the program has ended: a master without any slave reads EIO.
        slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
        Resize(rows, columns);
        Original = Attributes;
        // A session of its own, whose terminal this is; setsid replaces itself, so that the process is the program's.
        ProcessStartInfo start = new("/bin/sh", ["-c", $"exec setsid -c \"$0\" \"$@\" <>{name} >&0 2>&0", program, .. arguments]) { RedirectStandardInput = true };
        start.Environment["TERM"] = "xterm";
        process = Process.Start(start)!;
        reader = new Thread(Read) { IsBackground = true };
        reader.Start();
    }

    /// <summary>Starts kist at a terminal of 24 lines and 80 columns.</summary>
    public static Pty Kist(params string[] arguments) => new(KistCommand.Executable("kist"), arguments, 24, 80);

    /// <summary>Starts any program there.</summary>
    public static Pty Program(string program, params string[] arguments) => new(program, arguments, 24, 80);

    public int Pid => process.Id;

    /// <summary>Everything that was shown so far.</summary>
    public string Screen
    {
        get
        {
            lock (screen)
                return screen.ToString();
        }
    }

    /// <summary>What <see cref="Attributes"/> were before the program began.</summary>
    public string Original { get; }

    /// <summary>struct termios as bytes, to compare.</summary>
    public string Attributes
    {
        get
        {
            byte* attributes = stackalloc byte[64];
            new Span<byte>(attributes, 64).Clear();
            return ioctl(slave, TCGETS, attributes) == 0 ? Convert.ToHexString(new ReadOnlySpan<byte>(attributes, 36)) : "no terminal";
        }
    }

    /// <summary>Types a text; "\x03" is Ctrl-C, "\r" the Enter key.</summary>
    public void Type(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int written = 0; written < bytes.Length;)
            fixed (byte* start = bytes)
                written += (int)write(master, start + written, (nuint)(bytes.Length - written)) is > 0 and int count ? count : throw new IOException("the terminal is gone");
    }

    /// <summary>Waits until a text is shown, after what was waited for before.</summary>
    public void Expect(string text)
    {
        long limit = Environment.TickCount64 + (long)Limit.TotalMilliseconds;
        lock (screen)
        {
            int at;
            while ((at = screen.ToString().IndexOf(text, seen, StringComparison.Ordinal)) < 0)
            {
                long left = limit - Environment.TickCount64;
                if (ended || left <= 0 || !Monitor.Wait(screen, (int)left))
                    throw new TimeoutException($"\"{text}\" was not shown, but: {screen.ToString(seen, screen.Length - seen)}");
            }
            seen = at + text.Length;
        }
    }

    /// <summary>Sets the window size, as a person who draws at the window's corner does.</summary>
    public void Resize(ushort rows, ushort columns)
    {
        ushort* size = stackalloc ushort[4] { rows, columns, 0, 0 };
        _ = ioctl(master, TIOCSWINSZ, size);
    }

    /// <summary>kill(2).</summary>
    public void Signal(int signal) => _ = kill(process.Id, signal);

    /// <summary>Waits for the program's end, and for all that it showed.</summary>
    public int ExitCode()
    {
        if (!process.WaitForExit(Limit))
        {
            process.Kill();
            throw new TimeoutException($"the program on the terminal does not end; it showed: {Screen}");
        }
        return process.ExitCode;
    }

    /// <summary>Closes the slave and waits for the rest of the output.</summary>
    public string Rest()
    {
        CloseSlave();
        reader.Join(Limit);
        return Screen;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
        CloseSlave();
        reader.Join(TimeSpan.FromSeconds(2));
        _ = close(master);
    }

    void CloseSlave()
    {
        if (slave >= 0)
            _ = close(slave);
        slave = -1;
    }

    void Read()
    {
        byte* buffer = stackalloc byte[4096];
        nint length;
        Decoder decoder = Encoding.UTF8.GetDecoder();
        char* characters = stackalloc char[4096];
        while ((length = read(master, buffer, 4096)) > 0)
        {
            int count = decoder.GetChars(buffer, (int)length, characters, 4096, flush: false);
            lock (screen)
            {
                screen.Append(characters, count);
                Monitor.PulseAll(screen);
            }
        }
        lock (screen)
        {
            ended = true;
            Monitor.PulseAll(screen);
        }
    }

    [LibraryImport("libc")] private static partial int posix_openpt(int flags);
    [LibraryImport("libc")] private static partial int grantpt(int file);
    [LibraryImport("libc")] private static partial int unlockpt(int file);
    [LibraryImport("libc")] private static partial int ptsname_r(int file, byte* buffer, nuint size);
    [LibraryImport("libc")] private static partial int open(byte* path, int flags);
    [LibraryImport("libc")] private static partial int ioctl(int file, nuint request, void* argument);
    [LibraryImport("libc")] private static partial nint read(int file, void* buffer, nuint size);
    [LibraryImport("libc")] private static partial nint write(int file, void* buffer, nuint size);
    [LibraryImport("libc")] private static partial int close(int file);
    [LibraryImport("libc")] private static partial int kill(int pid, int signal);
}
