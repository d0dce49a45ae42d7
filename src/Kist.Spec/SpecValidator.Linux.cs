namespace Kist.Spec;

public static partial class SpecValidator
{
    static void CheckLinux(LinuxSpec linux)
    {
        CheckUserNamespace(linux);
        CheckTimeOffsets(linux);
        CheckDevices(linux.Devices);
        CheckNetDevices(linux);
        if (linux.CgroupsPath is { } cgroup) CheckCgroupsPath(cgroup);
        foreach (string name in linux.Sysctl.Keys) CheckSysctl(name, linux);
        CheckAbsolute("/linux/maskedPaths", linux.MaskedPaths);
        CheckAbsolute("/linux/readonlyPaths", linux.ReadonlyPaths);
        if (!Has(linux, NamespaceType.Mount))
        {
            const string Private = "nothing, as /linux/namespaces has no mount namespace (the host's files would be hidden)";
            if (linux.MaskedPaths.Count > 0) throw Unexpected("/linux/maskedPaths/0", linux.MaskedPaths[0], Private);
            if (linux.ReadonlyPaths.Count > 0) throw Unexpected("/linux/readonlyPaths/0", linux.ReadonlyPaths[0], Private);
        }
        if (linux.RootfsPropagation is { } propagation)
        {
            CheckOneOf("/linux/rootfsPropagation", propagation,
                ["shared", "slave", "private", "unbindable", "rshared", "rslave", "rprivate", "runbindable"]);
        }
        if (linux.Personality is { } personality)
        {
            CheckOneOf("/linux/personality/domain", personality.Domain, ["LINUX", "LINUX32"]);
            if (personality.Flags.Count > 0) throw Unexpected("/linux/personality/flags/0", personality.Flags[0], "no flags: the specification has none yet");
        }
        if (linux.IntelRdt is { } rdt) CheckIntelRdt(rdt);
        if (linux.MemoryPolicy is { } policy) CheckMemoryPolicy(policy);
        CheckResources(linux.Resources);
        if (linux.Seccomp is { } seccomp) CheckSeccomp(seccomp);
    }

    static void CheckNamespaces(IReadOnlyList<Namespace> namespaces)
    {
        uint seen = 0;
        for (int i = 0; i < namespaces.Count; i++)
        {
            (NamespaceType type, string? path) = (namespaces[i].Type, namespaces[i].Path);
            if ((seen >> (int)type & 1) != 0)
                throw SpecException.Unexpected($"/linux/namespaces/{i}/type", $"{NamespaceTable.Name(type)} a second time", "each type once");
            seen |= 1u << (int)type;
            if (path is not null) CheckAbsolute($"/linux/namespaces/{i}/path", path);
        }
    }

    static void CheckUserNamespace(LinuxSpec linux)
    {
        CheckMappings("/linux/uidMappings", linux.UidMappings);
        CheckMappings("/linux/gidMappings", linux.GidMappings);
        Namespace? user = Find(linux, NamespaceType.User);
        if (user is null)
        {
            const string None = "no mappings, as /linux/namespaces has no user namespace";
            if (linux.UidMappings.Count > 0) throw SpecException.Unexpected("/linux/uidMappings", "mappings", None);
            if (linux.GidMappings.Count > 0) throw SpecException.Unexpected("/linux/gidMappings", "mappings", None);
        }
        else if (user.Value.Path is null)
        {
            const string Some = "at least one mapping for the new user namespace";
            if (linux.UidMappings.Count == 0) throw SpecException.Missing("/linux/uidMappings", Some);
            if (linux.GidMappings.Count == 0) throw SpecException.Missing("/linux/gidMappings", Some);
        }
    }

    // user_namespaces(7).
    static void CheckMappings(string path, IReadOnlyList<IdMapping> mappings)
    {
        const int MostLines = 340;
        if (mappings.Count > MostLines) throw SpecException.Unexpected(path, $"{mappings.Count} mappings", $"at most {MostLines}, the kernel's limit");
        for (int i = 0; i < mappings.Count; i++)
        {
            IdMapping mapping = mappings[i];
            if (mapping.Size == 0) throw Unexpected($"{path}/{i}/size", 0, "at least 1 id");
            // 4294967295 is (uid_t)-1, "no id".
            if ((ulong)mapping.ContainerId + mapping.Size > uint.MaxValue)
                throw Unexpected($"{path}/{i}/size", mapping.Size, $"at most {uint.MaxValue - mapping.ContainerId}, so that ids in the container stay below {uint.MaxValue}");
            if ((ulong)mapping.HostId + mapping.Size > uint.MaxValue)
                throw Unexpected($"{path}/{i}/size", mapping.Size, $"at most {uint.MaxValue - mapping.HostId}, so that ids on the host stay below {uint.MaxValue}");
            for (int j = 0; j < i; j++)
            {
                if (Overlap(mapping.ContainerId, mappings[j].ContainerId, mapping.Size, mappings[j].Size))
                    throw Unexpected($"{path}/{i}/containerID", mapping.ContainerId, $"ids in the container that {path}/{j} does not map already");
                if (Overlap(mapping.HostId, mappings[j].HostId, mapping.Size, mappings[j].Size))
                    throw Unexpected($"{path}/{i}/hostID", mapping.HostId, $"ids on the host that {path}/{j} does not map already");
            }
        }
    }

    static bool Overlap(ulong a, ulong b, uint sizeA, uint sizeB) => a < b + sizeB && b < a + sizeA;

    static void CheckTimeOffsets(LinuxSpec linux)
    {
        foreach ((string clock, TimeOffset offset) in linux.TimeOffsets)
        {
            string path = "/linux/timeOffsets/" + SpecPath.Escape(clock);
            if (clock is not ("monotonic" or "boottime")) throw SpecException.Unexpected("/linux/timeOffsets", SpecException.Quote(clock), "one of monotonic, boottime");
            if (Find(linux, NamespaceType.Time) is not { } time)
                throw SpecException.Unexpected(path, "an offset", "none, as /linux/namespaces has no time namespace");
            if (time.Path is not null) throw SpecException.Unexpected(path, "an offset", "none, as the time namespace is an existing one");
            CheckRange(path + "/nanosecs", offset.Nanosecs, 0, 999_999_999);
        }
    }

    static void CheckDevices(IReadOnlyList<Device> devices)
    {
        for (int i = 0; i < devices.Count; i++)
        {
            Device device = devices[i];
            string path = $"/linux/devices/{i}";
            CheckAbsolute(path + "/path", device.Path);
            if (device.Type is not ('c' or 'b' or 'u' or 'p')) throw Unexpected(path + "/type", device.Type.ToString(), "one of c, b, u, p");
            CheckRange(path + "/major", device.Major, 0, Device.MaxMajor);
            CheckRange(path + "/minor", device.Minor, 0, Device.MaxMinor);
            if (device.FileMode is { } mode) CheckRange(path + "/fileMode", mode, 0, 0xfff);
        }
    }

    static void CheckNetDevices(LinuxSpec linux)
    {
        foreach ((string host, string? name) in linux.NetDevices)
        {
            string path = "/linux/netDevices/" + SpecPath.Escape(host);
            if (!Has(linux, NamespaceType.Network)) throw SpecException.Unexpected(path, "a device", "none, as /linux/namespaces has no network namespace");
            if (!IsInterfaceName(host)) throw SpecException.Unexpected("/linux/netDevices", SpecException.Quote(host), InterfaceName);
            if (name is not null && !IsInterfaceName(name)) throw Unexpected(path + "/name", name, InterfaceName);
        }
    }

    const string InterfaceName = "an interface's name: 1 to 15 bytes without /, : and white space";

    // dev_valid_name() in the kernel.
    static bool IsInterfaceName(string name)
    {
        if (name is "" or "." or ".." || System.Text.Encoding.UTF8.GetByteCount(name) > 15) return false;
        foreach (char c in name)
        {
            if (c is '/' or ':' || char.IsWhiteSpace(c)) return false;
        }
        return true;
    }

    static void CheckCgroupsPath(string cgroup)
    {
        foreach (Range part in cgroup.AsSpan().Split('/'))
        {
            if (cgroup.AsSpan()[part] is "..") throw Unexpected("/linux/cgroupsPath", cgroup, "a path without \"..\"");
        }
        if (cgroup.Contains('\n')) throw Unexpected("/linux/cgroupsPath", cgroup, "a path without newlines");
    }

    // Only what belongs to a namespace of the container's own: all else would change the host.
    static void CheckSysctl(string name, LinuxSpec linux)
    {
        if (SysctlName.ToPath(name) is not { } path) throw SpecException.Unexpected("/linux/sysctl", SpecException.Quote(name), "a kernel parameter such as net.ipv4.ip_forward");
        NamespaceType type;
        if (path is "kernel/msgmax" or "kernel/msgmnb" or "kernel/msgmni" or "kernel/sem" or "kernel/shmall" or "kernel/shmmax" or "kernel/shmmni"
            or "kernel/shm_rmid_forced" || path.StartsWith("fs/mqueue/", StringComparison.Ordinal)) type = NamespaceType.Ipc;
        else if (path.StartsWith("net/", StringComparison.Ordinal)) type = NamespaceType.Network;
        else if (path == "kernel/domainname") type = NamespaceType.Uts;
        else if (path.StartsWith("user/", StringComparison.Ordinal)) type = NamespaceType.User;
        else if (path == "kernel/hostname") throw SpecException.Unexpected("/linux/sysctl", SpecException.Quote(name), "the name of the container in /hostname instead");
        else
        {
            throw SpecException.Unexpected("/linux/sysctl", SpecException.Quote(name),
                "a parameter that belongs to a namespace: net.*, user.*, fs.mqueue.*, kernel.domainname, kernel.msg*, kernel.sem, kernel.shm*");
        }
        if (!Has(linux, type))
            throw SpecException.Unexpected("/linux/sysctl", SpecException.Quote(name), $"that parameter only with a {NamespaceTable.Name(type)} namespace in /linux/namespaces");
    }

    static void CheckIntelRdt(IntelRdt rdt)
    {
        if (rdt.ClosId is { } id && id != "/" && (id is "." or ".." || id.AsSpan().IndexOfAny('/', '\n') >= 0))
            throw Unexpected("/linux/intelRdt/closID", id, "a directory's name, or / for the default class");
        if (rdt.L3CacheSchema is { } l3 && l3.Contains('\n')) throw Unexpected("/linux/intelRdt/l3CacheSchema", l3, "one line");
        if (rdt.MemBwSchema is { } bandwidth && (!bandwidth.StartsWith("MB:", StringComparison.Ordinal) || bandwidth.Contains('\n')))
            throw Unexpected("/linux/intelRdt/memBwSchema", bandwidth, "one line that starts with MB:");
        for (int i = 0; i < rdt.Schemata.Count; i++)
        {
            if (rdt.Schemata[i].Contains('\n')) throw Unexpected($"/linux/intelRdt/schemata/{i}", rdt.Schemata[i], "one line");
        }
    }

    // set_mempolicy(2).
    static void CheckMemoryPolicy(MemoryPolicy policy)
    {
        CheckOneOf("/linux/memoryPolicy/mode", policy.Mode,
            ["MPOL_DEFAULT", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE", "MPOL_PREFERRED", "MPOL_PREFERRED_MANY", "MPOL_LOCAL"]);
        CheckOneOf("/linux/memoryPolicy/flags", policy.Flags, ["MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"]);
        if (policy.Nodes.Length > 0) CheckList("/linux/memoryPolicy/nodes", policy.Nodes);
        bool none = policy.Mode is "MPOL_DEFAULT" or "MPOL_LOCAL";
        if (none && policy.Nodes.Length > 0) throw Unexpected("/linux/memoryPolicy/nodes", policy.Nodes, $"no nodes with {policy.Mode}");
        if (!none && policy.Mode != "MPOL_PREFERRED" && policy.Nodes.Length == 0) throw SpecException.Missing("/linux/memoryPolicy/nodes", $"nodes for {policy.Mode}");
        if (policy.Flags.Contains("MPOL_F_STATIC_NODES") && policy.Flags.Contains("MPOL_F_RELATIVE_NODES"))
            throw SpecException.Unexpected("/linux/memoryPolicy/flags", "both", "one of MPOL_F_STATIC_NODES, MPOL_F_RELATIVE_NODES");
        if (policy.Mode == "MPOL_DEFAULT" && policy.Flags.Count > 0) throw Unexpected("/linux/memoryPolicy/flags/0", policy.Flags[0], "no flags with MPOL_DEFAULT");
    }
}
