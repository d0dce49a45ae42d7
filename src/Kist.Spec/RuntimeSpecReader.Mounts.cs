namespace Kist.Spec;

// config.md#mounts, and the id maps of config-linux.md.
public static partial class RuntimeSpecReader
{
    static List<Mount> ReadMounts(ref SpecCursor cursor)
    {
        var mounts = new List<Mount>();
        cursor.BeginArray();
        while (cursor.NextElement()) mounts.Add(ReadMount(ref cursor));
        return mounts;
    }

    static Mount ReadMount(ref SpecCursor cursor)
    {
        string? destination = null, type = null, source = null;
        List<string>? options = null;
        List<IdMapping>? uidMappings = null, gidMappings = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("destination"u8)) destination = cursor.String();
            else if (cursor.Is("type"u8)) type = cursor.String();
            else if (cursor.Is("source"u8)) source = cursor.String();
            else if (cursor.Is("options"u8)) options = cursor.Strings();
            else if (cursor.Is("uidMappings"u8)) uidMappings = ReadIdMappings(ref cursor);
            else if (cursor.Is("gidMappings"u8)) gidMappings = ReadIdMappings(ref cursor);
            else cursor.SkipValue();
        }
        return new Mount
        {
            Destination = destination ?? throw cursor.Missing("destination", "a path in the container"),
            Type = NullIfEmpty(type),
            Source = NullIfEmpty(source),
            Options = options ?? [],
            UidMappings = uidMappings ?? [],
            GidMappings = gidMappings ?? [],
        };
    }

    static List<IdMapping> ReadIdMappings(ref SpecCursor cursor)
    {
        var mappings = new List<IdMapping>();
        cursor.BeginArray();
        while (cursor.NextElement()) mappings.Add(ReadIdMapping(ref cursor));
        return mappings;
    }

    static IdMapping ReadIdMapping(ref SpecCursor cursor)
    {
        uint? containerId = null, hostId = null, size = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("containerID"u8)) containerId = cursor.UInt32();
            else if (cursor.Is("hostID"u8)) hostId = cursor.UInt32();
            else if (cursor.Is("size"u8)) size = cursor.UInt32();
            else cursor.SkipValue();
        }
        return new IdMapping(
            containerId ?? throw cursor.Missing("containerID", "the first id in the container"),
            hostId ?? throw cursor.Missing("hostID", "the first id on the host"),
            size ?? throw cursor.Missing("size", "the number of ids"));
    }
}
