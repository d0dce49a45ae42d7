using System.Buffers.Text;
using System.Text;

namespace Kist.Linux;

/// <summary>One line of /proc/PID/mountinfo, proc_pid_mountinfo(5).</summary>
/// <param name="Id">The mount's number.</param>
/// <param name="ParentId">The mount that it is mounted on; its own number, or one not in the table, for the topmost.</param>
/// <param name="Root">The directory or file of the filesystem that appears at <paramref name="MountPoint"/>.</param>
/// <param name="MountPoint">Absolute, as this process sees it.</param>
/// <param name="FsType">The filesystem's name, with its subtype: "ext4", "fuse.sshfs".</param>
/// <param name="Source">A device, a server's path or anything else: the filesystem's own.</param>
/// <param name="Readonly">The mount or its superblock is read-only.</param>
public sealed record Mount(int Id, int ParentId, string Root, string MountPoint, string FsType, string Source, bool Readonly)
{
    /// <summary>Whether a path lookup ends in this mount: nothing is mounted over it or over a directory above it.</summary>
    public bool Visible { get; internal set; }
}

/// <summary>What is mounted where, as one process sees it: proc_pid_mountinfo(5).</summary>
public sealed class MountTable
{
    MountTable(Mount[] mounts) => Mounts = mounts;

    /// <summary>Every mount, in the order of a walk: directories before what is in them, what was mounted first before what hides it.</summary>
    public IReadOnlyList<Mount> Mounts { get; }

    /// <summary>Reads a mountinfo text. Lines that are not in its format are left out.</summary>
    /// <param name="mountinfo">The whole file.</param>
    public static MountTable Parse(ReadOnlySpan<byte> mountinfo)
    {
        List<Mount> mounts = new(mountinfo.Count((byte)'\n') + 1);
        string fsType = "";
        while (!mountinfo.IsEmpty)
        {
            int end = mountinfo.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? mountinfo : mountinfo[..end];
            mountinfo = end < 0 ? default : mountinfo[(end + 1)..];
            if (ParseLine(line, fsType) is not { } mount) continue;
            fsType = mount.FsType;
            mounts.Add(mount);
        }
        Mount[] walk = [.. mounts];
        // Stable: among mounts on one directory the kernel's order says nothing, their parents do.
        MemoryExtensions.Sort(walk.AsSpan(), static (a, b) => PathOrder.Compare(a.MountPoint, b.MountPoint) is var order and not 0 ? order : a.Id - b.Id);
        MarkVisible(walk);
        return new(walk);
    }

    static Mount? ParseLine(ReadOnlySpan<byte> line, string lastFsType)
    {
        if (!Number(Field(ref line), out int id) || !Number(Field(ref line), out int parent)) return null;
        Field(ref line); // major:minor
        ReadOnlySpan<byte> root = Field(ref line), mountPoint = Field(ref line), options = Field(ref line);
        if (mountPoint.IsEmpty || mountPoint[0] != '/') return null;
        // Optional fields (shared:N, master:N, …) up to a lone hyphen.
        ReadOnlySpan<byte> field;
        do field = Field(ref line); while (!field.IsEmpty && !field.SequenceEqual("-"u8));
        ReadOnlySpan<byte> type = Field(ref line), source = Field(ref line), superOptions = Field(ref line);
        if (type.IsEmpty) return null;
        return new Mount(id, parent, Text(root), Text(mountPoint), FsTypeName(type, lastFsType), Text(source), IsReadonly(options) || IsReadonly(superOptions));
    }

    /// <summary>Takes the next field and the space after it; a source may be an empty field.</summary>
    static ReadOnlySpan<byte> Field(scoped ref ReadOnlySpan<byte> line)
    {
        int end = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> field = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[(end + 1)..];
        return field;
    }

    static bool Number(ReadOnlySpan<byte> text, out int value) => Utf8Parser.TryParse(text, out value, out int used) && used == text.Length && used > 0;

    // "ro" is the first option or none.
    static bool IsReadonly(ReadOnlySpan<byte> options) => options.StartsWith("ro"u8) && (options.Length == 2 || options[2] == ',');

    /// <summary>A mount table repeats a few names: they are not made again for each line.</summary>
    static string FsTypeName(ReadOnlySpan<byte> type, string last) =>
        Ascii.Equals(type, last) ? last
        : type.SequenceEqual("tmpfs"u8) ? "tmpfs"
        : type.SequenceEqual("cgroup"u8) ? "cgroup"
        : type.SequenceEqual("squashfs"u8) ? "squashfs"
        : type.SequenceEqual("ext4"u8) ? "ext4"
        : type.SequenceEqual("overlay"u8) ? "overlay"
        : Text(type);

    /// <summary>Decodes space, tab, newline, backslash and hash, which the kernel writes as \ and three octal digits.</summary>
    static string Text(ReadOnlySpan<byte> escaped)
    {
        if (escaped.SequenceEqual("/"u8)) return "/";
        int escape = escaped.IndexOf((byte)'\\');
        if (escape < 0) return Encoding.UTF8.GetString(escaped);
        byte[] plain = new byte[escaped.Length];
        int length = 0;
        for (int i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] == '\\' && i + 3 < escaped.Length && IsOctal(escaped[i + 1]) && IsOctal(escaped[i + 2]) && IsOctal(escaped[i + 3]))
            {
                plain[length++] = (byte)((escaped[i + 1] - '0') << 6 | (escaped[i + 2] - '0') << 3 | (escaped[i + 3] - '0'));
                i += 3;
            }
            else plain[length++] = escaped[i];
        }
        return Encoding.UTF8.GetString(plain, 0, length);
    }

    static bool IsOctal(byte digit) => digit is >= (byte)'0' and <= (byte)'7';

    /// <summary>
    /// Follows lookups through the sorted table. On each directory the visible mount is the end of a chain that begins on the
    /// visible mount which that directory lies in; what is not in the chain was mounted where no lookup arrives any more.
    /// </summary>
    static void MarkVisible(Mount[] mounts)
    {
        List<Mount> above = new(8);
        int rootParent = OutermostParent(mounts);
        for (int first = 0, next; first < mounts.Length; first = next)
        {
            string path = mounts[first].MountPoint;
            next = first + 1;
            while (next < mounts.Length && mounts[next].MountPoint == path) next++;
            while (above.Count > 0 && !PathOrder.IsBelow(path, above[^1].MountPoint)) above.RemoveAt(above.Count - 1);

            ReadOnlySpan<Mount> here = mounts.AsSpan(first, next - first);
            Mount? top = above.Count > 0 ? MountedOn(above[^1].Id, here) : path == "/" ? Outermost(here) : MountedOn(rootParent, here);
            // No longer than the group: a table that leads in circles ends, too.
            for (int i = 0; i < here.Length && top is not null && MountedOn(top.Id, here) is { } over; i++) top = over;
            if (top is null) continue;
            top.Visible = true;
            above.Add(top);
        }
    }

    static Mount? MountedOn(int parent, ReadOnlySpan<Mount> here)
    {
        foreach (Mount mount in here)
            if (mount.ParentId == parent && mount.Id != parent) return mount;
        return null;
    }

    /// <summary>The mount on "/" whose parent is not there, too.</summary>
    static Mount Outermost(ReadOnlySpan<Mount> here)
    {
        foreach (Mount mount in here)
        {
            bool parentIsHere = false;
            foreach (Mount other in here) parentIsHere |= other.Id == mount.ParentId && other != mount;
            if (!parentIsHere) return mount;
        }
        return here[0];
    }

    /// <summary>After chroot(2) to a plain directory the mount of "/" is not in the table: its number is that of a parent which is not.</summary>
    static int OutermostParent(Mount[] mounts)
    {
        if (mounts.Length == 0 || mounts[0].MountPoint == "/") return 0;
        HashSet<int> ids = new(mounts.Length);
        foreach (Mount mount in mounts) ids.Add(mount.Id);
        foreach (Mount mount in mounts)
            if (!ids.Contains(mount.ParentId)) return mount.ParentId;
        return 0;
    }

    /// <summary>This process's own table.</summary>
    /// <exception cref="KistException">/proc is not there, or not readable.</exception>
    public static MountTable OfThisProcess()
    {
        byte[]? text = Kernel.ReadFile(Kernel.AT_FDCWD, "/proc/self/mountinfo", out Errno error);
        if (text is null) throw new KistException($"cannot read /proc/self/mountinfo: {error.Describe()}; @host needs a mounted /proc");
        return Parse(text);
    }
}

/// <summary>Absolute, normal paths in the order of a walk: what is below a directory follows it directly.</summary>
public static class PathOrder
{
    /// <summary>Ordinal, but that "/" comes before every other character.</summary>
    public static int Compare(string a, string b)
    {
        int common = a.AsSpan().CommonPrefixLength(b);
        if (common == a.Length || common == b.Length) return a.Length - b.Length;
        int x = a[common] == '/' ? 0 : a[common], y = b[common] == '/' ? 0 : b[common];
        return x - y;
    }

    /// <summary>Whether a path lies in a directory, which itself does not count.</summary>
    public static bool IsBelow(string path, string directory) =>
        directory.Length == 1 ? path.Length > 1
        : path.Length > directory.Length && path[directory.Length] == '/' && path.StartsWith(directory, StringComparison.Ordinal);

    /// <summary>Whether a path is a directory or lies in it.</summary>
    public static bool IsAtOrBelow(string path, string directory) => path == directory || IsBelow(path, directory);

    /// <summary>The directory that a path lies in; that of "/" is "/".</summary>
    public static string Parent(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "/";

    /// <summary>A name in a directory.</summary>
    public static string Join(string directory, string name) => directory.Length == 1 ? "/" + name : directory + "/" + name;
}
