using System.Runtime.InteropServices;

namespace Kist.Linux;

/// <summary>Conditions that poll(2) waits for, or reports.</summary>
[Flags]
public enum PollEvents : short
{
    None = 0, POLLIN = 1, POLLPRI = 2, POLLOUT = 4, POLLERR = 8, POLLHUP = 0x10, POLLNVAL = 0x20,
}

/// <summary>struct pollfd, poll(2). A negative <see cref="File"/> is passed over.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct PollDescriptor(int File, PollEvents Events)
{
    /// <summary>What was found.</summary>
    public PollEvents Found;
}

/// <summary>poll(2).</summary>
public static unsafe class Poll
{
    /// <summary>ppoll(2), with the signal mask as it is.</summary>
    /// <param name="descriptors">What to wait for; Found is set in each.</param>
    /// <param name="timeout">Milliseconds; below zero there is no limit.</param>
    /// <returns>How many descriptors have something; 0 when the time is over; or -errno: EINTR when a signal was handled.</returns>
    public static long Wait(Span<PollDescriptor> descriptors, long timeout = -1)
    {
        long* time = stackalloc long[2] { timeout / 1000, timeout % 1000 * 1_000_000 };
        fixed (PollDescriptor* first = descriptors)
            return Kernel.Block(SystemCall.ppoll, (nint)first, descriptors.Length, timeout < 0 ? 0 : (nint)time);
    }
}
