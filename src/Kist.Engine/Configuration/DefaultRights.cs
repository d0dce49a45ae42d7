namespace Kist.Engine.Configuration;

/// <summary>What a container may do and see when nothing is said: as with Docker.</summary>
static class DefaultRights
{
    /// <summary>capabilities(7): CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP.</summary>
    public const ulong Capabilities = 1UL << 0 | 1UL << 1 | 1UL << 3 | 1UL << 4 | 1UL << 5 | 1UL << 6 | 1UL << 7 | 1UL << 8 | 1UL << 10
        | 1UL << 13 | 1UL << 18 | 1UL << 27 | 1UL << 29 | 1UL << 31;

    /// <summary>
    /// What tells too much about the machine, or lets it be damaged. Docker's newest list has each processor's thermal_throttle, too:
    /// a mount for each of perhaps hundreds of processors, to hide counters of overheating, is not worth its time here.
    /// </summary>
    public static readonly string[] MaskedPaths =
    [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    ];

    /// <summary>What configures the machine.</summary>
    public static readonly string[] ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    public const string Path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>What is taken for a shell, the first that is there.</summary>
    public static readonly string[] Shells = ["/bin/bash", "/bin/sh", "/usr/bin/bash", "/usr/bin/sh", "/bin/ash", "/bin/dash", "/bin/zsh", "/busybox/sh"];

    /// <summary>The bounding set: Docker's rules, where ALL weighs less than a single name.</summary>
    public static ulong Bounding(RunOptions options, ulong available)
    {
        ulong added = options.CapabilitiesAdded, dropped = options.CapabilitiesDropped;
        ulong set = options.Privileged || (added & RunOptionsParser.AllCapabilities) != 0 ? available & ~dropped
            : (dropped & RunOptionsParser.AllCapabilities) != 0 ? added
            : (Capabilities | added) & ~dropped;
        return set & ~RunOptionsParser.AllCapabilities;
    }
}
