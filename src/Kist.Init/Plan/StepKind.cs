namespace Kist.Plan;

/// <summary>What one step of kist-init does. [Names] are fields of <see cref="PlanStep"/>; slots hold descriptors.</summary>
enum StepKind : ushort
{
    /// <summary>Writes [Text], of length [Value], to the file [Path] in [Into].</summary>
    Write = 1,
    /// <summary>Writes [Text], of length [Value], to the descriptor [Into].</summary>
    WriteDescriptor,
    /// <summary>openat2(2) of [Path] in [Into] with [Flags] and RESOLVE_ bits [Value]; [Keep] takes it.</summary>
    Open,
    /// <summary>close(2) of the slot [Into].</summary>
    Close,

    /// <summary>unshare(2) of the namespaces [Flags].</summary>
    Unshare,
    /// <summary>setns(2) to [From], of type [Flags].</summary>
    JoinNamespace,
    /// <summary>Brings the loopback interface up.</summary>
    LoopbackUp,
    /// <summary>sethostname(2) of [Text], of length [Value].</summary>
    Hostname,
    /// <summary>setdomainname(2) of [Text], of length [Value].</summary>
    Domainname,

    /// <summary>Mounts a new filesystem of type [Text] with the options [Data] and the attributes [Flags] on [Path] in [Into]; [Keep] takes it.</summary>
    Filesystem,
    /// <summary>Mounts a clone of [Text] in [From], with attributes [Flags] set and [Value] cleared and propagation [Other], on [Path] in [Into].</summary>
    Bind,
    /// <summary>Mounts the detached mount [From] on [Path] in [Into].</summary>
    Attach,
    /// <summary>mount_setattr(2) of [Path] in [Into]: sets [Flags], clears [Value], propagation [Other].</summary>
    MountAttributes,
    /// <summary>Hides [Path] in [Into]: a file behind [From] (/dev/null), a directory behind [Extra] (an empty one).</summary>
    Mask,
    /// <summary>Makes a directory [Path] in [Into] of mode [Flags]; [Value] is its owner (user, group in the upper half).</summary>
    Directory,
    /// <summary>Makes a device or file [Path] in [Into] of mode [Flags] and device number [Value]; [Other] is its owner.</summary>
    Node,
    /// <summary>Makes a symbolic link [Path] in [Into] to [Text].</summary>
    Symlink,
    /// <summary>Makes [Into] the root and detaches the old one.</summary>
    PivotRoot,
    /// <summary>Moves the mount [Into] onto the root and changes root to it: where pivot_root(2) cannot work, as on an initramfs.</summary>
    MoveRoot,
    /// <summary>chroot(2) to [Into]: a container without a mount namespace.</summary>
    ChangeRoot,
    /// <summary>Opens a new terminal in the devpts instance [Into]; [Keep] takes its master, [Extra] its other end, which becomes 0, 1 and 2.</summary>
    Terminal,

    /// <summary>Waits for the byte [Flags] on the channel [Into].</summary>
    Await,
    /// <summary>Sends the byte [Flags] on the channel [Into].</summary>
    Notify,
    /// <summary>Receives [Flags] descriptors on the channel [Into]; the slots from [Keep] on take them.</summary>
    Receive,
    /// <summary>SIGKILL when the thread that cloned this process ends; fails if the other end of [Into] is gone already.</summary>
    DieWithParent,

    /// <summary>setsid(2).</summary>
    Session,
    /// <summary>keyctl(2): joins a new session keyring named [Text].</summary>
    Keyring,
    /// <summary>prlimit(2) of resource [Flags]: soft [Value], hard [Other].</summary>
    ResourceLimit,
    /// <summary>umask(2) of [Flags].</summary>
    Umask,
    /// <summary>setgroups(2) of the [Flags] numbers at [Data].</summary>
    Groups,
    /// <summary>setresgid(2) of [Flags].</summary>
    GroupId,
    /// <summary>setresuid(2) of [Flags].</summary>
    UserId,
    /// <summary>prctl(2) of option [Flags] with the argument [Value].</summary>
    ProcessControl,
    /// <summary>Drops every capability below [Flags] from the bounding set that is not in the mask [Value].</summary>
    BoundingSet,
    /// <summary>capset(2) of the three masks at [Data]: effective, permitted, inheritable.</summary>
    Capabilities,
    /// <summary>Makes the ambient set the mask [Value].</summary>
    AmbientSet,
    /// <summary>personality(2) of [Value].</summary>
    Personality,
    /// <summary>ioprio_set(2) of this process to [Flags].</summary>
    IoPriority,
    /// <summary>sched_setattr(2) of the structure at [Data].</summary>
    Scheduler,
    /// <summary>seccomp(2): loads the filter of [Value] instructions at [Data] with [Flags].</summary>
    Seccomp,
    /// <summary>chdir(2) to [Path], which must lie below the root.</summary>
    WorkingDirectory,
    /// <summary>Gives every signal its default action and an empty mask: .NET's SIG_IGN for SIGPIPE would survive execve(2).</summary>
    ResetSignals,
    /// <summary>Marks the descriptors from [Flags] on to be closed by execve(2).</summary>
    CloseOnExecute,
    /// <summary>
    /// Forks: the child goes on with the plan, this process reaps and forwards signals until the child ends. With [Flags] the child
    /// is in the foreground of the terminal; with [Value] it dies with this process.
    /// </summary>
    Supervise,
    /// <summary>execve(2) of the first of [Path] that can be run, with the arguments [Text] and the environment [Data]: arrays of offsets ended by 0.</summary>
    Execute,
}

/// <summary>Bits of <see cref="PlanStep.Options"/>.</summary>
[System.Flags]
enum StepOptions : ushort
{
    None = 0,
    /// <summary>An absent [Path] is no error: there is nothing to do.</summary>
    SkipAbsent = 1,
    /// <summary>An absent [Path] is made first: a directory, and those above it.</summary>
    CreateDirectory = 2,
    /// <summary>An absent [Path] is made first: an empty file, and the directories above it. With both bits: what the source is.</summary>
    CreateFile = 4,
    /// <summary>[Path] may not lead over a symbolic link: CVE-2019-19921.</summary>
    NoSymlinks = 8,
    /// <summary>Nobody but us writes where [Path] is looked up, so it need not be opened before it is mounted on.</summary>
    Trusted = 16,
    /// <summary>The clone includes the mounts below.</summary>
    Recursive = 32,
    /// <summary>The attributes are those of the mounts below, too.</summary>
    RecursiveAttributes = 64,
    /// <summary>open_tree_attr(2) is there (Linux 6.15): one call clones and sets attributes.</summary>
    OpenTreeAttr = 128,
    /// <summary>[Path] exists already: no error.</summary>
    Exists = 256,
    /// <summary>[Value] or [Other] holds an owner to set.</summary>
    Owner = 512,
    /// <summary>Only as a mount is possible: the working directory is made if it is absent.</summary>
    CreateWorkingDirectory = 1024,
    /// <summary>A failure is told in the trace and goes on.</summary>
    MayFail = 2048,
    /// <summary>[Text] is looked up inside the root [From], never outside it.</summary>
    SourceInRoot = 4096,
    /// <summary>What was opened is left for execve(2) to close.</summary>
    LeaveOpen = 16384,
    /// <summary>The new mount has nothing to mount on yet: [Keep] takes it, detached.</summary>
    Detached = 8192,
    /// <summary>[Path] may not lie in a procfs: CVE-2019-16884.</summary>
    NotOnProc = 32768,
}
