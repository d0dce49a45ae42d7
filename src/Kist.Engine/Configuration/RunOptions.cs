using Kist.Linux;
using Kist.Spec;

namespace Kist.Engine.Configuration;

/// <summary>What a user asked for, as <c>kist run</c> was typed: checked, with Docker's meaning, and not yet compared with any machine.</summary>
public sealed record RunOptions
{
    /// <summary>What the container's root filesystem is made from.</summary>
    public required Source Source { get; init; }
    /// <summary>The command and its arguments; empty is a shell.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];
    /// <summary>Replaces the image's program; the command becomes its arguments.</summary>
    public string? Entrypoint { get; init; }

    /// <summary>-i.</summary>
    public bool Interactive { get; init; }
    /// <summary>-t.</summary>
    public bool Terminal { get; init; }
    /// <summary>KEY=value, in order: later ones win.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];
    /// <summary>An absolute path in the container, or null for the source's own.</summary>
    public string? WorkingDirectory { get; init; }
    /// <summary>USER[:GROUP] as typed; names are known to the root filesystem only.</summary>
    public string? User { get; init; }
    /// <summary>kist-init stays as PID 1.</summary>
    public bool Init { get; init; }
    /// <summary>What asks the container to end.</summary>
    public Signal StopSignal { get; init; } = Signal.SIGTERM;
    /// <summary>From the stop signal to SIGKILL; negative is for ever.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>The container is stopped after this time; null is never.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>-v and --mount type=bind.</summary>
    public IReadOnlyList<BindMount> Binds { get; init; } = [];
    /// <summary>--tmpfs and --mount type=tmpfs.</summary>
    public IReadOnlyList<TmpfsMount> Tmpfs { get; init; } = [];
    /// <summary>No writes to the root filesystem.</summary>
    public bool ReadOnly { get; init; }
    /// <summary>Bytes that @host or DIR:O may write; null is the default.</summary>
    public ulong? Disk { get; init; }
    /// <summary>Paths that @host masks, to be shown.</summary>
    public IReadOnlyList<string> Open { get; init; } = [];
    /// <summary>Bytes of /dev/shm.</summary>
    public ulong ShmSize { get; init; } = 64 << 20;
    /// <summary>--device.</summary>
    public IReadOnlyList<DeviceRequest> Devices { get; init; } = [];

    /// <summary>Capabilities to add, as a mask.</summary>
    public ulong CapabilitiesAdded { get; init; }
    /// <summary>Capabilities to drop, as a mask.</summary>
    public ulong CapabilitiesDropped { get; init; }
    /// <summary>All rights, no masks.</summary>
    public bool Privileged { get; init; }
    /// <summary>PR_SET_NO_NEW_PRIVS.</summary>
    public bool NoNewPrivileges { get; init; }
    /// <summary>Which seccomp profile; null is Docker's default, or none with <see cref="Privileged"/>.</summary>
    public SeccompOption? Seccomp { get; init; }
    /// <summary>No masked and no read-only paths.</summary>
    public bool SystemPathsUnconfined { get; init; }

    /// <summary>Bytes; null is no limit.</summary>
    public long? Memory { get; init; }
    /// <summary>Bytes of memory and swap together; -1 is no limit, null Docker's default: twice the memory.</summary>
    public long? MemorySwap { get; init; }
    /// <summary>Microseconds of processor time in each period of 100 ms; null is no limit.</summary>
    public long? CpuQuota { get; init; }
    /// <summary>Weight, 2 to 262144.</summary>
    public ulong? CpuShares { get; init; }
    /// <summary>A list as in cpuset(7): "0-2,4".</summary>
    public string? CpusetCpus { get; init; }
    /// <summary>Tasks; -1 is no limit.</summary>
    public long? PidsLimit { get; init; }
    /// <summary>setrlimit(2).</summary>
    public IReadOnlyList<Rlimit> Ulimits { get; init; } = [];

    /// <summary>The network namespace.</summary>
    public NamespaceMode Network { get; init; }
    /// <summary>The pid namespace.</summary>
    public NamespaceMode Pid { get; init; }
    /// <summary>The ipc namespace.</summary>
    public NamespaceMode Ipc { get; init; }
    /// <summary>Without /dev/shm (--ipc none).</summary>
    public bool NoShm { get; init; }
    /// <summary>The uts namespace.</summary>
    public NamespaceMode Uts { get; init; }
    /// <summary>The cgroup namespace.</summary>
    public NamespaceMode Cgroup { get; init; }
    /// <summary>The user namespace; null leaves the choice to Kist.</summary>
    public NamespaceMode? UserNamespace { get; init; }
    /// <summary>sethostname(2); null is the beginning of the id.</summary>
    public string? Hostname { get; init; }
    /// <summary>Kernel parameters of the container's namespaces.</summary>
    public IReadOnlyDictionary<string, string> Sysctl { get; init; } = None;
    /// <summary>MS_MOVE and chroot(2) in place of pivot_root(2).</summary>
    public bool NoPivot { get; init; }

    /// <summary>--name.</summary>
    public string? Name { get; init; }
    /// <summary>OCI annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = None;
    /// <summary>Measure each step.</summary>
    public bool Trace { get; init; }

    static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();
}

/// <summary>Whose namespace a container lives in.</summary>
public enum NamespaceMode
{
    /// <summary>A new one.</summary>
    Private,
    /// <summary>The caller's.</summary>
    Host,
}

/// <summary>-v: a file or directory of the host; <paramref name="Source"/> is absolute.</summary>
/// <param name="Source">On the host.</param>
/// <param name="Destination">In the container; relative to its working directory where it does not start with a slash.</param>
/// <param name="Options">For the mount: ro, rslave, ….</param>
/// <param name="Recursive">With the mounts below it.</param>
public sealed record BindMount(string Source, string Destination, IReadOnlyList<string> Options, bool Recursive = true);

/// <summary>--tmpfs: an empty directory in memory.</summary>
public sealed record TmpfsMount(string Destination, IReadOnlyList<string> Options);

/// <summary>--device: a device of the host, or a directory of them.</summary>
/// <param name="Source">On the host.</param>
/// <param name="Destination">In the container.</param>
/// <param name="Access">Of r, w, m.</param>
public sealed record DeviceRequest(string Source, string Destination, string Access);

/// <summary>Which system calls a container may make.</summary>
/// <param name="File">A profile; null is <c>unconfined</c>.</param>
public sealed record SeccompOption(string? File);

/// <summary>What the root filesystem is made from.</summary>
public enum SourceKind
{
    /// <summary>This machine's own files, copy-on-write.</summary>
    Host,
    /// <summary>A directory, in place.</summary>
    Directory,
    /// <summary>A directory, copy-on-write.</summary>
    Overlay,
    /// <summary>The name of an image.</summary>
    Image,
}

/// <summary>SOURCE as typed; <paramref name="Path"/> is the directory, without :O, or the image's name.</summary>
public sealed record Source(SourceKind Kind, string Path)
{
    /// <summary>Reads SOURCE.</summary>
    /// <param name="text">As typed.</param>
    /// <param name="isDirectory">--rootfs: a directory also without a slash.</param>
    public static Source Parse(string text, bool isDirectory)
    {
        if (text.StartsWith('@') && !isDirectory)
            return text == "@host" ? new Source(SourceKind.Host, "/")
                : throw new KistException($"unknown source {text}; the one with an @ is @host, this machine's own files");
        bool overlay = text.EndsWith(":O", StringComparison.Ordinal);
        string path = overlay ? text[..^2] : text;
        if (path.Length == 0)
            throw new KistException("SOURCE is empty: give @host or a directory with a root filesystem, like ./debian");
        if (isDirectory || path is "." or ".." || path.Contains('/', StringComparison.Ordinal))
            return new Source(overlay ? SourceKind.Overlay : SourceKind.Directory, path);
        return new Source(SourceKind.Image, text);
    }
}
