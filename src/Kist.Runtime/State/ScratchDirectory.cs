using Kist.Linux;
using Kist.Runtime.Launch;
using Kist.Runtime.Steps;

namespace Kist.Runtime.State;

/// <summary>The private folder on disk that takes what a container writes, where memory cannot (<see cref="RootView.DiskScratch"/>).</summary>
public static class ScratchDirectory
{
    /// <summary>Removes it with all that is in it.</summary>
    /// <returns>None, also where it is absent; or why something is left.</returns>
    public static Errno Remove(string path)
    {
        Errno error = Tree.Remove(path);
        uint uid = Kernel.GetEuid();
        if (error is not (Errno.EACCES or Errno.EPERM or Errno.ENOTEMPTY) || uid == 0) return error;
        // What users of the container made belongs to ids of /etc/subuid, and overlayfs's work directory is closed to everybody:
        // only the root of a user namespace with the container's ids may remove it.
        if (FindRemover() is not { } remover) return error;
        IdMaps maps = IdMaps.ForCaller(uid, Kernel.GetEgid());
        bool single = maps.Warning is not null;
        WriteIdMaps step = new(maps.Uids, maps.Gids, !single, single, "", "files of all the container's users are removed");
        try
        {
            _ = HelperProcess.Run(remover, ["rm", "-rf", "--", path], out Errno failed, step);
            if (failed != Errno.None) return failed;
        }
        catch (KistException)
        {
            // Its reason is about the ids, while what is left is about this folder.
            return error;
        }
        return Kernel.Stat(Kernel.AT_FDCWD, path, out _, follow: false) == Errno.ENOENT ? Errno.None : error;
    }

    static string? FindRemover()
    {
        foreach (string path in (ReadOnlySpan<string>)["/usr/bin/rm", "/bin/rm", "/run/current-system/sw/bin/rm"])
            if (Kernel.Stat(Kernel.AT_FDCWD, path, out _) == Errno.None) return path;
        return null;
    }
}
