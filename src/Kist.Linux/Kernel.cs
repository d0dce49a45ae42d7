using System.Runtime.InteropServices;

namespace Kist.Linux;

/// <summary>
/// The kernel's door: one system call, its result or -errno. No state, no retry, no exception; the layer above turns
/// numbers into words.
/// </summary>
public static unsafe partial class Kernel
{
    /// <summary>A call that may block: the garbage collector need not wait for it.</summary>
    [LibraryImport("kistnative", EntryPoint = "kist_syscall")]
    internal static partial long Block(SystemCall number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0);

    /// <summary>A call that returns at once, made without leaving managed code.</summary>
    [LibraryImport("kistnative", EntryPoint = "kist_syscall"), SuppressGCTransition]
    internal static partial long Call(SystemCall number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0);

    /// <summary>clone3(2), then execveat(2) in the child: see native/x64.S.</summary>
    [LibraryImport("kistnative", EntryPoint = "kist_spawn")]
    internal static partial long Spawn(SpawnArguments* arguments);

    /// <summary>Says where the signal handler writes; returns its address.</summary>
    [LibraryImport("kistnative", EntryPoint = "kist_signals_to"), SuppressGCTransition]
    internal static partial nint SignalsTo(int pipe);
}

/// <summary>The stub's arguments, in memory that stays as it is until the child has executed (native/x64.S).</summary>
public unsafe struct SpawnArguments
{
    public CloneArguments* Clone;
    public nint CloneSize;
    public long Image;
    public byte** Argv;
    public byte** Envp;
    public long Gate;
    public long OtherEnd;
    public long Scratch;
}

/// <summary>clone_args, clone(2).</summary>
public struct CloneArguments
{
    public ulong Flags, PidFd, ChildTid, ParentTid, ExitSignal, Stack, StackSize, Tls, SetTid, SetTidSize, Cgroup;
}
