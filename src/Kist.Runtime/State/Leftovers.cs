using Kist.Linux;
using Kist.Runtime.Cgroups;

namespace Kist.Runtime.State;

/// <summary>What processes that were killed have left: found by a lock that nobody holds.</summary>
public static class Leftovers
{
    /// <summary>Containers whose process is gone.</summary>
    public static List<string> Find(StateRoot root)
    {
        List<string> stale = [];
        foreach (string id in root.List())
        {
            int directory = Kernel.OpenAt(Kernel.AT_FDCWD, $"{root.Containers}/{id}", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
            if (directory < 0) continue;
            if (Kernel.Flock(directory, Kernel.LOCK_EX | Kernel.LOCK_NB) == 0) stale.Add(id);
            Kernel.Close(directory);
        }
        return stale;
    }

    /// <summary>Removes all of them; what runs is left alone.</summary>
    /// <returns>The ids that were removed.</returns>
    public static List<string> Sweep(StateRoot root)
    {
        List<string> removed = [];
        foreach (string id in root.List())
            if (Remove(root, id)) removed.Add(id);
        return removed;
    }

    /// <summary>Removes one container's processes, cgroups, name and directory, if its owner is gone.</summary>
    public static bool Remove(StateRoot root, string id)
    {
        using ContainerDirectory? directory = ContainerDirectory.TakeOver(root, id);
        if (directory is null) return false;
        (IReadOnlyList<string> cgroups, string? scratch) = directory.ReadRecord();
        directory.FindName();
        foreach (string cgroup in cgroups) CgroupDirectory.Kill(cgroup);
        foreach (string cgroup in cgroups) _ = CgroupDirectory.Remove(cgroup);
        if (scratch is not null) _ = ScratchDirectory.Remove(scratch);
        return true;
    }
}
