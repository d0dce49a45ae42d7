using System.Text.Json;

namespace Kist.Spec;

public static partial class RuntimeSpecWriter
{
    static void WriteResources(Utf8JsonWriter json, Resources resources)
    {
        if (resources is { Devices.Count: 0, Memory: null, Cpu: null, PidsLimit: null, BlockIo: null, HugepageLimits.Count: 0, Network: null, Rdma.Count: 0, Unified.Count: 0 })
            return;
        json.WriteStartObject("resources"u8);
        WriteDeviceRules(json, resources.Devices);
        if (resources.Memory is { } memory) WriteMemory(json, memory);
        if (resources.Cpu is { } cpu) WriteCpu(json, cpu);
        if (resources.PidsLimit is { } pids)
        {
            json.WriteStartObject("pids"u8);
            json.WriteNumber("limit"u8, pids);
            json.WriteEndObject();
        }
        if (resources.BlockIo is { } blockIo) WriteBlockIo(json, blockIo);
        if (resources.HugepageLimits.Count > 0)
        {
            json.WriteStartArray("hugepageLimits"u8);
            foreach (HugepageLimit limit in resources.HugepageLimits)
            {
                json.WriteStartObject();
                json.WriteString("pageSize"u8, limit.PageSize);
                json.WriteNumber("limit"u8, limit.Limit);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        if (resources.Network is { } network) WriteNetwork(json, network);
        WriteRdma(json, resources.Rdma);
        StringMap(json, "unified"u8, resources.Unified);
        json.WriteEndObject();
    }

    static void WriteDeviceRules(Utf8JsonWriter json, IReadOnlyList<DeviceRule> rules)
    {
        if (rules.Count == 0) return;
        json.WriteStartArray("devices"u8);
        foreach (DeviceRule rule in rules)
        {
            json.WriteStartObject();
            json.WriteBoolean("allow"u8, rule.Allow);
            if (rule.Type != 'a') Letter(json, "type"u8, rule.Type);
            Optional(json, "major"u8, rule.Major);
            Optional(json, "minor"u8, rule.Minor);
            json.WriteString("access"u8, rule.Access);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WriteMemory(Utf8JsonWriter json, MemoryResources memory)
    {
        json.WriteStartObject("memory"u8);
        Optional(json, "limit"u8, memory.Limit);
        Optional(json, "reservation"u8, memory.Reservation);
        Optional(json, "swap"u8, memory.Swap);
        Optional(json, "kernel"u8, memory.Kernel);
        Optional(json, "kernelTCP"u8, memory.KernelTcp);
        Optional(json, "swappiness"u8, memory.Swappiness);
        Optional(json, "disableOOMKiller"u8, memory.DisableOomKiller);
        Optional(json, "useHierarchy"u8, memory.UseHierarchy);
        Optional(json, "checkBeforeUpdate"u8, memory.CheckBeforeUpdate);
        json.WriteEndObject();
    }

    static void WriteCpu(Utf8JsonWriter json, CpuResources cpu)
    {
        json.WriteStartObject("cpu"u8);
        Optional(json, "shares"u8, cpu.Shares);
        Optional(json, "quota"u8, cpu.Quota);
        Optional(json, "burst"u8, cpu.Burst);
        Optional(json, "period"u8, cpu.Period);
        Optional(json, "realtimeRuntime"u8, cpu.RealtimeRuntime);
        Optional(json, "realtimePeriod"u8, cpu.RealtimePeriod);
        OptionalString(json, "cpus"u8, cpu.Cpus);
        OptionalString(json, "mems"u8, cpu.Mems);
        Optional(json, "idle"u8, cpu.Idle);
        json.WriteEndObject();
    }

    static void WriteBlockIo(Utf8JsonWriter json, BlockIo blockIo)
    {
        json.WriteStartObject("blockIO"u8);
        Optional(json, "weight"u8, (ulong?)blockIo.Weight);
        Optional(json, "leafWeight"u8, (ulong?)blockIo.LeafWeight);
        if (blockIo.WeightDevice.Count > 0)
        {
            json.WriteStartArray("weightDevice"u8);
            foreach (BlockWeight device in blockIo.WeightDevice)
            {
                json.WriteStartObject();
                json.WriteNumber("major"u8, device.Major);
                json.WriteNumber("minor"u8, device.Minor);
                Optional(json, "weight"u8, (ulong?)device.Weight);
                Optional(json, "leafWeight"u8, (ulong?)device.LeafWeight);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        Throttles(json, "throttleReadBpsDevice"u8, blockIo.ThrottleReadBpsDevice);
        Throttles(json, "throttleWriteBpsDevice"u8, blockIo.ThrottleWriteBpsDevice);
        Throttles(json, "throttleReadIOPSDevice"u8, blockIo.ThrottleReadIopsDevice);
        Throttles(json, "throttleWriteIOPSDevice"u8, blockIo.ThrottleWriteIopsDevice);
        json.WriteEndObject();
    }

    static void Throttles(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<BlockThrottle> throttles)
    {
        if (throttles.Count == 0) return;
        json.WriteStartArray(name);
        foreach (BlockThrottle device in throttles)
        {
            json.WriteStartObject();
            json.WriteNumber("major"u8, device.Major);
            json.WriteNumber("minor"u8, device.Minor);
            json.WriteNumber("rate"u8, device.Rate);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WriteNetwork(Utf8JsonWriter json, NetworkResources network)
    {
        json.WriteStartObject("network"u8);
        Optional(json, "classID"u8, network.ClassId);
        if (network.Priorities.Count > 0)
        {
            json.WriteStartArray("priorities"u8);
            foreach ((string name, uint priority) in network.Priorities)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, name);
                json.WriteNumber("priority"u8, priority);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    static void WriteRdma(Utf8JsonWriter json, IReadOnlyDictionary<string, RdmaLimit> limits)
    {
        if (limits.Count == 0) return;
        json.WriteStartObject("rdma"u8);
        foreach ((string device, RdmaLimit limit) in limits)
        {
            json.WriteStartObject(device);
            Optional(json, "hcaHandles"u8, limit.HcaHandles);
            Optional(json, "hcaObjects"u8, limit.HcaObjects);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
