namespace Kist.Linux;

/// <summary>Single calls on descriptors that may not block: what is left over is the caller's (Kernel.Write goes on until all is written).</summary>
public static unsafe class FileDescriptor
{
    const int F_GETFL = 3, F_SETFL = 4;

    /// <summary>read(2).</summary>
    public static long Read(int file, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
            return Kernel.Block(SystemCall.read, file, (nint)start, buffer.Length);
    }

    /// <summary>write(2).</summary>
    public static long Write(int file, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
            return Kernel.Block(SystemCall.write, file, (nint)start, buffer.Length);
    }

    /// <summary>pipe2(2) with O_CLOEXEC and, besides, <paramref name="flags"/>.</summary>
    public static long Pipe(OpenFlags flags, out int readEnd, out int writeEnd)
    {
        int* ends = stackalloc int[2];
        long result = Kernel.Call(SystemCall.pipe2, (nint)ends, (nint)(flags | OpenFlags.O_CLOEXEC));
        (readEnd, writeEnd) = result < 0 ? (-1, -1) : (ends[0], ends[1]);
        return result;
    }

    /// <summary>Sets O_NONBLOCK, fcntl(2). It belongs to the open file: never for one that other processes share, such as standard output.</summary>
    public static long SetNonBlocking(int file)
    {
        long flags = Kernel.Call(SystemCall.fcntl, file, F_GETFL);
        return flags < 0 ? flags : Kernel.Call(SystemCall.fcntl, file, F_SETFL, (nint)flags | (nint)OpenFlags.O_NONBLOCK);
    }
}
