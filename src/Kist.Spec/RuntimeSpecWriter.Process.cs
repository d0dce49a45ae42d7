using System.Text.Json;

namespace Kist.Spec;

public static partial class RuntimeSpecWriter
{
    static void WriteProcess(Utf8JsonWriter json, Process process)
    {
        json.WriteStartObject("process"u8);
        if (process.Terminal) json.WriteBoolean("terminal"u8, true);
        if (process.ConsoleSize is { } size)
        {
            json.WriteStartObject("consoleSize"u8);
            json.WriteNumber("height"u8, size.Height);
            json.WriteNumber("width"u8, size.Width);
            json.WriteEndObject();
        }
        WriteUser(json, process.User);
        Strings(json, "args"u8, process.Args);
        Strings(json, "env"u8, process.Env);
        json.WriteString("cwd"u8, process.Cwd);
        if (process.Capabilities is { } capabilities) WriteCapabilities(json, capabilities);
        if (process.Rlimits.Count > 0)
        {
            json.WriteStartArray("rlimits"u8);
            foreach (Rlimit rlimit in process.Rlimits)
            {
                json.WriteStartObject();
                json.WriteString("type"u8, rlimit.Type);
                json.WriteNumber("hard"u8, rlimit.Hard);
                json.WriteNumber("soft"u8, rlimit.Soft);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        if (process.NoNewPrivileges) json.WriteBoolean("noNewPrivileges"u8, true);
        OptionalString(json, "apparmorProfile"u8, process.ApparmorProfile);
        Optional(json, "oomScoreAdj"u8, process.OomScoreAdj);
        if (process.Scheduler is { } scheduler) WriteScheduler(json, scheduler);
        OptionalString(json, "selinuxLabel"u8, process.SelinuxLabel);
        if (process.IoPriority is { } priority)
        {
            json.WriteStartObject("ioPriority"u8);
            json.WriteString("class"u8, priority.Class);
            json.WriteNumber("priority"u8, priority.Priority);
            json.WriteEndObject();
        }
        if (process.ExecCpuAffinity is { } affinity)
        {
            json.WriteStartObject("execCPUAffinity"u8);
            OptionalString(json, "initial"u8, affinity.Initial);
            OptionalString(json, "final"u8, affinity.Final);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    static void WriteUser(Utf8JsonWriter json, User user)
    {
        json.WriteStartObject("user"u8);
        json.WriteNumber("uid"u8, user.Uid);
        json.WriteNumber("gid"u8, user.Gid);
        Optional(json, "umask"u8, user.Umask);
        if (user.AdditionalGids.Count > 0)
        {
            json.WriteStartArray("additionalGids"u8);
            foreach (uint gid in user.AdditionalGids) json.WriteNumberValue(gid);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    static void WriteCapabilities(Utf8JsonWriter json, Capabilities capabilities)
    {
        json.WriteStartObject("capabilities"u8);
        CapabilitySet(json, "bounding"u8, capabilities.Bounding);
        CapabilitySet(json, "effective"u8, capabilities.Effective);
        CapabilitySet(json, "inheritable"u8, capabilities.Inheritable);
        CapabilitySet(json, "permitted"u8, capabilities.Permitted);
        CapabilitySet(json, "ambient"u8, capabilities.Ambient);
        json.WriteEndObject();
    }

    static void CapabilitySet(Utf8JsonWriter json, ReadOnlySpan<byte> name, ulong set)
    {
        if (set == 0) return;
        json.WriteStartArray(name);
        for (int i = 0; i < 64; i++)
        {
            if ((set >> i & 1) != 0) json.WriteStringValue(CapabilityTable.Name(i));
        }
        json.WriteEndArray();
    }

    static void WriteScheduler(Utf8JsonWriter json, Scheduler scheduler)
    {
        json.WriteStartObject("scheduler"u8);
        json.WriteString("policy"u8, scheduler.Policy);
        if (scheduler.Nice != 0) json.WriteNumber("nice"u8, scheduler.Nice);
        if (scheduler.Priority != 0) json.WriteNumber("priority"u8, scheduler.Priority);
        Strings(json, "flags"u8, scheduler.Flags);
        if (scheduler.Runtime != 0) json.WriteNumber("runtime"u8, scheduler.Runtime);
        if (scheduler.Deadline != 0) json.WriteNumber("deadline"u8, scheduler.Deadline);
        if (scheduler.Period != 0) json.WriteNumber("period"u8, scheduler.Period);
        json.WriteEndObject();
    }
}
