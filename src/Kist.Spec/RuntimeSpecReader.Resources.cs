namespace Kist.Spec;

// config-linux.md#control-groups.
public static partial class RuntimeSpecReader
{
    static Resources ReadResources(ref SpecCursor cursor)
    {
        List<DeviceRule>? devices = null;
        MemoryResources? memory = null;
        CpuResources? cpu = null;
        long? pids = null;
        BlockIo? blockIo = null;
        List<HugepageLimit>? hugepages = null;
        NetworkResources? network = null;
        Dictionary<string, RdmaLimit>? rdma = null;
        Dictionary<string, string>? unified = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("devices"u8)) devices = ReadDeviceRules(ref cursor);
            else if (cursor.Is("memory"u8)) memory = ReadMemory(ref cursor);
            else if (cursor.Is("cpu"u8)) cpu = ReadCpu(ref cursor);
            else if (cursor.Is("pids"u8)) pids = ReadPidsLimit(ref cursor);
            else if (cursor.Is("blockIO"u8)) blockIo = ReadBlockIo(ref cursor);
            else if (cursor.Is("hugepageLimits"u8)) hugepages = ReadHugepageLimits(ref cursor);
            else if (cursor.Is("network"u8)) network = ReadNetwork(ref cursor);
            else if (cursor.Is("rdma"u8)) rdma = ReadRdma(ref cursor);
            else if (cursor.Is("unified"u8)) unified = cursor.StringMap();
            else cursor.SkipValue();
        }
        return new Resources
        {
            Devices = devices ?? [],
            Memory = memory,
            Cpu = cpu,
            PidsLimit = pids,
            BlockIo = blockIo,
            HugepageLimits = hugepages ?? [],
            Network = network,
            Rdma = rdma ?? Resources.NoRdma,
            Unified = unified ?? RuntimeSpec.NoStrings,
        };
    }

    static List<DeviceRule> ReadDeviceRules(ref SpecCursor cursor)
    {
        var rules = new List<DeviceRule>();
        cursor.BeginArray();
        while (cursor.NextElement()) rules.Add(ReadDeviceRule(ref cursor));
        return rules;
    }

    static DeviceRule ReadDeviceRule(ref SpecCursor cursor)
    {
        const string Types = "one of a, b, c";
        bool? allow = null;
        char type = 'a';
        long? major = null, minor = null;
        string? access = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("allow"u8)) allow = cursor.Bool();
            else if (cursor.Is("type"u8))
            {
                ReadOnlySpan<byte> text = cursor.Text();
                type = text is [(byte)'a' or (byte)'b' or (byte)'c'] ? (char)text[0] : text.IsEmpty ? 'a' : throw cursor.Unexpected(Types);
            }
            else if (cursor.Is("major"u8)) major = Wildcard(cursor.Int(-1, uint.MaxValue));
            else if (cursor.Is("minor"u8)) minor = Wildcard(cursor.Int(-1, uint.MaxValue));
            else if (cursor.Is("access"u8)) access = cursor.String();
            else cursor.SkipValue();
        }
        return new DeviceRule(allow ?? throw cursor.Missing("allow", "true or false"), type, major, minor, NullIfEmpty(access) ?? "rwm");
    }

    // Written by engines that take it from the kernel's own habit; the specification's way is to leave it out.
    static long? Wildcard(long number) => number == -1 ? null : number;

    static MemoryResources ReadMemory(ref SpecCursor cursor)
    {
        long? limit = null, reservation = null, swap = null, kernel = null, kernelTcp = null;
        ulong? swappiness = null;
        bool? disableOomKiller = null, useHierarchy = null, checkBeforeUpdate = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("limit"u8)) limit = cursor.Int();
            else if (cursor.Is("reservation"u8)) reservation = cursor.Int();
            else if (cursor.Is("swap"u8)) swap = cursor.Int();
            else if (cursor.Is("kernel"u8)) kernel = cursor.Int();
            else if (cursor.Is("kernelTCP"u8)) kernelTcp = cursor.Int();
            else if (cursor.Is("swappiness"u8)) swappiness = cursor.Unsigned();
            else if (cursor.Is("disableOOMKiller"u8)) disableOomKiller = cursor.Bool();
            else if (cursor.Is("useHierarchy"u8)) useHierarchy = cursor.Bool();
            else if (cursor.Is("checkBeforeUpdate"u8)) checkBeforeUpdate = cursor.Bool();
            else cursor.SkipValue();
        }
        return new MemoryResources
        {
            Limit = limit,
            Reservation = reservation,
            Swap = swap,
            Kernel = kernel,
            KernelTcp = kernelTcp,
            Swappiness = swappiness,
            DisableOomKiller = disableOomKiller,
            UseHierarchy = useHierarchy,
            CheckBeforeUpdate = checkBeforeUpdate,
        };
    }

    static CpuResources ReadCpu(ref SpecCursor cursor)
    {
        ulong? shares = null, burst = null, period = null, realtimePeriod = null;
        long? quota = null, realtimeRuntime = null, idle = null;
        string? cpus = null, mems = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("shares"u8)) shares = cursor.Unsigned();
            else if (cursor.Is("quota"u8)) quota = cursor.Int();
            else if (cursor.Is("burst"u8)) burst = cursor.Unsigned();
            else if (cursor.Is("period"u8)) period = cursor.Unsigned();
            else if (cursor.Is("realtimeRuntime"u8)) realtimeRuntime = cursor.Int();
            else if (cursor.Is("realtimePeriod"u8)) realtimePeriod = cursor.Unsigned();
            else if (cursor.Is("cpus"u8)) cpus = cursor.String();
            else if (cursor.Is("mems"u8)) mems = cursor.String();
            else if (cursor.Is("idle"u8)) idle = cursor.Int();
            else cursor.SkipValue();
        }
        return new CpuResources
        {
            Shares = shares,
            Quota = quota,
            Burst = burst,
            Period = period,
            RealtimeRuntime = realtimeRuntime,
            RealtimePeriod = realtimePeriod,
            Cpus = NullIfEmpty(cpus),
            Mems = NullIfEmpty(mems),
            Idle = idle,
        };
    }

    static long? ReadPidsLimit(ref SpecCursor cursor)
    {
        long? limit = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("limit"u8)) limit = cursor.Int();
            else cursor.SkipValue();
        }
        return limit;
    }

    static BlockIo ReadBlockIo(ref SpecCursor cursor)
    {
        ushort? weight = null, leafWeight = null;
        List<BlockWeight>? weights = null;
        List<BlockThrottle>? readBps = null, writeBps = null, readIops = null, writeIops = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("weight"u8)) weight = (ushort)cursor.Unsigned(ushort.MaxValue);
            else if (cursor.Is("leafWeight"u8)) leafWeight = (ushort)cursor.Unsigned(ushort.MaxValue);
            else if (cursor.Is("weightDevice"u8)) weights = ReadBlockWeights(ref cursor);
            else if (cursor.Is("throttleReadBpsDevice"u8)) readBps = ReadThrottles(ref cursor);
            else if (cursor.Is("throttleWriteBpsDevice"u8)) writeBps = ReadThrottles(ref cursor);
            else if (cursor.Is("throttleReadIOPSDevice"u8)) readIops = ReadThrottles(ref cursor);
            else if (cursor.Is("throttleWriteIOPSDevice"u8)) writeIops = ReadThrottles(ref cursor);
            else cursor.SkipValue();
        }
        return new BlockIo
        {
            Weight = weight,
            LeafWeight = leafWeight,
            WeightDevice = weights ?? [],
            ThrottleReadBpsDevice = readBps ?? [],
            ThrottleWriteBpsDevice = writeBps ?? [],
            ThrottleReadIopsDevice = readIops ?? [],
            ThrottleWriteIopsDevice = writeIops ?? [],
        };
    }

    static List<BlockWeight> ReadBlockWeights(ref SpecCursor cursor)
    {
        var weights = new List<BlockWeight>();
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            long? major = null, minor = null;
            ushort? weight = null, leafWeight = null;
            cursor.BeginObject();
            while (cursor.NextProperty())
            {
                if (cursor.Is("major"u8)) major = cursor.Int(0, uint.MaxValue);
                else if (cursor.Is("minor"u8)) minor = cursor.Int(0, uint.MaxValue);
                else if (cursor.Is("weight"u8)) weight = (ushort)cursor.Unsigned(ushort.MaxValue);
                else if (cursor.Is("leafWeight"u8)) leafWeight = (ushort)cursor.Unsigned(ushort.MaxValue);
                else cursor.SkipValue();
            }
            weights.Add(new BlockWeight(
                major ?? throw cursor.Missing("major", "the device's major number"),
                minor ?? throw cursor.Missing("minor", "the device's minor number"),
                weight,
                leafWeight));
        }
        return weights;
    }

    static List<BlockThrottle> ReadThrottles(ref SpecCursor cursor)
    {
        var throttles = new List<BlockThrottle>();
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            long? major = null, minor = null;
            ulong? rate = null;
            cursor.BeginObject();
            while (cursor.NextProperty())
            {
                if (cursor.Is("major"u8)) major = cursor.Int(0, uint.MaxValue);
                else if (cursor.Is("minor"u8)) minor = cursor.Int(0, uint.MaxValue);
                else if (cursor.Is("rate"u8)) rate = cursor.Unsigned();
                else cursor.SkipValue();
            }
            throttles.Add(new BlockThrottle(
                major ?? throw cursor.Missing("major", "the device's major number"),
                minor ?? throw cursor.Missing("minor", "the device's minor number"),
                rate ?? throw cursor.Missing("rate", "the limit per second")));
        }
        return throttles;
    }

    static List<HugepageLimit> ReadHugepageLimits(ref SpecCursor cursor)
    {
        var limits = new List<HugepageLimit>();
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            string? pageSize = null;
            ulong? limit = null;
            cursor.BeginObject();
            while (cursor.NextProperty())
            {
                if (cursor.Is("pageSize"u8)) pageSize = cursor.String();
                else if (cursor.Is("limit"u8)) limit = cursor.Unsigned();
                else cursor.SkipValue();
            }
            limits.Add(new HugepageLimit(
                pageSize ?? throw cursor.Missing("pageSize", "a size such as 2MB"),
                limit ?? throw cursor.Missing("limit", "a number of bytes")));
        }
        return limits;
    }

    static NetworkResources ReadNetwork(ref SpecCursor cursor)
    {
        uint? classId = null;
        List<(string, uint)>? priorities = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("classID"u8)) classId = cursor.UInt32();
            else if (cursor.Is("priorities"u8)) priorities = ReadPriorities(ref cursor);
            else cursor.SkipValue();
        }
        return new NetworkResources(classId, priorities ?? []);
    }

    static List<(string, uint)> ReadPriorities(ref SpecCursor cursor)
    {
        var priorities = new List<(string, uint)>();
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            string? name = null;
            uint? priority = null;
            cursor.BeginObject();
            while (cursor.NextProperty())
            {
                if (cursor.Is("name"u8)) name = cursor.String();
                else if (cursor.Is("priority"u8)) priority = cursor.UInt32();
                else cursor.SkipValue();
            }
            priorities.Add((
                name ?? throw cursor.Missing("name", "an interface's name"),
                priority ?? throw cursor.Missing("priority", "a number")));
        }
        return priorities;
    }

    static Dictionary<string, RdmaLimit> ReadRdma(ref SpecCursor cursor)
    {
        var limits = new Dictionary<string, RdmaLimit>();
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            string device = cursor.Name();
            uint? handles = null, objects = null;
            cursor.BeginObject();
            while (cursor.NextProperty())
            {
                if (cursor.Is("hcaHandles"u8)) handles = cursor.UInt32();
                else if (cursor.Is("hcaObjects"u8)) objects = cursor.UInt32();
                else cursor.SkipValue();
            }
            limits[device] = new RdmaLimit(handles, objects);
        }
        return limits;
    }
}
