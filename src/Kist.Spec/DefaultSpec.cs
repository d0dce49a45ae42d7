namespace Kist.Spec;

/// <summary>The document that <c>spec</c> writes: the one that runc writes, so that whoever edits it finds what they know.</summary>
public static class DefaultSpec
{
    /// <summary>The version of the runtime specification that Kist implements.</summary>
    public const string OciVersion = "1.3.0";

    /// <summary>A shell in ./rootfs with few capabilities and a read-only root.</summary>
    /// <param name="rootless">With a user namespace in which the caller is root, and without what root alone may do.</param>
    /// <param name="uid">The caller's effective user id, mapped when rootless.</param>
    /// <param name="gid">The caller's effective group id, mapped when rootless.</param>
    /// <param name="unifiedCgroups">With a cgroup namespace: where cgroup v2 is the only hierarchy.</param>
    public static RuntimeSpec Create(bool rootless, uint uid = 0, uint gid = 0, bool unifiedCgroups = false)
    {
        const ulong Capabilities = 1UL << 5 | 1UL << 10 | 1UL << 29; // CAP_KILL, CAP_NET_BIND_SERVICE, CAP_AUDIT_WRITE
        return new RuntimeSpec
        {
            OciVersion = OciVersion,
            Root = new Root("rootfs", Readonly: true),
            Process = new Process
            {
                Terminal = true,
                Args = ["sh"],
                Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
                Cwd = "/",
                Capabilities = new Capabilities(Capabilities, Capabilities, 0, Capabilities, Capabilities),
                Rlimits = [new Rlimit("RLIMIT_NOFILE", 1024, 1024)],
                NoNewPrivileges = true,
            },
            Hostname = "runc",
            Mounts = Mounts(rootless),
            Linux = new LinuxSpec
            {
                Namespaces = Namespaces(rootless, unifiedCgroups),
                UidMappings = rootless ? [new IdMapping(0, uid, 1)] : [],
                GidMappings = rootless ? [new IdMapping(0, gid, 1)] : [],
                Resources = rootless ? Resources.None : new Resources { Devices = [new DeviceRule(false, 'a', null, null, "rwm")] },
                MaskedPaths =
                [
                    "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                    "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
                ],
                ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
            },
        };
    }

    static List<Mount> Mounts(bool rootless) =>
    [
        Mount("/proc", "proc", "proc"),
        Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        // Group 5, tty, is not mapped when rootless.
        rootless
            ? Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620")
            : Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
        Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        // A new sysfs needs a network namespace of one's own, which this document does not have when rootless.
        rootless
            ? Mount("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro")
            : Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
        Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
    ];

    static Mount Mount(string destination, string type, string source, params string[] options) =>
        new() { Destination = destination, Type = type, Source = source, Options = options };

    static List<Namespace> Namespaces(bool rootless, bool unifiedCgroups)
    {
        List<Namespace> namespaces = [new(NamespaceType.Pid)];
        if (!rootless) namespaces.Add(new(NamespaceType.Network));
        namespaces.Add(new(NamespaceType.Ipc));
        namespaces.Add(new(NamespaceType.Uts));
        namespaces.Add(new(NamespaceType.Mount));
        if (unifiedCgroups) namespaces.Add(new(NamespaceType.Cgroup));
        if (rootless) namespaces.Add(new(NamespaceType.User));
        return namespaces;
    }
}
