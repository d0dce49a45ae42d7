using Kist.Spec;

namespace Kist.Engine.Configuration;

/// <summary>The mounts of a container: Docker's own, then the user's, which take the place of those at the same destination.</summary>
static class DefaultMounts
{
    public static List<Mount> Of(RunOptions options, SpecFacts facts, string workingDirectory)
    {
        List<Mount> mounts = new(16);
        AddKernel(mounts, options, facts);
        AddDevices(mounts, options, facts);
        AddNames(mounts, options, facts);
        List<Mount> own = new(options.Binds.Count + options.Tmpfs.Count);
        foreach (BindMount bind in options.Binds)
        {
            string[] words = [bind.Recursive ? "rbind" : "bind", .. bind.Options, .. Propagates(bind.Options) ? (ReadOnlySpan<string>)[] : ["rprivate"]];
            own.Add(Make(MountSyntax.Absolute(bind.Destination, workingDirectory), "bind", bind.Source, words));
        }
        foreach (TmpfsMount tmpfs in options.Tmpfs)
            own.Add(Make(MountSyntax.Absolute(tmpfs.Destination, workingDirectory), "tmpfs", "tmpfs", ["noexec", "nosuid", "nodev", .. tmpfs.Options]));
        // A mount on /a comes before one on /a/b, in whatever order they were typed; the sort keeps equals as they were.
        for (int i = 1; i < own.Count; i++)
            for (int j = i; j > 0 && Depth(own[j]) < Depth(own[j - 1]); j--)
                (own[j], own[j - 1]) = (own[j - 1], own[j]);
        foreach (Mount mount in own)
            mounts.RemoveAll(other => other.Destination == mount.Destination || mount.Destination == "/dev" && other.Destination.StartsWith("/dev/", StringComparison.Ordinal));
        mounts.AddRange(own);
        return mounts;
    }

    /// <summary>/proc, /sys and control groups. A filesystem that shows a namespace can be mounted only by that namespace's owner: else the host's is bound.</summary>
    static void AddKernel(List<Mount> mounts, RunOptions options, SpecFacts facts)
    {
        string access = options.Privileged ? "rw" : "ro";
        mounts.Add(facts.UserNamespace && options.Pid == NamespaceMode.Host
            ? Make("/proc", "bind", "/proc", ["rbind", "nosuid", "noexec", "nodev"])
            : Make("/proc", "proc", "proc", ["nosuid", "noexec", "nodev"]));
        mounts.Add(facts.UserNamespace && options.Network == NamespaceMode.Host
            ? Make("/sys", "bind", "/sys", ["rbind", "nosuid", "noexec", "nodev", access])
            : Make("/sys", "sysfs", "sysfs", ["nosuid", "noexec", "nodev", access]));
        mounts.Add(facts.UserNamespace && options.Cgroup == NamespaceMode.Host
            // Always read-only: it is the host's whole tree (CVE-2023-25809).
            ? Make("/sys/fs/cgroup", "bind", "/sys/fs/cgroup", ["rbind", "nosuid", "noexec", "nodev", "ro"])
            : Make("/sys/fs/cgroup", "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", access]));
    }

    static void AddDevices(List<Mount> mounts, RunOptions options, SpecFacts facts)
    {
        mounts.Add(Make("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]));
        // Group 5, tty, may not be mapped when rootless.
        mounts.Add(Make("/dev/pts", "devpts", "devpts", facts.Rootless
            ? ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
            : ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]));
        if (options.Ipc == NamespaceMode.Host)
        {
            // Not every machine has it mounted.
            if (facts.HasHostFile("/dev/mqueue"))
                mounts.Add(Make("/dev/mqueue", "bind", "/dev/mqueue", ["rbind", "nosuid", "noexec", "nodev"]));
            mounts.Add(Make("/dev/shm", "bind", "/dev/shm", ["rbind", "nosuid", "noexec", "nodev"]));
            return;
        }
        mounts.Add(Make("/dev/mqueue", "mqueue", "mqueue", ["nosuid", "noexec", "nodev"]));
        if (!options.NoShm)
            mounts.Add(Make("/dev/shm", "tmpfs", "shm", ["nosuid", "noexec", "nodev", "mode=1777", $"size={options.ShmSize}"]));
    }

    /// <summary>With the host's network, the host's resolver; only over files that are there, as the directory is the user's.</summary>
    static void AddNames(List<Mount> mounts, RunOptions options, SpecFacts facts)
    {
        if (options.Network != NamespaceMode.Host || options.Source.Kind == SourceKind.Host)
            return;
        foreach (string file in (ReadOnlySpan<string>)["/etc/resolv.conf", "/etc/hosts"])
            if (facts.HasRootFile(file))
                mounts.Add(Make(file, "bind", file, ["bind", "ro"]));
    }

    static bool Propagates(IReadOnlyList<string> options)
    {
        foreach (string option in options)
            if (option is "shared" or "rshared" or "slave" or "rslave" or "private" or "rprivate")
                return true;
        return false;
    }

    static int Depth(Mount mount) => mount.Destination.AsSpan().Count('/');

    public static Mount Make(string destination, string type, string source, IReadOnlyList<string> options) =>
        new() { Destination = destination, Type = type, Source = source, Options = options };
}
