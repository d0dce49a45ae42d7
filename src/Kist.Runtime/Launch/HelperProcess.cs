using System.Runtime.InteropServices;
using System.Text;
using Kist.Linux;
using Kist.Runtime.Steps;

namespace Kist.Runtime.Launch;

/// <summary>Runs another program to its end, by the stub that starts containers: no fork of this process, no threads for signals.</summary>
static unsafe class HelperProcess
{
    /// <summary>Standard descriptors are inherited; nothing else is, and no environment.</summary>
    /// <param name="maps">The program runs as root of a new user namespace with these; null: as this process's user.</param>
    /// <returns>The exit status, or 128 and a signal's number.</returns>
    public static int Run(string path, IReadOnlyList<string> arguments, out Errno error, WriteIdMaps? maps = null)
    {
        int image = Kernel.OpenAt(Kernel.AT_FDCWD, path, OpenFlags.O_PATH);
        error = image < 0 ? (Errno)(-image) : Errno.None;
        if (image < 0) return -1;

        int size = (arguments.Count + 1) * sizeof(nint);
        foreach (string argument in arguments) size += Encoding.UTF8.GetByteCount(argument) + 1;
        // Native memory, which stays where it is until the child has executed; the wait below sees to that.
        byte* memory = (byte*)NativeMemory.AllocZeroed((nuint)(size + sizeof(CloneArguments) + sizeof(SpawnArguments)));
        SpawnArguments* spawn = (SpawnArguments*)memory;
        CloneArguments* clone = (CloneArguments*)(spawn + 1);
        byte** argv = (byte**)(clone + 1);
        byte* text = (byte*)(argv + arguments.Count + 1);
        for (int i = 0; i < arguments.Count; i++)
        {
            argv[i] = text;
            text += Encoding.UTF8.GetBytes(arguments[i], new Span<byte>(text, size)) + 1;
        }
        int pidfd = -1, channel = -1, gate = -1;
        if (maps is not null && Kernel.SocketPair(out channel, out gate) is < 0 and int failed) error = (Errno)(-failed);
        *clone = new() { Flags = CloneFlag.CLONE_VM | CloneFlag.CLONE_CLEAR_SIGHAND | CloneFlag.CLONE_PIDFD, ExitSignal = Kernel.SIGCHLD, PidFd = (ulong)&pidfd };
        if (maps is not null) clone->Flags |= CloneFlag.CLONE_NEWUSER;
        *spawn = new() { Clone = clone, CloneSize = sizeof(CloneArguments), Image = image, Argv = argv, Envp = argv + arguments.Count, Gate = gate, OtherEnd = channel };
        long pid = error == Errno.None ? Kernel.Spawn(spawn) : -(long)error;
        Kernel.Close(image);
        Kernel.Close(gate);
        int status = -1;
        try
        {
            if (pid < 0) error = (Errno)(int)-pid;
            else if (maps is not null) IdMapWriter.Write(maps, (int)pid, channel);
        }
        finally
        {
            // Without its maps the child waits no longer.
            Kernel.Close(channel);
            if (pid >= 0 && Pidfd.Wait(pidfd, out ProcessEnd end) >= 0) status = end.ExitCode;
            Kernel.Close(pidfd);
            NativeMemory.Free(memory);
        }
        return status;
    }
}
