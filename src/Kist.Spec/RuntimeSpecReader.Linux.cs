namespace Kist.Spec;

// config-linux.md, apart from resources and seccomp.
public static partial class RuntimeSpecReader
{
    static LinuxSpec ReadLinux(ref SpecCursor cursor)
    {
        // Each map and object is set only when the document has it: the records' own defaults stand otherwise.
        List<Namespace>? namespaces = null;
        List<IdMapping>? uidMappings = null, gidMappings = null;
        Dictionary<string, TimeOffset>? timeOffsets = null;
        List<Device>? devices = null;
        Dictionary<string, string?>? netDevices = null;
        string? cgroupsPath = null, rootfsPropagation = null, mountLabel = null;
        Resources? resources = null;
        IntelRdt? intelRdt = null;
        MemoryPolicy? memoryPolicy = null;
        Dictionary<string, string>? sysctl = null;
        Seccomp? seccomp = null;
        List<string>? maskedPaths = null, readonlyPaths = null;
        Personality? personality = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("namespaces"u8)) namespaces = ReadNamespaces(ref cursor);
            else if (cursor.Is("uidMappings"u8)) uidMappings = ReadIdMappings(ref cursor);
            else if (cursor.Is("gidMappings"u8)) gidMappings = ReadIdMappings(ref cursor);
            else if (cursor.Is("timeOffsets"u8)) timeOffsets = ReadTimeOffsets(ref cursor);
            else if (cursor.Is("devices"u8)) devices = ReadDevices(ref cursor);
            else if (cursor.Is("netDevices"u8)) netDevices = ReadNetDevices(ref cursor);
            else if (cursor.Is("cgroupsPath"u8)) cgroupsPath = cursor.String();
            else if (cursor.Is("resources"u8)) resources = ReadResources(ref cursor);
            else if (cursor.Is("intelRdt"u8)) intelRdt = ReadIntelRdt(ref cursor);
            else if (cursor.Is("memoryPolicy"u8)) memoryPolicy = ReadMemoryPolicy(ref cursor);
            else if (cursor.Is("sysctl"u8)) sysctl = cursor.StringMap();
            else if (cursor.Is("seccomp"u8)) seccomp = ReadSeccomp(ref cursor);
            else if (cursor.Is("rootfsPropagation"u8)) rootfsPropagation = cursor.String();
            else if (cursor.Is("maskedPaths"u8)) maskedPaths = cursor.Strings();
            else if (cursor.Is("readonlyPaths"u8)) readonlyPaths = cursor.Strings();
            else if (cursor.Is("mountLabel"u8)) mountLabel = cursor.String();
            else if (cursor.Is("personality"u8)) personality = ReadPersonality(ref cursor);
            else cursor.SkipValue();
        }
        return new LinuxSpec
        {
            Namespaces = namespaces ?? [],
            UidMappings = uidMappings ?? [],
            GidMappings = gidMappings ?? [],
            TimeOffsets = timeOffsets ?? LinuxSpec.NoTimeOffsets,
            Devices = devices ?? [],
            NetDevices = netDevices ?? LinuxSpec.NoNetDevices,
            CgroupsPath = NullIfEmpty(cgroupsPath),
            Resources = resources ?? Resources.None,
            IntelRdt = intelRdt,
            MemoryPolicy = memoryPolicy,
            Sysctl = sysctl ?? RuntimeSpec.NoStrings,
            Seccomp = seccomp,
            RootfsPropagation = NullIfEmpty(rootfsPropagation),
            MaskedPaths = maskedPaths ?? [],
            ReadonlyPaths = readonlyPaths ?? [],
            MountLabel = NullIfEmpty(mountLabel),
            Personality = personality,
        };
    }

    static List<Namespace> ReadNamespaces(ref SpecCursor cursor)
    {
        var namespaces = new List<Namespace>();
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            long start = cursor.Position;
            Namespace next = ReadNamespace(ref cursor);
            foreach (Namespace other in namespaces)
            {
                if (other.Type == next.Type)
                    throw SpecException.Unexpected(cursor.PathAt(start) + "/type", $"{NamespaceTable.Name(next.Type)} a second time", "each type once");
            }
            namespaces.Add(next);
        }
        return namespaces;
    }

    static Namespace ReadNamespace(ref SpecCursor cursor)
    {
        NamespaceType? type = null;
        string? path = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("type"u8))
                type = NamespaceTable.TryGet(cursor.Text(), out NamespaceType known) ? known : throw cursor.Unexpected(NamespaceTable.Allowed);
            else if (cursor.Is("path"u8)) path = cursor.String();
            else cursor.SkipValue();
        }
        return new Namespace(type ?? throw cursor.Missing("type", NamespaceTable.Allowed), NullIfEmpty(path));
    }

    static Dictionary<string, TimeOffset> ReadTimeOffsets(ref SpecCursor cursor)
    {
        var offsets = new Dictionary<string, TimeOffset>();
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            string clock = cursor.Name();
            long secs = 0;
            uint nanosecs = 0;
            cursor.BeginObject();
            while (cursor.NextProperty())
            {
                if (cursor.Is("secs"u8)) secs = cursor.Int();
                else if (cursor.Is("nanosecs"u8)) nanosecs = (uint)cursor.Unsigned(999_999_999);
                else cursor.SkipValue();
            }
            offsets[clock] = new TimeOffset(secs, nanosecs);
        }
        return offsets;
    }

    static List<Device> ReadDevices(ref SpecCursor cursor)
    {
        var devices = new List<Device>();
        cursor.BeginArray();
        while (cursor.NextElement()) devices.Add(ReadDevice(ref cursor));
        return devices;
    }

    static Device ReadDevice(ref SpecCursor cursor)
    {
        const string Types = "one of c, b, u, p";
        string? path = null;
        char type = '\0';
        int? major = null, minor = null;
        uint? fileMode = null, uid = null, gid = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("path"u8)) path = cursor.String();
            else if (cursor.Is("type"u8))
                type = cursor.Text() is [(byte)'c' or (byte)'b' or (byte)'u' or (byte)'p'] text ? (char)text[0] : throw cursor.Unexpected(Types);
            else if (cursor.Is("major"u8)) major = (int)cursor.Int(0, Device.MaxMajor);
            else if (cursor.Is("minor"u8)) minor = (int)cursor.Int(0, Device.MaxMinor);
            // Some engines leave the file's type in it.
            else if (cursor.Is("fileMode"u8)) fileMode = (uint)cursor.Unsigned(0xffff) & 0xfff;
            else if (cursor.Is("uid"u8)) uid = cursor.UInt32();
            else if (cursor.Is("gid"u8)) gid = cursor.UInt32();
            else cursor.SkipValue();
        }
        if (path is null) throw cursor.Missing("path", "an absolute path in the container");
        if (type == '\0') throw cursor.Missing("type", Types);
        if (type != 'p' && major is null) throw cursor.Missing("major", "the device's major number");
        if (type != 'p' && minor is null) throw cursor.Missing("minor", "the device's minor number");
        return new Device(path, type, major ?? 0, minor ?? 0, fileMode, uid, gid);
    }

    static Dictionary<string, string?> ReadNetDevices(ref SpecCursor cursor)
    {
        var devices = new Dictionary<string, string?>();
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            string host = cursor.Name();
            string? name = null;
            cursor.BeginObject();
            while (cursor.NextProperty())
            {
                if (cursor.Is("name"u8)) name = cursor.String();
                else cursor.SkipValue();
            }
            devices[host] = NullIfEmpty(name);
        }
        return devices;
    }

    static IntelRdt ReadIntelRdt(ref SpecCursor cursor)
    {
        string? closId = null, l3 = null, bandwidth = null;
        List<string>? schemata = null;
        bool monitoring = false;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("closID"u8)) closId = cursor.String();
            else if (cursor.Is("schemata"u8)) schemata = cursor.Strings();
            else if (cursor.Is("l3CacheSchema"u8)) l3 = cursor.String();
            else if (cursor.Is("memBwSchema"u8)) bandwidth = cursor.String();
            else if (cursor.Is("enableMonitoring"u8)) monitoring = cursor.Bool();
            else cursor.SkipValue();
        }
        return new IntelRdt
        {
            ClosId = NullIfEmpty(closId),
            Schemata = schemata ?? [],
            L3CacheSchema = NullIfEmpty(l3),
            MemBwSchema = NullIfEmpty(bandwidth),
            EnableMonitoring = monitoring,
        };
    }

    static MemoryPolicy ReadMemoryPolicy(ref SpecCursor cursor)
    {
        string? mode = null, nodes = null;
        List<string>? flags = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("mode"u8)) mode = cursor.String();
            else if (cursor.Is("nodes"u8)) nodes = cursor.String();
            else if (cursor.Is("flags"u8)) flags = cursor.Strings();
            else cursor.SkipValue();
        }
        return new MemoryPolicy(mode ?? throw cursor.Missing("mode", "a memory policy (MPOL_…)"), nodes ?? "", flags ?? []);
    }

    static Personality ReadPersonality(ref SpecCursor cursor)
    {
        string? domain = null;
        List<string>? flags = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("domain"u8)) domain = cursor.String();
            else if (cursor.Is("flags"u8)) flags = cursor.Strings();
            else cursor.SkipValue();
        }
        return new Personality(domain ?? throw cursor.Missing("domain", "one of LINUX, LINUX32"), flags ?? []);
    }
}
