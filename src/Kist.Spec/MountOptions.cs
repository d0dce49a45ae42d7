using Kist.Linux;

namespace Kist.Spec;

/// <summary>A change of propagation: MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE.</summary>
public readonly record struct MountPropagation(ulong Flag, bool Recursive);

/// <summary>An option for the filesystem itself, fsconfig(2): a flag where <paramref name="Value"/> is null.</summary>
public readonly record struct MountData(string Key, string? Value);

/// <summary>What a list of mount options asks for. Where two contradict each other, the later one wins.</summary>
public sealed record MountOptions
{
    /// <summary>MOUNT_ATTR_… to set on the mount.</summary>
    public ulong AttributesToSet { get; init; }

    /// <summary>
    /// MOUNT_ATTR_… that the options clear. Holds MOUNT_ATTR__ATIME whenever they say anything about access times, as mount_setattr(2)
    /// wants the whole field cleared before a value is set.
    /// </summary>
    public ulong AttributesToClear { get; init; }

    /// <summary>MOUNT_ATTR_… to set on the mount and all below (AT_RECURSIVE).</summary>
    public ulong RecursiveToSet { get; init; }

    /// <summary>MOUNT_ATTR_… to clear on the mount and all below (AT_RECURSIVE).</summary>
    public ulong RecursiveToClear { get; init; }

    /// <summary>
    /// MS_… of the filesystem: MS_RDONLY, MS_SYNCHRONOUS, MS_DIRSYNC, MS_LAZYTIME, MS_MANDLOCK, MS_SILENT, MS_I_VERSION. They have no
    /// meaning for a bind mount, whose filesystem is in use already.
    /// </summary>
    public ulong SuperblockFlags { get; init; }

    /// <summary>Changes of propagation, in order.</summary>
    public IReadOnlyList<MountPropagation> Propagation { get; init; } = [];

    /// <summary>A bind mount, recursive or not.</summary>
    public bool Bind { get; init; }

    /// <summary>A bind mount with all mounts below.</summary>
    public bool RecursiveBind { get; init; }

    /// <summary>Changes a mount that exists.</summary>
    public bool Remount { get; init; }

    /// <summary>The tmpfs starts with a copy of what it hides.</summary>
    public bool TmpCopyUp { get; init; }

    /// <summary>Owners are mapped, recursively or not.</summary>
    public bool IdMap { get; init; }

    /// <summary>Owners are mapped on all mounts below, too.</summary>
    public bool RecursiveIdMap { get; init; }

    /// <summary>What is left for the filesystem, in order.</summary>
    public IReadOnlyList<MountData> Data { get; init; } = [];

    /// <summary>
    /// <see cref="SuperblockFlags"/> as fsconfig(2) calls them: ro, sync, dirsync, lazytime, mand, silent, iversion. The kernel's generic
    /// part of fsconfig knows the first five only.
    /// </summary>
    public IReadOnlyList<string> SuperblockOptions
    {
        get
        {
            if (SuperblockFlags == 0) return [];
            var names = new List<string>();
            if ((SuperblockFlags & MountFlag.MS_RDONLY) != 0) names.Add("ro");
            foreach (MountOption option in MountOptionTable.All)
            {
                if (option.Kind == MountOptionKind.SuperblockSet && (SuperblockFlags & option.Flag) != 0) names.Add(option.Name);
            }
            return names;
        }
    }

    /// <summary>Reads a mount's options. Never fails: what the table does not have is the filesystem's to judge.</summary>
    public static MountOptions Parse(IReadOnlyList<string> options)
    {
        var parser = new MountOptionParser();
        for (int i = 0; i < options.Count; i++) parser.Add(options[i]);
        return parser.Result();
    }
}
