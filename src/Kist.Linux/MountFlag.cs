namespace Kist.Linux;

/// <summary>MS_…, mount(2).</summary>
public static class MountFlag
{
    /// <summary>Read-only.</summary>
    public const ulong MS_RDONLY = 1;
    /// <summary>Set-user-ID bits and file capabilities are ignored.</summary>
    public const ulong MS_NOSUID = 2;
    /// <summary>Device files cannot be opened.</summary>
    public const ulong MS_NODEV = 4;
    /// <summary>Programs cannot be executed.</summary>
    public const ulong MS_NOEXEC = 8;
    /// <summary>Writes reach the disk at once.</summary>
    public const ulong MS_SYNCHRONOUS = 16;
    /// <summary>Changes a mount that exists.</summary>
    public const ulong MS_REMOUNT = 32;
    /// <summary>Mandatory locks (gone since Linux 5.15).</summary>
    public const ulong MS_MANDLOCK = 64;
    /// <summary>Changes of directories reach the disk at once.</summary>
    public const ulong MS_DIRSYNC = 128;
    /// <summary>Symbolic links are not followed (Linux 5.10).</summary>
    public const ulong MS_NOSYMFOLLOW = 256;
    /// <summary>Access times are not kept.</summary>
    public const ulong MS_NOATIME = 1024;
    /// <summary>Access times of directories are not kept.</summary>
    public const ulong MS_NODIRATIME = 2048;
    /// <summary>Shows a file or directory in a second place.</summary>
    public const ulong MS_BIND = 4096;
    /// <summary>Moves a mount.</summary>
    public const ulong MS_MOVE = 8192;
    /// <summary>With the mounts below.</summary>
    public const ulong MS_REC = 16384;
    /// <summary>Fewer messages in the kernel's log.</summary>
    public const ulong MS_SILENT = 32768;
    /// <summary>Propagation: none, and cannot be bound.</summary>
    public const ulong MS_UNBINDABLE = 1 << 17;
    /// <summary>Propagation: none.</summary>
    public const ulong MS_PRIVATE = 1 << 18;
    /// <summary>Propagation: from the master only.</summary>
    public const ulong MS_SLAVE = 1 << 19;
    /// <summary>Propagation: both ways.</summary>
    public const ulong MS_SHARED = 1 << 20;
    /// <summary>Access times are kept when older than the modification.</summary>
    public const ulong MS_RELATIME = 1 << 21;
    /// <summary>Inode versions are counted.</summary>
    public const ulong MS_I_VERSION = 1 << 23;
    /// <summary>Access times are always kept.</summary>
    public const ulong MS_STRICTATIME = 1 << 24;
    /// <summary>Times are kept in memory and written late.</summary>
    public const ulong MS_LAZYTIME = 1 << 25;
}
