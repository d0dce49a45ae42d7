namespace Kist.Linux;

/// <summary>CLONE_…, clone(2).</summary>
public static class CloneFlag
{
    /// <summary>A new time namespace; unshare(2) and clone3(2) only.</summary>
    public const ulong CLONE_NEWTIME = 0x80;
    /// <summary>A pidfd of the child.</summary>
    public const ulong CLONE_PIDFD = 0x1000;
    /// <summary>The parent waits until the child has executed.</summary>
    public const ulong CLONE_VFORK = 0x4000;
    /// <summary>The memory is shared.</summary>
    public const ulong CLONE_VM = 0x100;
    /// <summary>Root, working directory and umask are shared.</summary>
    public const ulong CLONE_FS = 0x200;
    /// <summary>The table of descriptors is shared.</summary>
    public const ulong CLONE_FILES = 0x400;
    /// <summary>The caller's parent becomes the child's.</summary>
    public const ulong CLONE_PARENT = 0x8000;
    /// <summary>A new mount namespace.</summary>
    public const ulong CLONE_NEWNS = 0x20000;
    /// <summary>A new cgroup namespace.</summary>
    public const ulong CLONE_NEWCGROUP = 0x2000000;
    /// <summary>A new UTS namespace.</summary>
    public const ulong CLONE_NEWUTS = 0x4000000;
    /// <summary>A new IPC namespace.</summary>
    public const ulong CLONE_NEWIPC = 0x8000000;
    /// <summary>A new user namespace.</summary>
    public const ulong CLONE_NEWUSER = 0x10000000;
    /// <summary>A new pid namespace.</summary>
    public const ulong CLONE_NEWPID = 0x20000000;
    /// <summary>A new network namespace.</summary>
    public const ulong CLONE_NEWNET = 0x40000000;
    /// <summary>Signal handlers are reset; clone3(2) only.</summary>
    public const ulong CLONE_CLEAR_SIGHAND = 0x100000000;
    /// <summary>The child starts in the cgroup of clone_args.cgroup; clone3(2) only.</summary>
    public const ulong CLONE_INTO_CGROUP = 0x200000000;
}
