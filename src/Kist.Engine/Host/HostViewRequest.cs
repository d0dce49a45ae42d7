using Kist.Linux;
using Kist.Runtime;

namespace Kist.Engine.Host;

/// <summary>What the view of this machine depends on: facts, and what the user asked for.</summary>
public sealed record HostViewRequest
{
    /// <summary>What is mounted where.</summary>
    public required MountTable Mounts { get; init; }
    /// <summary>Answers what is at a path.</summary>
    public required IHostFiles Files { get; init; }
    /// <summary>
    /// The container has a user namespace of its own. Without <see cref="IdMapped"/> the kernel then refuses lower layers with
    /// mounts below, and the view is split until there are none.
    /// </summary>
    public bool UserNamespace { get; init; }
    /// <summary>Lower layers are shown through id maps, which takes root on the host: root inside is nobody outside.</summary>
    public bool IdMapped { get; init; }
    /// <summary>The user is not root here: no owner but the container's root can be given to anything.</summary>
    public bool Rootless { get; init; }
    /// <summary>Which features overlayfs and tmpfs have.</summary>
    public required KernelVersion Kernel { get; init; }
    /// <summary>How many ids, from 0 up, the container's user namespace has.</summary>
    public uint Ids { get; init; } = uint.MaxValue;
    /// <summary>Who the command runs as, in the container's ids: the home directory's owner.</summary>
    public uint Uid { get; init; }
    /// <inheritdoc cref="Uid"/>
    public uint Gid { get; init; }
    /// <summary>HOME; null if there is none.</summary>
    public string? Home { get; init; }
    /// <summary>The current directory, as getcwd(2) names it.</summary>
    public string CurrentDirectory { get; init; } = "/";
    /// <summary>Absolute paths, or "~/…", that are shown though they are masked: <c>--open</c>.</summary>
    public IReadOnlyList<string> Open { get; init; } = [];
    /// <summary>Bytes that all writes together may take: <c>--disk</c>.</summary>
    public ulong DiskSize { get; init; } = 1UL << 30;
    /// <summary>A directory that is the user's alone, for what is written where a tmpfs cannot hold an overlay's marks (rootless before Linux 6.6).</summary>
    public string? PrivateDirectory { get; init; }

    /// <summary>The mount table, the filesystem and the current directory of this machine; the caller adds the rest.</summary>
    /// <param name="facts">The kernel, and whether the user is root.</param>
    /// <param name="home">HOME.</param>
    /// <exception cref="KistException">/proc is not mounted, or the current directory does not exist any more.</exception>
    public static HostViewRequest FromHost(HostFacts facts, string? home)
    {
        string current = Linux.Kernel.WorkingDirectory(out Errno error)
            ?? throw new KistException($"cannot find the current directory: {error.Describe()}; change to one that exists");
        return new()
        {
            Mounts = MountTable.OfThisProcess(),
            Files = new HostFiles(),
            Home = home,
            Kernel = facts.Kernel,
            Rootless = !facts.IsRoot,
            UserNamespace = !facts.IsRoot,
            // "(unreachable)/…": outside of this process's root.
            CurrentDirectory = current.StartsWith('/') ? current : "/",
        };
    }
}
