using Kist.Linux;
using Kist.Spec;

namespace Kist.Runtime.Cgroups;

/// <summary>One file to write in the hierarchy of a controller.</summary>
readonly record struct CgroupWrite(string Controller, string File, string Value, string Field, string Why, bool Optional = false);

/// <summary>What the specification's resources come to in files: cgroups(7), and the kernel's cgroup-v1 and cgroup-v2 documents.</summary>
static class CgroupLimits
{
    /// <summary>Whether any limit is asked for; device rules are none.</summary>
    public static bool Any(Resources resources) => FirstField(resources) != "";

    /// <summary>The first limit that is asked for, as a JSON pointer.</summary>
    public static string FirstField(Resources resources)
        => resources.Memory is { Limit: not null } or { Reservation: not null } or { Swap: not null } or { Swappiness: not null } or { DisableOomKiller: true } ? "/linux/resources/memory"
        : resources.Cpu is { Shares: > 0 } or { Quota: not null } or { Period: not null } or { Burst: not null } or { Cpus.Length: > 0 } or { Mems.Length: > 0 } or { Idle: not null }
            or { RealtimeRuntime: not null } or { RealtimePeriod: not null } ? "/linux/resources/cpu"
        : resources.PidsLimit is not null ? "/linux/resources/pids"
        : resources.BlockIo is not null ? "/linux/resources/blockIO"
        : resources.HugepageLimits.Count > 0 ? "/linux/resources/hugepageLimits"
        : resources.Network is not null ? "/linux/resources/network"
        : resources.Rdma.Count > 0 ? "/linux/resources/rdma"
        : resources.Unified.Count > 0 ? "/linux/resources/unified" : "";

    /// <summary>The v2 controllers that the limits need.</summary>
    public static IReadOnlyList<string> Controllers(Resources resources)
    {
        List<string> controllers = [];
        // What Docker writes without any limit, {"disableOOMKiller": false}, needs none.
        if (resources.Memory is { Limit: not null } or { Reservation: not null } or { Swap: not null }) controllers.Add("memory");
        if (resources.Cpu is { } cpu)
        {
            if (cpu.Shares is > 0 || cpu.Quota is not null || cpu.Period is not null || cpu.Burst is not null || cpu.Idle is not null) controllers.Add("cpu");
            if (cpu.Cpus is { Length: > 0 } || cpu.Mems is { Length: > 0 }) controllers.Add("cpuset");
        }
        if (resources.PidsLimit is not null) controllers.Add("pids");
        foreach (string file in resources.Unified.Keys)
        {
            string controller = file[..int.Max(0, file.IndexOf('.'))];
            if (controller is not ("" or "cgroup") && !controllers.Contains(controller)) controllers.Add(controller);
        }
        return controllers;
    }

    public static List<CgroupWrite> Plan(Resources resources, CgroupLayout layout)
    {
        Refuse(resources);
        List<CgroupWrite> writes = [];
        bool v2 = layout.Version == CgroupVersion.V2;
        if (v2) Unified(resources, writes);
        else
        {
            if (resources.Unified.Count > 0) throw new KistException("/linux/resources/unified: needs cgroup v2; this machine has v1");
            Legacy(resources, writes);
        }
        return writes;
    }

    // Never ignored: what has no writer yet is an error.
    static void Refuse(Resources resources)
    {
        KistException Unsupported(string field) => new($"/linux/resources/{field}: is not supported by this version of Kist");
        if (resources.BlockIo is not null) throw Unsupported("blockIO");
        if (resources.HugepageLimits.Count > 0) throw Unsupported("hugepageLimits");
        if (resources.Network is not null) throw Unsupported("network");
        if (resources.Rdma.Count > 0) throw Unsupported("rdma");
        if (resources.Cpu is { RealtimeRuntime: not null } or { RealtimePeriod: not null }) throw Unsupported("cpu/realtimeRuntime");
        if (resources.Memory is { Kernel: > 0 } or { KernelTcp: > 0 }) throw Unsupported("memory/kernel");
    }

    static void Unified(Resources resources, List<CgroupWrite> writes)
    {
        if (resources.Memory is { } memory)
        {
            if (memory.Swap is { } swap)
                writes.Add(new("memory", "memory.swap.max", swap < 0 ? "max" : $"{swap - long.Max(0, memory.Limit ?? 0)}", "/linux/resources/memory/swap", "swap, apart from memory"));
            if (memory.Limit is { } limit) writes.Add(new("memory", "memory.max", Max(limit), "/linux/resources/memory/limit", "above it the container is out of memory"));
            if (memory.Reservation is { } reservation) writes.Add(new("memory", "memory.low", Max(reservation), "/linux/resources/memory/reservation", "reclaimed last below it"));
            if (memory.Swappiness is not null) throw new KistException("/linux/resources/memory/swappiness: cgroup v2 has no such setting");
            if (memory.DisableOomKiller == true) throw new KistException("/linux/resources/memory/disableOOMKiller: cgroup v2 has no such setting");
        }
        if (resources.Cpu is { } cpu)
        {
            if (cpu.Shares is > 0 and ulong shares) writes.Add(new("cpu", "cpu.weight", $"{Weight(shares)}", "/linux/resources/cpu/shares", "its part when the CPUs are busy"));
            if (cpu.Quota is not null || cpu.Period is not null)
                writes.Add(new("cpu", "cpu.max", $"{(cpu.Quota is > 0 and long quota ? quota : "max")} {cpu.Period ?? 100000}", cpu.Quota is null ? "/linux/resources/cpu/period" : "/linux/resources/cpu/quota", "CPU time in each period"));
            if (cpu.Burst is { } burst) writes.Add(new("cpu", "cpu.max.burst", $"{burst}", "/linux/resources/cpu/burst", "time saved up"));
            if (cpu.Idle is { } idle) writes.Add(new("cpu", "cpu.idle", $"{idle}", "/linux/resources/cpu/idle", "runs when nothing else does"));
            if (cpu.Cpus is { Length: > 0 } cpus) writes.Add(new("cpuset", "cpuset.cpus", cpus, "/linux/resources/cpu/cpus", "the CPUs it may use"));
            if (cpu.Mems is { Length: > 0 } mems) writes.Add(new("cpuset", "cpuset.mems", mems, "/linux/resources/cpu/mems", "the memory nodes it may use"));
        }
        if (resources.PidsLimit is { } pids) writes.Add(new("pids", "pids.max", Max(pids), "/linux/resources/pids/limit", "the most tasks at once"));
        foreach ((string file, string value) in resources.Unified)
        {
            if (file.Contains('/')) throw new KistException($"/linux/resources/unified/{file}: is not the name of a file of cgroup v2");
            writes.Add(new("", file, value, $"/linux/resources/unified/{SpecPath.Escape(file)}", "written as it is"));
        }
    }

    static void Legacy(Resources resources, List<CgroupWrite> writes)
    {
        if (resources.Memory is { } memory)
        {
            if (memory.Limit is { } limit) writes.Add(new("memory", "memory.limit_in_bytes", $"{limit}", "/linux/resources/memory/limit", "above it the container is out of memory"));
            if (memory.Swap is { } swap) writes.Add(new("memory", "memory.memsw.limit_in_bytes", $"{swap}", "/linux/resources/memory/swap", "memory and swap together"));
            if (memory.Reservation is { } reservation) writes.Add(new("memory", "memory.soft_limit_in_bytes", $"{reservation}", "/linux/resources/memory/reservation", "reclaimed last below it"));
            if (memory.Swappiness is { } swappiness) writes.Add(new("memory", "memory.swappiness", $"{swappiness}", "/linux/resources/memory/swappiness", "how readily it is swapped out"));
            if (memory.DisableOomKiller == true) writes.Add(new("memory", "memory.oom_control", "1", "/linux/resources/memory/disableOOMKiller", "tasks wait in place of being killed"));
        }
        if (resources.Cpu is { } cpu)
        {
            if (cpu.Shares is > 0 and ulong shares) writes.Add(new("cpu", "cpu.shares", $"{shares}", "/linux/resources/cpu/shares", "its part when the CPUs are busy"));
            if (cpu.Period is { } period) writes.Add(new("cpu", "cpu.cfs_period_us", $"{period}", "/linux/resources/cpu/period", "the period that the quota counts in"));
            if (cpu.Quota is { } quota) writes.Add(new("cpu", "cpu.cfs_quota_us", $"{quota}", "/linux/resources/cpu/quota", "CPU time in each period"));
            if (cpu.Burst is { } burst) writes.Add(new("cpu", "cpu.cfs_burst_us", $"{burst}", "/linux/resources/cpu/burst", "time saved up"));
            if (cpu.Idle is { } idle) writes.Add(new("cpu", "cpu.idle", $"{idle}", "/linux/resources/cpu/idle", "runs when nothing else does"));
        }
        if (resources.Cpu?.Cpus is { Length: > 0 } cpus) writes.Add(new("cpuset", "cpuset.cpus", cpus, "/linux/resources/cpu/cpus", "the CPUs it may use"));
        if (resources.Cpu?.Mems is { Length: > 0 } mems) writes.Add(new("cpuset", "cpuset.mems", mems, "/linux/resources/cpu/mems", "the memory nodes it may use"));
        if (resources.PidsLimit is { } pids) writes.Add(new("pids", "pids.max", Max(pids), "/linux/resources/pids/limit", "the most tasks at once"));
    }

    static string Max(long value) => value < 0 ? "max" : $"{value}";

    /// <summary>
    /// CPU shares (2 to 262144) as a weight (1 to 10000). As runc and systemd have it since 2025: the defaults 1024 and 100
    /// correspond, and so do both ends, by a square in the logarithms.
    /// </summary>
    public static ulong Weight(ulong shares)
    {
        if (shares <= 2) return 1;
        if (shares >= 262144) return 10000;
        double l = double.Log2(shares);
        return (ulong)double.Ceiling(double.Pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));
    }
}
