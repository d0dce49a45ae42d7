namespace Kist.Linux;

/// <summary>
/// 0, 1 and 2. Where a program is started with one of them closed, the next file that it opens takes the number, and would be a
/// container's input or output.
/// </summary>
public static class StandardDescriptors
{
    /// <summary>Opens /dev/null for those that are closed. One system call where none is.</summary>
    public static void Complete()
    {
        Span<PollDescriptor> standard = [new(0, PollEvents.None), new(1, PollEvents.None), new(2, PollEvents.None)];
        if (Poll.Wait(standard, 0) <= 0) return;
        for (int i = 0; i < standard.Length; i++)
            // The lowest free number is taken, and all below this one are in use.
            if ((standard[i].Found & PollEvents.POLLNVAL) != 0 && Kernel.OpenAt(Kernel.AT_FDCWD, "/dev/null", OpenFlags.O_RDWR) == i)
                _ = Kernel.Fcntl(i, Kernel.F_SETFD, 0);
    }
}
