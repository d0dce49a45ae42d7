using System.Globalization;

namespace Kist.Spec;

public static partial class SpecValidator
{
    static void CheckResources(Resources resources)
    {
        CheckDeviceRules(resources.Devices);
        if (resources.Memory is { } memory) CheckMemory(memory);
        if (resources.Cpu is { } cpu) CheckCpu(cpu);
        if (resources.PidsLimit is { } pids and < -1) throw Unexpected("/linux/resources/pids/limit", pids, "a number of tasks, or -1 for no limit");
        if (resources.BlockIo is { } blockIo) CheckBlockIo(blockIo);
        for (int i = 0; i < resources.HugepageLimits.Count; i++)
        {
            string size = resources.HugepageLimits[i].PageSize;
            if (!IsPageSize(size)) throw Unexpected($"/linux/resources/hugepageLimits/{i}/pageSize", size, "a size such as 64KB, 2MB, 1GB");
        }
        if (resources.Network is { } network)
        {
            for (int i = 0; i < network.Priorities.Count; i++)
            {
                if (!IsInterfaceName(network.Priorities[i].Name))
                    throw Unexpected($"/linux/resources/network/priorities/{i}/name", network.Priorities[i].Name, InterfaceName);
            }
        }
        foreach ((string device, RdmaLimit limit) in resources.Rdma)
        {
            if (limit is { HcaHandles: null, HcaObjects: null })
                throw SpecException.Missing($"/linux/resources/rdma/{SpecPath.Escape(device)}/hcaHandles", "one of hcaHandles, hcaObjects");
        }
        foreach (string file in resources.Unified.Keys)
        {
            if (file.Length == 0 || file is "." or ".." || file.Contains('/'))
                throw SpecException.Unexpected("/linux/resources/unified", SpecException.Quote(file), "a file's name in the cgroup, such as memory.high");
        }
    }

    static void CheckDeviceRules(IReadOnlyList<DeviceRule> rules)
    {
        for (int i = 0; i < rules.Count; i++)
        {
            string path = "/linux/resources/devices/" + i;
            DeviceRule rule = rules[i];
            if (rule.Type is not ('a' or 'b' or 'c')) throw Unexpected(path + "/type", rule.Type.ToString(), "one of a, b, c");
            if (rule.Access.Length == 0 || rule.Access.AsSpan().IndexOfAnyExcept("rwm") >= 0) throw Unexpected(path + "/access", rule.Access, "letters of r, w, m");
            if (rule.Major is { } major) CheckRange(path + "/major", major, 0, uint.MaxValue);
            if (rule.Minor is { } minor) CheckRange(path + "/minor", minor, 0, uint.MaxValue);
        }
    }

    // 0 is "not set" in the documents of many engines, -1 is no limit.
    static void CheckMemory(MemoryResources memory)
    {
        const string Path = "/linux/resources/memory/";
        CheckBytes(Path + "limit", memory.Limit);
        CheckBytes(Path + "reservation", memory.Reservation);
        CheckBytes(Path + "swap", memory.Swap);
        CheckBytes(Path + "kernel", memory.Kernel);
        CheckBytes(Path + "kernelTCP", memory.KernelTcp);
        if (memory.Swap is { } swap and > 0)
        {
            if (memory.Limit is not > 0) throw Unexpected(Path + "swap", swap, "a value only together with a limit, as it counts memory and swap");
            if (swap < memory.Limit) throw Unexpected(Path + "swap", swap, $"at least the limit, {memory.Limit}, as it counts memory and swap");
        }
        // As a signed number -1: not set.
        if (memory.Swappiness is { } swappiness and > 100 and < ulong.MaxValue)
            throw SpecException.Unexpected(Path + "swappiness", $"{swappiness}", "an integer from 0 to 100");
    }

    static void CheckBytes(string path, long? value)
    {
        if (value is { } bytes and < -1) throw Unexpected(path, bytes, "a number of bytes, or -1 for no limit");
    }

    static void CheckCpu(CpuResources cpu)
    {
        const string Path = "/linux/resources/cpu/";
        if (cpu.Shares is { } shares and not 0 and (< 2 or > 262144))
            throw SpecException.Unexpected(Path + "shares", $"{shares}", "an integer from 2 to 262144, or 0 for the default");
        // sched/core.c: a quota of 1 ms or more, a period from 1 ms to 1 s.
        if (cpu.Quota is { } quota and not (0 or -1) and < 1000) throw Unexpected(Path + "quota", quota, "at least 1000 microseconds, or -1 for no limit");
        if (cpu.Period is { } period and not 0 and (< 1000 or > 1_000_000))
            throw SpecException.Unexpected(Path + "period", $"{period}", "an integer from 1000 to 1000000, in microseconds");
        if (cpu.Burst is { } burst && cpu.Quota is { } limit and > 0 && burst > (ulong)limit)
            throw SpecException.Unexpected(Path + "burst", $"{burst}", $"at most the quota, {limit}");
        if (cpu.RealtimeRuntime is { } runtime)
        {
            if (runtime < -1) throw Unexpected(Path + "realtimeRuntime", runtime, "a number of microseconds, or -1 for no limit");
            if (runtime > 0 && cpu.RealtimePeriod is { } realtimePeriod and not 0 && (ulong)runtime > realtimePeriod)
                throw Unexpected(Path + "realtimeRuntime", runtime, $"at most the realtimePeriod, {realtimePeriod}");
        }
        if (cpu.Idle is { } idle) CheckRange(Path + "idle", idle, 0, 1);
        CheckList(Path + "cpus", cpu.Cpus);
        CheckList(Path + "mems", cpu.Mems);
    }

    static void CheckBlockIo(BlockIo blockIo)
    {
        const string Path = "/linux/resources/blockIO/";
        CheckWeight(Path + "weight", blockIo.Weight);
        CheckWeight(Path + "leafWeight", blockIo.LeafWeight);
        for (int i = 0; i < blockIo.WeightDevice.Count; i++)
        {
            BlockWeight device = blockIo.WeightDevice[i];
            if (device is { Weight: null, LeafWeight: null }) throw SpecException.Missing($"{Path}weightDevice/{i}/weight", "one of weight, leafWeight");
            CheckWeight($"{Path}weightDevice/{i}/weight", device.Weight);
            CheckWeight($"{Path}weightDevice/{i}/leafWeight", device.LeafWeight);
        }
    }

    static void CheckWeight(string path, ushort? value)
    {
        if (value is { } weight and not 0 and (< 10 or > 1000)) throw Unexpected(path, weight, "an integer from 10 to 1000, or 0 for the default");
    }

    static bool IsPageSize(string size) =>
        size is [>= '1' and <= '9', .., 'K' or 'M' or 'G', 'B'] && ulong.TryParse(size.AsSpan()[..^2], NumberStyles.None, null, out _);
}
