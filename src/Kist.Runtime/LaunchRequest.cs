using Kist.Spec;

namespace Kist.Runtime;

/// <summary>What a caller wants to run: the specification, and what the specification does not say.</summary>
public sealed record LaunchRequest
{
    public required RuntimeSpec Spec { get; init; }
    /// <summary>Unique among the containers of a state directory; names cgroups, keyring and files.</summary>
    public required string Id { get; init; }
    /// <summary>The directory that relative paths of the specification start at.</summary>
    public required string Bundle { get; init; }
    /// <summary>A directory of this container's own, which exists: root views are put together on it.</summary>
    public required string StateDirectory { get; init; }
    /// <summary>Where compiled seccomp filters are kept; null compiles each time.</summary>
    public string? FilterCache { get; init; }
    /// <summary>A root made of parts; null is Spec.Root.Path as it is.</summary>
    public RootView? Root { get; init; }
    public SeccompChoice Seccomp { get; init; } = new SeccompChoice.FromSpec();
    /// <summary>kist-init stays as process 1, reaps and forwards signals (--init).</summary>
    public bool Init { get; init; }
    /// <summary>Times and errnos of each step are recorded.</summary>
    public bool Trace { get; init; }
    /// <summary>MS_MOVE and chroot in place of pivot_root, which cannot work on an initramfs.</summary>
    public bool NoPivot { get; init; }
    /// <summary>The container ends with the process that started it: a foreground run.</summary>
    public bool DieWithParent { get; init; }
    /// <summary>A session keyring of the container's own.</summary>
    public bool NewKeyring { get; init; } = true;
    /// <summary>An absent working directory is made, as runc does.</summary>
    public bool CreateWorkingDirectory { get; init; }
    /// <summary>Descriptors from 3 on that the program inherits.</summary>
    public int PreserveDescriptors { get; init; }
    /// <summary>Standard input is /dev/null.</summary>
    public bool NullInput { get; init; }
    /// <summary>Where no cgroup can be had, and no limit is asked for, the container goes without: rootless, or where cgroups are read-only.</summary>
    public bool CgroupOptional { get; init; }
    /// <summary>
    /// What comes before the id in the cgroup's path when the specification names none. "/kist-" makes /kist-ID at the top, where
    /// no parent of Kist's own is left behind; without a slash the path starts at this process's own cgroup.
    /// </summary>
    public string CgroupPrefix { get; init; } = "";
}

/// <summary>Which system calls the container may make.</summary>
public abstract record SeccompChoice
{
    SeccompChoice() { }

    /// <summary>linux.seccomp of the specification; none if it has none.</summary>
    public sealed record FromSpec : SeccompChoice;
    /// <summary>Kist's default profile, for the capabilities that the container gets.</summary>
    public sealed record Default : SeccompChoice;
    /// <summary>A profile of the user's.</summary>
    public sealed record Profile(Seccomp Value) : SeccompChoice;
    /// <summary>No filter.</summary>
    public sealed record Unconfined : SeccompChoice;
}
