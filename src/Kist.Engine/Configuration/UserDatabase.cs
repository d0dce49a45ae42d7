using System.Buffers.Text;
using System.Text;
using Kist.Linux;
using Kist.Spec;

namespace Kist.Engine.Configuration;

/// <summary>Whom a command runs as.</summary>
/// <param name="Uid">In the container.</param>
/// <param name="Gid">In the container.</param>
/// <param name="Groups">The supplementary groups.</param>
/// <param name="Home">From /etc/passwd; "/" without an entry.</param>
public sealed record ContainerUser(uint Uid, uint Gid, IReadOnlyList<uint> Groups, string Home)
{
    /// <summary>For config.json.</summary>
    public User ToSpec() => new() { Uid = Uid, Gid = Gid, AdditionalGids = Groups, Umask = 0x12 /* 022 */ };
}

/// <summary>
/// -u USER[:GROUP] against the root filesystem's passwd(5) and group(5). Read here and not by getpwnam(3), as the files are the
/// container's and may hold anything. A number is decimal digits and nothing else, or "1" becomes root one day (CVE-2026-30892).
/// </summary>
public static class UserDatabase
{
    /// <summary>What is read of either file at most.</summary>
    public const int FileLimit = 16 << 20;

    /// <summary>(uid_t)-1 means "no change" to the kernel.</summary>
    const uint NoId = uint.MaxValue;

    /// <summary>Finds the user.</summary>
    /// <param name="text">As typed; null is root.</param>
    /// <param name="passwd">/etc/passwd of the root filesystem; empty if it has none.</param>
    /// <param name="group">/etc/group of the root filesystem; empty if it has none.</param>
    /// <exception cref="KistException">The user or group is not there, or no number that can be one.</exception>
    public static ContainerUser Resolve(string? text, ReadOnlySpan<byte> passwd, ReadOnlySpan<byte> group)
    {
        string name = text ?? "0", groupName = "";
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
            (name, groupName) = (name[..colon], name[(colon + 1)..]);
        if (name.Length == 0)
            throw new KistException($"--user {text} names no user; write 0:{groupName} if it is to be root");

        byte[] typed = Encoding.UTF8.GetBytes(name);
        bool isNumber = TryNumber(typed, "--user", out uint uid);
        string home = "/";
        uint gid = 0;
        ReadOnlySpan<byte> login = [];
        // A name first, also if it is of digits, as Docker has it.
        if (Find(passwd, typed, out ReadOnlySpan<byte> entry) || isNumber && FindId(passwd, uid, out entry))
        {
            login = Field(entry, 0);
            if (!Number(Field(entry, 2), out uid) || !Number(Field(entry, 3), out gid))
                throw new KistException($"--user {name}: its entry in the root filesystem's /etc/passwd has no usable numbers");
            ReadOnlySpan<byte> directory = Field(entry, 5);
            if (directory is [(byte)'/', ..])
                home = Encoding.UTF8.GetString(directory);
        }
        else if (!isNumber)
            throw new KistException($"--user: there is no user \"{name}\" in the root filesystem's /etc/passwd{(passwd.IsEmpty ? ", which is missing or empty" : "")}; a number works without an entry");

        List<uint> groups = [];
        if (groupName.Length > 0)
            gid = Group(groupName, group);
        else if (!login.IsEmpty)
            AddMemberships(group, login, groups);
        // With its own group among them it cannot be shaken off by setgroups(2)-less programs (CVE-2022-36109).
        if (gid != 0 && !groups.Contains(gid))
            groups.Add(gid);
        return new ContainerUser(uid, gid, groups, home);
    }

    static uint Group(string name, ReadOnlySpan<byte> group)
    {
        byte[] typed = Encoding.UTF8.GetBytes(name);
        bool isNumber = TryNumber(typed, "--user: group", out uint gid);
        if (Find(group, typed, out ReadOnlySpan<byte> entry))
            return Number(Field(entry, 2), out gid) ? gid : throw new KistException($"--user: the group {name} has no usable number in the root filesystem's /etc/group");
        return isNumber ? gid : throw new KistException($"--user: there is no group \"{name}\" in the root filesystem's /etc/group{(group.IsEmpty ? ", which is missing or empty" : "")}; a number works without an entry");
    }

    static void AddMemberships(ReadOnlySpan<byte> group, ReadOnlySpan<byte> login, List<uint> groups)
    {
        foreach (Range range in group.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = group[range], members = Field(line, 3);
            foreach (Range member in members.Split((byte)','))
                if (members[member].SequenceEqual(login) && Number(Field(line, 2), out uint gid) && !groups.Contains(gid) && groups.Count < 65536)
                    groups.Add(gid);
        }
    }

    static bool Find(ReadOnlySpan<byte> file, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> entry)
    {
        foreach (Range range in file.Split((byte)'\n'))
        {
            entry = file[range];
            if (entry.Contains((byte)':') && Field(entry, 0).SequenceEqual(name))
                return true;
        }
        entry = [];
        return false;
    }

    static bool FindId(ReadOnlySpan<byte> passwd, uint uid, out ReadOnlySpan<byte> entry)
    {
        foreach (Range range in passwd.Split((byte)'\n'))
        {
            entry = passwd[range];
            if (Number(Field(entry, 2), out uint found) && found == uid)
                return true;
        }
        entry = [];
        return false;
    }

    /// <summary>The field between colons; empty if the line has no such field.</summary>
    static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, int index)
    {
        for (; index > 0; index--)
        {
            int colon = line.IndexOf((byte)':');
            if (colon < 0)
                return [];
            line = line[(colon + 1)..];
        }
        int end = line.IndexOf((byte)':');
        line = end < 0 ? line : line[..end];
        return line.TrimEnd((byte)'\r');
    }

    /// <summary>Digits are a number; an error if it is too large to be an id.</summary>
    static bool TryNumber(ReadOnlySpan<byte> text, string option, out uint id)
    {
        id = 0;
        if (text.IsEmpty || text.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        return Number(text, out id) ? true : throw new KistException($"{option} {Encoding.UTF8.GetString(text)} is too large; ids end at {NoId - 1}");
    }

    static bool Number(ReadOnlySpan<byte> text, out uint id)
    {
        id = 0;
        return !text.IsEmpty && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(text, out id, out int consumed) && consumed == text.Length && id != NoId;
    }
}
