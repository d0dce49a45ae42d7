namespace Kist.Spec;

/// <summary>What a mount option is about.</summary>
public enum MountOptionKind
{
    /// <summary>Changes nothing: "defaults".</summary>
    Nothing,
    /// <summary>Sets <see cref="MountOption.Flag"/>, a MOUNT_ATTR_… of the mount.</summary>
    AttributeSet,
    /// <summary>Clears <see cref="MountOption.Flag"/>, a MOUNT_ATTR_… of the mount.</summary>
    AttributeClear,
    /// <summary>Sets the field MOUNT_ATTR__ATIME to <see cref="MountOption.Flag"/>.</summary>
    AccessTimeSet,
    /// <summary>Takes back the option that sets the field MOUNT_ATTR__ATIME to <see cref="MountOption.Flag"/>.</summary>
    AccessTimeClear,
    /// <summary>Sets <see cref="MountOption.Flag"/>, an MS_… of the filesystem (its superblock).</summary>
    SuperblockSet,
    /// <summary>Clears <see cref="MountOption.Flag"/>, an MS_… of the filesystem (its superblock).</summary>
    SuperblockClear,
    /// <summary>Changes propagation to <see cref="MountOption.Flag"/>, MS_SHARED and the like.</summary>
    Propagation,
    /// <summary>A bind mount.</summary>
    Bind,
    /// <summary>Changes a mount that exists.</summary>
    Remount,
    /// <summary>A tmpfs starts with what it hides.</summary>
    TmpCopyUp,
    /// <summary>Owners are mapped, by the mount's own maps or the container's.</summary>
    IdMap,
}

/// <summary>A row of config.md's table of mount options.</summary>
/// <param name="Name">As it is written in config.json.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Flag">MOUNT_ATTR_… or MS_…, as <paramref name="Kind"/> says.</param>
/// <param name="Recursive">Also for the mounts below.</param>
public readonly record struct MountOption(string Name, MountOptionKind Kind, ulong Flag = 0, bool Recursive = false);
