using Kist.Linux;
using Kist.Runtime.Cgroups;

namespace Kist.Runtime;

/// <summary>A kernel's version: what uname(2) says before the first dash.</summary>
public readonly record struct KernelVersion(int Major, int Minor)
{
    /// <summary>The oldest kernel that Kist runs on: mount_setattr(2), cgroup.kill and idmapped mounts are there.</summary>
    public static KernelVersion Oldest => new(5, 14);

    /// <summary>Reads "6.18.44-fc"; what cannot be read is 0.</summary>
    public static KernelVersion Parse(ReadOnlySpan<char> release)
    {
        int major = Digits(ref release);
        if (release is not ['.', ..]) return default;
        release = release[1..];
        return new(major, Digits(ref release));

        // int.Parse would ask for the culture, which costs more than all the rest of a probe.
        static int Digits(ref ReadOnlySpan<char> text)
        {
            int value = 0;
            for (; !text.IsEmpty && char.IsAsciiDigit(text[0]) && value < 100_000; text = text[1..]) value = value * 10 + (text[0] - '0');
            return value;
        }
    }

    /// <summary>Whether this kernel is that one or newer.</summary>
    public bool IsAtLeast(int major, int minor) => Major > major || Major == major && Minor >= minor;

    /// <inheritdoc/>
    public override string ToString() => $"{Major}.{Minor}";
}

/// <summary>What this machine and this process can do. Found out once; plans are functions of it.</summary>
public sealed record HostFacts
{
    public required KernelVersion Kernel { get; init; }
    /// <summary>Effective ids of this process.</summary>
    public required uint Uid { get; init; }
    public required uint Gid { get; init; }
    /// <summary>The capabilities that this process could hand on, capabilities(7): bit n is capability n.</summary>
    public required ulong Capabilities { get; init; }
    /// <summary>The highest capability that the kernel knows.</summary>
    public required int LastCapability { get; init; }
    /// <summary>open_tree_attr(2), Linux 6.15.</summary>
    public required bool OpenTreeAttr { get; init; }
    public required CgroupLayout Cgroups { get; init; }

    /// <summary>Whether this process is in the machine's own user namespace: root in another one may make no device and show no file through id maps.</summary>
    public bool InitialUserNamespace { get; init; } = true;

    /// <summary>Whether this process is the machine's root.</summary>
    public bool IsRoot => Uid == 0 && InitialUserNamespace;

    /// <summary>Whether this process is in the initial user namespace, whose inode has a number of its own (PROC_USER_INIT_INO).</summary>
    public static bool IsInitialUserNamespace()
        => Kist.Linux.Kernel.ReadLinkAt(Kist.Linux.Kernel.AT_FDCWD, "/proc/self/ns/user", out _) is null or "user:[4026531837]";

    /// <summary>Asks the kernel.</summary>
    /// <exception cref="KistException">The kernel is too old.</exception>
    public static HostFacts Probe()
    {
        string release = Kist.Linux.Kernel.Release();
        KernelVersion kernel = KernelVersion.Parse(release);
        if (!kernel.IsAtLeast(KernelVersion.Oldest.Major, KernelVersion.Oldest.Minor))
            throw new KistException($"this kernel is Linux {release}; Kist needs {KernelVersion.Oldest} or newer (mount_setattr, cgroup.kill)");
        const int PR_CAPBSET_READ = 23;
        int last = 40;
        while (last < 62 && Kist.Linux.Kernel.Prctl(PR_CAPBSET_READ, last + 1) >= 0) last++;
        return new()
        {
            Kernel = kernel,
            Uid = Kist.Linux.Kernel.GetEuid(),
            Gid = Kist.Linux.Kernel.GetEgid(),
            Capabilities = Kist.Linux.Kernel.PermittedCapabilities(),
            LastCapability = last,
            InitialUserNamespace = IsInitialUserNamespace(),
            OpenTreeAttr = Kist.Linux.Kernel.HasOpenTreeAttr(),
            Cgroups = CgroupLayout.Probe(),
        };
    }
}
