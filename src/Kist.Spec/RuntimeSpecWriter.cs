using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kist.Spec;

/// <summary>Writes config.json: what is absent is left out, and what was written reads back as it was.</summary>
public static partial class RuntimeSpecWriter
{
    static JsonWriterOptions Options(bool indented) => new()
    {
        Indented = indented,
        IndentCharacter = '\t',
        IndentSize = 1,
        // The document is a file, never part of a page: < and é may stay as they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes to a buffer.</summary>
    public static void Write(RuntimeSpec spec, IBufferWriter<byte> output, bool indented = true)
    {
        using var json = new Utf8JsonWriter(output, Options(indented));
        WriteDocument(json, spec);
    }

    /// <summary>Writes to a stream.</summary>
    public static void Write(RuntimeSpec spec, Stream output, bool indented = true)
    {
        using var json = new Utf8JsonWriter(output, Options(indented));
        WriteDocument(json, spec);
    }

    static void WriteDocument(Utf8JsonWriter json, RuntimeSpec spec)
    {
        json.WriteStartObject();
        json.WriteString("ociVersion"u8, spec.OciVersion);
        if (spec.Process is { } process) WriteProcess(json, process);
        if (spec.Root is { } root)
        {
            json.WriteStartObject("root"u8);
            json.WriteString("path"u8, root.Path);
            if (root.Readonly) json.WriteBoolean("readonly"u8, true);
            json.WriteEndObject();
        }
        OptionalString(json, "hostname"u8, spec.Hostname);
        OptionalString(json, "domainname"u8, spec.Domainname);
        if (spec.Mounts.Count > 0)
        {
            json.WriteStartArray("mounts"u8);
            foreach (Mount mount in spec.Mounts) WriteMount(json, mount);
            json.WriteEndArray();
        }
        if (spec.Hooks is { } hooks) WriteHooks(json, hooks);
        StringMap(json, "annotations"u8, spec.Annotations);
        WriteLinux(json, spec.Linux);
        json.WriteEndObject();
    }

    static void WriteMount(Utf8JsonWriter json, Mount mount)
    {
        json.WriteStartObject();
        json.WriteString("destination"u8, mount.Destination);
        OptionalString(json, "type"u8, mount.Type);
        OptionalString(json, "source"u8, mount.Source);
        Strings(json, "options"u8, mount.Options);
        IdMappings(json, "uidMappings"u8, mount.UidMappings);
        IdMappings(json, "gidMappings"u8, mount.GidMappings);
        json.WriteEndObject();
    }

    static void WriteHooks(Utf8JsonWriter json, Hooks hooks)
    {
        json.WriteStartObject("hooks"u8);
        HookList(json, "prestart"u8, hooks.Prestart);
        HookList(json, "createRuntime"u8, hooks.CreateRuntime);
        HookList(json, "createContainer"u8, hooks.CreateContainer);
        HookList(json, "startContainer"u8, hooks.StartContainer);
        HookList(json, "poststart"u8, hooks.Poststart);
        HookList(json, "poststop"u8, hooks.Poststop);
        json.WriteEndObject();
    }

    static void HookList(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<Hook> hooks)
    {
        if (hooks.Count == 0) return;
        json.WriteStartArray(name);
        foreach (Hook hook in hooks)
        {
            json.WriteStartObject();
            json.WriteString("path"u8, hook.Path);
            Strings(json, "args"u8, hook.Args);
            Strings(json, "env"u8, hook.Env);
            Optional(json, "timeout"u8, hook.Timeout);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void IdMappings(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<IdMapping> mappings)
    {
        if (mappings.Count == 0) return;
        json.WriteStartArray(name);
        foreach (IdMapping mapping in mappings)
        {
            json.WriteStartObject();
            json.WriteNumber("containerID"u8, mapping.ContainerId);
            json.WriteNumber("hostID"u8, mapping.HostId);
            json.WriteNumber("size"u8, mapping.Size);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void OptionalString(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    static void Optional(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }

    static void Optional(Utf8JsonWriter json, ReadOnlySpan<byte> name, ulong? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }

    static void Optional(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool? value)
    {
        if (value is { } known) json.WriteBoolean(name, known);
    }

    static void Strings(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        if (values.Count > 0) AllStrings(json, name, values);
    }

    static void AllStrings(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    static void StringMap(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string> values)
    {
        if (values.Count == 0) return;
        json.WriteStartObject(name);
        foreach ((string key, string value) in values) json.WriteString(key, value);
        json.WriteEndObject();
    }
}
