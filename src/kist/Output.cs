using System.Text;
using Kist.Linux;

namespace Kist.Cli;

/// <summary>Text for people, straight to the descriptors: System.Console would cost more than a container's start.</summary>
static class Output
{
    public static void Print(string text) => Print(Encoding.UTF8.GetBytes(text));

    public static void Print(ReadOnlySpan<byte> text)
    {
        long written = Kernel.Write(1, text);
        // A reader that has seen enough (head) is no failure.
        if (written < 0 && written != -(int)Errno.EPIPE)
            throw new KistException($"cannot write to standard output: {((Errno)(int)-written).Describe()}");
    }

    /// <summary>To standard error; where that is closed nobody wants to know.</summary>
    public static void Complain(string text) => _ = Kernel.Write(2, Encoding.UTF8.GetBytes($"kist: {text}\n"));

    public static void PrintToError(string text) => _ = Kernel.Write(2, Encoding.UTF8.GetBytes(text));

    /// <summary>Whether colours are for a person: a terminal, and NO_COLOR is not set.</summary>
    public static bool HasColor(int descriptor) =>
        Terminal.Is(descriptor) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null);
}
