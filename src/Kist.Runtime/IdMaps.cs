using System.Buffers.Text;
using System.Text;
using Kist.Linux;
using Kist.Spec;

namespace Kist.Runtime;

/// <summary>The ids that a user's container gets: root inside is the caller, and further ids are those of /etc/subuid and /etc/subgid.</summary>
/// <param name="Uids">For the specification's uidMappings.</param>
/// <param name="Gids">For its gidMappings.</param>
/// <param name="Warning">What the user should know: that there is one id alone, and why. Null where there are more.</param>
public sealed record IdMaps(IReadOnlyList<IdMapping> Uids, IReadOnlyList<IdMapping> Gids, string? Warning)
{
    /// <summary>For a process that is not root, subuid(5).</summary>
    public static IdMaps ForCaller(uint uid, uint gid)
    {
        string? user = UserName(Read("/etc/passwd"), uid);
        (List<IdMapping> uids, List<IdMapping> gids) = (Ranges(Read("/etc/subuid"), user, uid), Ranges(Read("/etc/subgid"), user, uid));
        bool helpers = Kernel.Stat(Kernel.AT_FDCWD, "/usr/bin/newuidmap", out _) == Errno.None && Kernel.Stat(Kernel.AT_FDCWD, "/usr/bin/newgidmap", out _) == Errno.None;
        string? warning = uids.Count == 0 || gids.Count == 0
                ? $"the container has one user and one group only, as /etc/subuid and /etc/subgid give {user ?? $"user {uid}"} no ids (add them with: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user ?? $"{uid}"})"
            : !helpers ? "the container has one user and one group only, as newuidmap and newgidmap are not installed (Debian and Ubuntu: package uidmap)" : null;
        if (warning is not null) return new([new(0, uid, 1)], [new(0, gid, 1)], warning);
        uids.Insert(0, new(0, uid, 1));
        gids.Insert(0, new(0, gid, 1));
        return new(uids, gids, null);
    }

    /// <summary>
    /// For root: ids that belong to nobody on this machine. 524288 to 1879048191 is what systemd's allocation (uids-gids) keeps for
    /// containers; which 65,536 of them is taken from the container's id.
    /// </summary>
    public static IdMaps ForNobody(string id)
    {
        uint hash = 2166136261;
        foreach (char c in id) hash = (hash ^ c) * 16777619;
        uint first = 524288 + hash % 28000 * 65536;
        return new([new(0, first, 65536)], [new(0, first, 65536)], null);
    }

    /// <summary>Ranges of a file whose lines are "name or uid:first:count", laid one after the other from id 1 on.</summary>
    internal static List<IdMapping> Ranges(byte[] text, string? user, uint uid)
    {
        List<IdMapping> ranges = [];
        byte[] name = Encoding.UTF8.GetBytes(user ?? ""), number = Encoding.UTF8.GetBytes($"{uid}");
        uint next = 1;
        foreach (Range line in text.AsSpan().Split((byte)'\n'))
        {
            ReadOnlySpan<byte> entry = text.AsSpan()[line];
            int first = entry.IndexOf((byte)':'), second = entry.LastIndexOf((byte)':');
            if (first <= 0 || second == first) continue;
            if (!entry[..first].SequenceEqual(name) && !entry[..first].SequenceEqual(number)) continue;
            if (!Utf8Parser.TryParse(entry[(first + 1)..second], out uint start, out int used) || used != second - first - 1) continue;
            if (!Utf8Parser.TryParse(entry[(second + 1)..], out uint count, out _) || count == 0 || start + (ulong)count > uint.MaxValue || next + (ulong)count > uint.MaxValue) continue;
            ranges.Add(new(next, start, count));
            next += count;
        }
        return ranges;
    }

    static byte[] Read(string path) => Kernel.ReadFile(Kernel.AT_FDCWD, path, out _) ?? [];

    /// <summary>A user's name in passwd(5).</summary>
    internal static string? UserName(byte[] text, uint uid)
    {
        foreach (Range line in text.AsSpan().Split((byte)'\n'))
        {
            ReadOnlySpan<byte> entry = text.AsSpan()[line];
            int first = entry.IndexOf((byte)':');
            int second = first < 0 ? -1 : entry[(first + 1)..].IndexOf((byte)':');
            if (second < 0) continue;
            if (Utf8Parser.TryParse(entry[(first + second + 2)..], out uint id, out int used) && used > 0 && id == uid) return Encoding.UTF8.GetString(entry[..first]);
        }
        return null;
    }
}
