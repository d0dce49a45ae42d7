namespace Kist.Linux;

/// <summary>MOUNT_ATTR_…, mount_setattr(2) and fsmount(2).</summary>
public static class MountAttribute
{
    /// <summary>No writes through this mount.</summary>
    public const ulong MOUNT_ATTR_RDONLY = 0x1;
    /// <summary>Set-user-ID bits and file capabilities are ignored.</summary>
    public const ulong MOUNT_ATTR_NOSUID = 0x2;
    /// <summary>Device files cannot be opened.</summary>
    public const ulong MOUNT_ATTR_NODEV = 0x4;
    /// <summary>Programs cannot be executed.</summary>
    public const ulong MOUNT_ATTR_NOEXEC = 0x8;
    /// <summary>The field of access times, one of the three values below: to change it, clear the whole field.</summary>
    public const ulong MOUNT_ATTR__ATIME = 0x70;
    /// <summary>Access times are kept when older than the modification: the kernel's default.</summary>
    public const ulong MOUNT_ATTR_RELATIME = 0x00;
    /// <summary>Access times are not kept.</summary>
    public const ulong MOUNT_ATTR_NOATIME = 0x10;
    /// <summary>Access times are always kept.</summary>
    public const ulong MOUNT_ATTR_STRICTATIME = 0x20;
    /// <summary>Access times of directories are not kept.</summary>
    public const ulong MOUNT_ATTR_NODIRATIME = 0x80;
    /// <summary>Owners are mapped by a user namespace (Linux 5.12).</summary>
    public const ulong MOUNT_ATTR_IDMAP = 0x100000;
    /// <summary>Symbolic links are not followed (Linux 5.14).</summary>
    public const ulong MOUNT_ATTR_NOSYMFOLLOW = 0x200000;
}
