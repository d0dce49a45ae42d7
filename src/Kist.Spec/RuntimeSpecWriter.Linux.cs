using System.Text.Json;

namespace Kist.Spec;

public static partial class RuntimeSpecWriter
{
    static void WriteLinux(Utf8JsonWriter json, LinuxSpec linux)
    {
        json.WriteStartObject("linux"u8);
        IdMappings(json, "uidMappings"u8, linux.UidMappings);
        IdMappings(json, "gidMappings"u8, linux.GidMappings);
        StringMap(json, "sysctl"u8, linux.Sysctl);
        WriteResources(json, linux.Resources);
        OptionalString(json, "cgroupsPath"u8, linux.CgroupsPath);
        WriteNamespaces(json, linux.Namespaces);
        WriteDevices(json, linux.Devices);
        if (linux.NetDevices.Count > 0)
        {
            json.WriteStartObject("netDevices"u8);
            foreach ((string host, string? name) in linux.NetDevices)
            {
                json.WriteStartObject(host);
                OptionalString(json, "name"u8, name);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        if (linux.Seccomp is { } seccomp) WriteSeccomp(json, seccomp);
        OptionalString(json, "rootfsPropagation"u8, linux.RootfsPropagation);
        Strings(json, "maskedPaths"u8, linux.MaskedPaths);
        Strings(json, "readonlyPaths"u8, linux.ReadonlyPaths);
        OptionalString(json, "mountLabel"u8, linux.MountLabel);
        if (linux.IntelRdt is { } rdt) WriteIntelRdt(json, rdt);
        if (linux.MemoryPolicy is { } policy)
        {
            json.WriteStartObject("memoryPolicy"u8);
            json.WriteString("mode"u8, policy.Mode);
            if (policy.Nodes.Length > 0) json.WriteString("nodes"u8, policy.Nodes);
            Strings(json, "flags"u8, policy.Flags);
            json.WriteEndObject();
        }
        if (linux.Personality is { } personality)
        {
            json.WriteStartObject("personality"u8);
            json.WriteString("domain"u8, personality.Domain);
            Strings(json, "flags"u8, personality.Flags);
            json.WriteEndObject();
        }
        if (linux.TimeOffsets.Count > 0)
        {
            json.WriteStartObject("timeOffsets"u8);
            foreach ((string clock, TimeOffset offset) in linux.TimeOffsets)
            {
                json.WriteStartObject(clock);
                if (offset.Secs != 0) json.WriteNumber("secs"u8, offset.Secs);
                if (offset.Nanosecs != 0) json.WriteNumber("nanosecs"u8, offset.Nanosecs);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    static void WriteNamespaces(Utf8JsonWriter json, IReadOnlyList<Namespace> namespaces)
    {
        if (namespaces.Count == 0) return;
        json.WriteStartArray("namespaces"u8);
        foreach (Namespace item in namespaces)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, NamespaceTable.Name(item.Type));
            OptionalString(json, "path"u8, item.Path);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WriteDevices(Utf8JsonWriter json, IReadOnlyList<Device> devices)
    {
        if (devices.Count == 0) return;
        json.WriteStartArray("devices"u8);
        foreach (Device device in devices)
        {
            json.WriteStartObject();
            json.WriteString("path"u8, device.Path);
            Letter(json, "type"u8, device.Type);
            json.WriteNumber("major"u8, device.Major);
            json.WriteNumber("minor"u8, device.Minor);
            Optional(json, "fileMode"u8, device.FileMode);
            Optional(json, "uid"u8, device.Uid);
            Optional(json, "gid"u8, device.Gid);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void Letter(Utf8JsonWriter json, ReadOnlySpan<byte> name, char letter) =>
        json.WriteString(name, new ReadOnlySpan<char>(in letter));

    static void WriteIntelRdt(Utf8JsonWriter json, IntelRdt rdt)
    {
        json.WriteStartObject("intelRdt"u8);
        OptionalString(json, "closID"u8, rdt.ClosId);
        Strings(json, "schemata"u8, rdt.Schemata);
        OptionalString(json, "l3CacheSchema"u8, rdt.L3CacheSchema);
        OptionalString(json, "memBwSchema"u8, rdt.MemBwSchema);
        if (rdt.EnableMonitoring) json.WriteBoolean("enableMonitoring"u8, true);
        json.WriteEndObject();
    }

    static void WriteSeccomp(Utf8JsonWriter json, Seccomp seccomp)
    {
        json.WriteStartObject("seccomp"u8);
        json.WriteString("defaultAction"u8, SeccompTable.Name(seccomp.DefaultAction));
        Optional(json, "defaultErrnoRet"u8, seccomp.DefaultErrnoRet);
        Strings(json, "architectures"u8, seccomp.Architectures);
        if (seccomp.Flags is { } flags) AllStrings(json, "flags"u8, flags);
        OptionalString(json, "listenerPath"u8, seccomp.ListenerPath);
        OptionalString(json, "listenerMetadata"u8, seccomp.ListenerMetadata);
        if (seccomp.Syscalls.Count > 0)
        {
            json.WriteStartArray("syscalls"u8);
            foreach (SeccompRule rule in seccomp.Syscalls) WriteRule(json, rule);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    static void WriteRule(Utf8JsonWriter json, SeccompRule rule)
    {
        json.WriteStartObject();
        AllStrings(json, "names"u8, rule.Names);
        json.WriteString("action"u8, SeccompTable.Name(rule.Action));
        Optional(json, "errnoRet"u8, rule.ErrnoRet);
        if (rule.Args.Count > 0)
        {
            json.WriteStartArray("args"u8);
            foreach (SeccompArgument argument in rule.Args)
            {
                json.WriteStartObject();
                json.WriteNumber("index"u8, argument.Index);
                json.WriteNumber("value"u8, argument.Value);
                if (argument.ValueTwo != 0) json.WriteNumber("valueTwo"u8, argument.ValueTwo);
                json.WriteString("op"u8, SeccompTable.Name(argument.Operator));
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
