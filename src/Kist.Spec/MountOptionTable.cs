using static Kist.Linux.MountAttribute;
using static Kist.Linux.MountFlag;
using static Kist.Spec.MountOptionKind;

namespace Kist.Spec;

/// <summary>Every mount option that config.md names for Linux; all that read or list them read this table.</summary>
public static class MountOptionTable
{
    static readonly MountOption[] Rows =
    [
        new("async", SuperblockClear, MS_SYNCHRONOUS),
        new("atime", AccessTimeClear, MOUNT_ATTR_NOATIME),
        new("bind", Bind),
        new("defaults", Nothing),
        new("dev", AttributeClear, MOUNT_ATTR_NODEV),
        new("diratime", AttributeClear, MOUNT_ATTR_NODIRATIME),
        new("dirsync", SuperblockSet, MS_DIRSYNC),
        new("exec", AttributeClear, MOUNT_ATTR_NOEXEC),
        new("idmap", IdMap),
        new("iversion", SuperblockSet, MS_I_VERSION),
        new("lazytime", SuperblockSet, MS_LAZYTIME),
        new("loud", SuperblockClear, MS_SILENT),
        new("mand", SuperblockSet, MS_MANDLOCK),
        new("noatime", AccessTimeSet, MOUNT_ATTR_NOATIME),
        new("nodev", AttributeSet, MOUNT_ATTR_NODEV),
        new("nodiratime", AttributeSet, MOUNT_ATTR_NODIRATIME),
        new("noexec", AttributeSet, MOUNT_ATTR_NOEXEC),
        new("noiversion", SuperblockClear, MS_I_VERSION),
        new("nolazytime", SuperblockClear, MS_LAZYTIME),
        new("nomand", SuperblockClear, MS_MANDLOCK),
        new("norelatime", AccessTimeClear, MOUNT_ATTR_RELATIME),
        new("nostrictatime", AccessTimeClear, MOUNT_ATTR_STRICTATIME),
        new("nosuid", AttributeSet, MOUNT_ATTR_NOSUID),
        new("nosymfollow", AttributeSet, MOUNT_ATTR_NOSYMFOLLOW),
        new("private", Propagation, MS_PRIVATE),
        new("ratime", AccessTimeClear, MOUNT_ATTR_NOATIME, Recursive: true),
        new("rbind", Bind, Recursive: true),
        new("rdev", AttributeClear, MOUNT_ATTR_NODEV, Recursive: true),
        new("rdiratime", AttributeClear, MOUNT_ATTR_NODIRATIME, Recursive: true),
        new("relatime", AccessTimeSet, MOUNT_ATTR_RELATIME),
        new("remount", Remount),
        new("rexec", AttributeClear, MOUNT_ATTR_NOEXEC, Recursive: true),
        new("ridmap", IdMap, Recursive: true),
        new("rnoatime", AccessTimeSet, MOUNT_ATTR_NOATIME, Recursive: true),
        new("rnodev", AttributeSet, MOUNT_ATTR_NODEV, Recursive: true),
        new("rnodiratime", AttributeSet, MOUNT_ATTR_NODIRATIME, Recursive: true),
        new("rnoexec", AttributeSet, MOUNT_ATTR_NOEXEC, Recursive: true),
        new("rnorelatime", AccessTimeClear, MOUNT_ATTR_RELATIME, Recursive: true),
        new("rnostrictatime", AccessTimeClear, MOUNT_ATTR_STRICTATIME, Recursive: true),
        new("rnosuid", AttributeSet, MOUNT_ATTR_NOSUID, Recursive: true),
        new("rnosymfollow", AttributeSet, MOUNT_ATTR_NOSYMFOLLOW, Recursive: true),
        new("ro", AttributeSet, MOUNT_ATTR_RDONLY),
        new("rprivate", Propagation, MS_PRIVATE, Recursive: true),
        new("rrelatime", AccessTimeSet, MOUNT_ATTR_RELATIME, Recursive: true),
        new("rro", AttributeSet, MOUNT_ATTR_RDONLY, Recursive: true),
        new("rrw", AttributeClear, MOUNT_ATTR_RDONLY, Recursive: true),
        new("rshared", Propagation, MS_SHARED, Recursive: true),
        new("rslave", Propagation, MS_SLAVE, Recursive: true),
        new("rstrictatime", AccessTimeSet, MOUNT_ATTR_STRICTATIME, Recursive: true),
        new("rsuid", AttributeClear, MOUNT_ATTR_NOSUID, Recursive: true),
        new("rsymfollow", AttributeClear, MOUNT_ATTR_NOSYMFOLLOW, Recursive: true),
        new("runbindable", Propagation, MS_UNBINDABLE, Recursive: true),
        new("rw", AttributeClear, MOUNT_ATTR_RDONLY),
        new("shared", Propagation, MS_SHARED),
        new("silent", SuperblockSet, MS_SILENT),
        new("slave", Propagation, MS_SLAVE),
        new("strictatime", AccessTimeSet, MOUNT_ATTR_STRICTATIME),
        new("suid", AttributeClear, MOUNT_ATTR_NOSUID),
        new("symfollow", AttributeClear, MOUNT_ATTR_NOSYMFOLLOW),
        new("sync", SuperblockSet, MS_SYNCHRONOUS),
        new("tmpcopyup", TmpCopyUp),
        new("unbindable", Propagation, MS_UNBINDABLE),
    ];

    /// <summary>All rows, in the order of their names.</summary>
    public static IReadOnlyList<MountOption> All => Rows;

    /// <summary>The row of an option; false for one that only the filesystem knows.</summary>
    public static bool TryGet(ReadOnlySpan<char> name, out MountOption option)
    {
        foreach (ref readonly MountOption row in Rows.AsSpan())
        {
            if (!name.SequenceEqual(row.Name)) continue;
            option = row;
            return true;
        }
        option = default;
        return false;
    }
}
