using System.Text;
using Kist.Engine.Configuration;
using Kist.Linux;
using Kist.Runtime.Cgroups;

namespace Kist.Engine.Launching;

/// <summary>Facts that only some limits ask for.</summary>
public static class Machine
{
    /// <summary>How many processors are switched on, counted as their largest number; 0 if that cannot be read.</summary>
    public static int Processors() =>
        Kernel.ReadFile(Kernel.AT_FDCWD, "/sys/devices/system/cpu/online", out _) is { Length: > 1 } list ? Quantity.LargestCpu(Encoding.ASCII.GetString(list).Trim()) + 1 : 0;

    /// <summary>Whether the kernel counts swap, which v1 does only with swapaccount=1.</summary>
    public static bool LimitsSwap(CgroupLayout cgroups)
    {
        if (cgroups.Find("memory") is not { } hierarchy)
            return false;
        string file = cgroups.Version == CgroupVersion.V2 ? $"{hierarchy.Directory}{hierarchy.OwnPath}/memory.swap.max" : $"{hierarchy.Directory}/memory.memsw.limit_in_bytes";
        // The root of a v2 tree has no limits of its own to look at.
        return cgroups.Version == CgroupVersion.V2 && hierarchy.OwnPath == "/"
            ? Kernel.Stat(Kernel.AT_FDCWD, "/proc/swaps", out _) == Errno.None
            : Kernel.Stat(Kernel.AT_FDCWD, file, out _) == Errno.None;
    }

    /// <summary>64 hexadecimal digits that nobody had before.</summary>
    public static string NewId()
    {
        Span<byte> bytes = stackalloc byte[32];
        return Kernel.GetRandom(bytes) == bytes.Length ? Convert.ToHexStringLower(bytes) : throw new KistException("getrandom(2) gave no random bytes for the container's id");
    }
}
