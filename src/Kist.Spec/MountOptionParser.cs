using Kist.Linux;

namespace Kist.Spec;

/// <summary>The state between two mount options.</summary>
struct MountOptionParser()
{
    ulong set, clear, recursiveSet, recursiveClear, superblock;
    bool bind, recursiveBind, remount, tmpCopyUp, idMap, recursiveIdMap;
    List<MountPropagation>? propagation;
    List<MountData>? data;

    /// <summary>One string, which may hold several options as on mount(8)'s command line.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            int end = EndOfFirst(text);
            if (MountOptionTable.TryGet(text[..end], out MountOption option)) Apply(option);
            else if (end > 0) (data ??= []).Add(Data(text[..end]));
            text = end < text.Length ? text[(end + 1)..] : [];
        }
    }

    public readonly MountOptions Result() => new()
    {
        AttributesToSet = set,
        AttributesToClear = clear,
        RecursiveToSet = recursiveSet,
        RecursiveToClear = recursiveClear,
        SuperblockFlags = superblock,
        Propagation = propagation ?? [],
        Bind = bind,
        RecursiveBind = recursiveBind,
        Remount = remount,
        TmpCopyUp = tmpCopyUp,
        IdMap = idMap,
        RecursiveIdMap = recursiveIdMap,
        Data = data ?? [],
    };

    void Apply(in MountOption option)
    {
        switch (option.Kind)
        {
            case MountOptionKind.Nothing:
                break;
            case MountOptionKind.AttributeSet or MountOptionKind.AttributeClear:
                ApplyAttribute(option);
                break;
            case MountOptionKind.AccessTimeSet or MountOptionKind.AccessTimeClear:
                if (option.Recursive) ApplyAccessTime(option, ref recursiveSet, ref recursiveClear);
                else ApplyAccessTime(option, ref set, ref clear);
                break;
            case MountOptionKind.SuperblockSet:
                superblock |= option.Flag;
                break;
            case MountOptionKind.SuperblockClear:
                superblock &= ~option.Flag;
                break;
            case MountOptionKind.Propagation:
                (propagation ??= []).Add(new MountPropagation(option.Flag, option.Recursive));
                break;
            case MountOptionKind.Bind:
                bind = true;
                recursiveBind |= option.Recursive;
                break;
            case MountOptionKind.Remount:
                remount = true;
                break;
            case MountOptionKind.TmpCopyUp:
                tmpCopyUp = true;
                break;
            case MountOptionKind.IdMap:
                idMap = true;
                recursiveIdMap |= option.Recursive;
                break;
            default:
                throw new InvalidOperationException($"mount option {option.Name} has a kind that nobody handles");
        }
    }

    void ApplyAttribute(in MountOption option)
    {
        ref ulong on = ref set, off = ref clear;
        if (option.Recursive)
        {
            on = ref recursiveSet;
            off = ref recursiveClear;
        }
        bool sets = option.Kind == MountOptionKind.AttributeSet;
        on = sets ? on | option.Flag : on & ~option.Flag;
        off = sets ? off & ~option.Flag : off | option.Flag;
        // mount(2) makes a new filesystem read-only as a whole, not only one mount of it.
        if (option.Flag == MountAttribute.MOUNT_ATTR_RDONLY && !option.Recursive)
            superblock = sets ? superblock | MountFlag.MS_RDONLY : superblock & ~MountFlag.MS_RDONLY;
    }

    static void ApplyAccessTime(in MountOption option, ref ulong set, ref ulong clear)
    {
        const ulong Field = MountAttribute.MOUNT_ATTR__ATIME;
        bool said = (clear & Field) != 0;
        if (option.Kind == MountOptionKind.AccessTimeSet)
        {
            set = (set & ~Field) | option.Flag;
            clear |= Field;
        }
        else if (option.Flag == MountAttribute.MOUNT_ATTR_RELATIME)
        {
            // The kernel has no "not relatime": this takes back a relatime said before.
            if (said && (set & Field) == MountAttribute.MOUNT_ATTR_RELATIME) clear &= ~Field;
        }
        else if (!said || (set & Field) == option.Flag)
        {
            set &= ~Field;
            clear |= Field;
        }
    }

    /// <summary>The first comma that separates: not in double quotes, not after a backslash (paths of overlayfs).</summary>
    static int EndOfFirst(ReadOnlySpan<char> text)
    {
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == '"') quoted = !quoted;
            else if (text[i] == ',' && !quoted) return i;
        }
        return text.Length;
    }

    static MountData Data(ReadOnlySpan<char> text)
    {
        int equals = text.IndexOf('=');
        if (equals < 0) return new MountData(text.ToString(), null);
        ReadOnlySpan<char> value = text[(equals + 1)..];
        // Security contexts are quoted for mount(2), where a comma ends an option; fsconfig(2) takes them bare.
        if (value is ['"', .., '"']) value = value[1..^1];
        return new MountData(text[..equals].ToString(), value.ToString());
    }
}
