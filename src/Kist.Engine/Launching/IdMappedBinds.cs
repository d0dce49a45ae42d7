using Kist.Linux;
using Kist.Runtime;
using Kist.Spec;
using Mount = Kist.Spec.Mount;

namespace Kist.Engine.Launching;

/// <summary>
/// Where the container's root is nobody outside, a shared directory must be seen through the container's id maps, too, or
/// nothing in it could be written. Only parts of the root view are: plain binds become such parts.
/// </summary>
static class IdMappedBinds
{
    public static (RootView, RuntimeSpec) Move(RootView view, RuntimeSpec spec, MountTable table)
    {
        List<RootPart> parts = [];
        List<Mount> mounts = new(spec.Mounts.Count);
        foreach (Mount mount in spec.Mounts)
            if (IsPlain(mount) && Kernel.Stat(Kernel.AT_FDCWD, mount.Source, out FileStatus status) == Errno.None)
                parts.Add(new RootPart(RootPartKind.Bind, mount.Destination, mount.Source!, Readonly: Has(mount, "ro"),
                    // With mounts below, the tree is shared as it is: an id map covers one mount only.
                    Recursive: Has(mount, "rbind") && HasMountsBelow(table, mount.Source!)) { IsFile = status.Type != FileType.Directory });
            else
                mounts.Add(mount);
        return parts.Count == 0 ? (view, spec) : (view with { Parts = [.. view.Parts, .. parts] }, spec with { Mounts = mounts });
    }

    /// <summary>The user's, with no wish that a part cannot fulfil, and not on what is mounted later.</summary>
    static bool IsPlain(Mount mount)
    {
        if (mount.Type != "bind" || Below(mount.Destination, "/proc") || Below(mount.Destination, "/dev") || Below(mount.Destination, "/sys"))
            return false;
        foreach (string option in mount.Options)
            if (option is not ("bind" or "rbind" or "ro" or "private" or "rprivate"))
                return false;
        return true;
    }

    static bool Has(Mount mount, string option)
    {
        foreach (string other in mount.Options)
            if (other == option)
                return true;
        return false;
    }

    static bool HasMountsBelow(MountTable table, string source)
    {
        foreach (Linux.Mount mount in table.Mounts)
            if (mount.MountPoint != source && Below(mount.MountPoint, source))
                return true;
        return false;
    }

    static bool Below(string path, string directory) =>
        path == directory || path.StartsWith(directory.EndsWith('/') ? directory : directory + "/", StringComparison.Ordinal);
}
