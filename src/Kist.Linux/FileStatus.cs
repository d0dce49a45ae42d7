namespace Kist.Linux;

/// <summary>What a file is: the type bits of st_mode, inode(7).</summary>
public enum FileType : uint
{
    Unknown = 0, Fifo = 0x1000, CharacterDevice = 0x2000, Directory = 0x4000, BlockDevice = 0x6000, Regular = 0x8000,
    SymbolicLink = 0xA000, Socket = 0xC000,
}

/// <summary>What statx(2) says about a file: type, the twelve permission bits, owner, size in bytes.</summary>
public readonly record struct FileStatus(FileType Type, uint Mode, uint Uid, uint Gid, long Size)
{
    /// <summary>How many names it has; 0 of a directory that was removed. Not everybody who makes one of these says.</summary>
    public uint Links { get; init; }

    /// <summary>Whether execve(2) would let somebody with this uid and gid start it: the one class of bits that applies to him decides.</summary>
    public bool ExecutableBy(uint uid, uint gid) =>
        uid == 0 ? (Mode & 0x49) != 0 : (Mode & (uid == Uid ? 0x40u : gid == Gid ? 0x8u : 0x1u)) != 0;
}
