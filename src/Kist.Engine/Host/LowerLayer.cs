using Kist.Runtime;

namespace Kist.Engine.Host;

/// <summary>How a filesystem comes into the view.</summary>
enum LayerUse
{
    /// <summary>Copy-on-write, as an overlay's lower layer.</summary>
    Overlay,
    /// <summary>On an overlay already: asked for, as overlays stack two deep and no deeper (FILESYSTEM_MAX_STACK_DEPTH).</summary>
    Stacked,
    /// <summary>Read-only, and so it is on the host: nothing is lost.</summary>
    Image,
    /// <summary>Read-only, because overlayfs refuses it, or it is not known to do well.</summary>
    Bind,
    /// <summary>Not there, but what is mounted below is.</summary>
    Transparent,
    /// <summary>Not there: an interface of the kernel's, which the container gets of its own or not at all.</summary>
    None,
}

/// <summary>One filesystem; <paramref name="IdMap"/> is the first kernel that maps ids on its mounts, 0.0 for none.</summary>
readonly record struct Filesystem(LayerUse Use, KernelVersion IdMap = default);

/// <summary>Which filesystems can be a lower layer: overlayfs(5), and the kernel's ovl_dentry_weird() and FS_ALLOW_IDMAP.</summary>
static class LowerLayer
{
    public static Filesystem Of(string fsType) => fsType switch
    {
        "" => new(LayerUse.Overlay), // a chroot's directory, of which the mount table says nothing
        "ext4" or "xfs" => new(LayerUse.Overlay, new(5, 12)),
        "btrfs" => new(LayerUse.Overlay, new(5, 15)),
        "f2fs" => new(LayerUse.Overlay, new(5, 18)),
        "tmpfs" => new(LayerUse.Overlay, new(6, 3)),
        "bcachefs" => new(LayerUse.Overlay, new(6, 10)),
        "ext2" or "ext3" or "jfs" or "reiserfs" or "nilfs2" or "ubifs" or "zfs" or "ramfs" or "rootfs" => new(LayerUse.Overlay),
        "overlay" => new(LayerUse.Stacked),
        "squashfs" => new(LayerUse.Image, new(6, 2)),
        "erofs" => new(LayerUse.Image, new(5, 19)),
        "iso9660" or "udf" or "cramfs" or "romfs" or "fuse.squashfuse" or "fuse.snapfuse" or "fuse.erofsfuse" => new(LayerUse.Image),
        "autofs" => new(LayerUse.Transparent),
        "proc" or "sysfs" or "devtmpfs" or "devpts" or "cgroup" or "cgroup2" or "mqueue" or "securityfs" or "debugfs" or "tracefs"
            or "bpf" or "configfs" or "pstore" or "binfmt_misc" or "hugetlbfs" or "nsfs" or "rpc_pipefs" or "efivarfs" or "fusectl"
            or "selinuxfs" or "smackfs" or "resctrl" or "functionfs" or "nfsd" or "fuse.portal" or "fuse.gvfsd-fuse" or "fuse.lxcfs" => new(LayerUse.None),
        // vfat, ntfs3, hfsplus: names without case; NFS, SMB, 9p, FUSE and what is not known: their names change behind our back.
        "vfat" or "msdos" => new(LayerUse.Bind, new(5, 12)),
        _ => new(LayerUse.Bind),
    };
}
