namespace Kist.Linux;

/// <summary>Removing whole directory trees.</summary>
public static class Tree
{
    /// <summary>Removes a directory and all below it, by descriptor, following no link.</summary>
    /// <returns>None, also where it is absent; or the first error.</returns>
    public static Errno Remove(string path) => Remove(Kernel.AT_FDCWD, path);

    static Errno Remove(int parent, string name)
    {
        int removed = Kernel.UnlinkAt(parent, name);
        if (removed == 0 || removed == -(int)Errno.ENOENT) return Errno.None;
        if (removed is not (-(int)Errno.EISDIR or -(int)Errno.EPERM)) return (Errno)(-removed);
        int directory = Kernel.OpenAt(parent, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW);
        if (directory < 0) return (Errno)(-directory);
        List<string> names = [];
        Errno first = Kernel.List(directory, names);
        foreach (string entry in names)
            if (Remove(directory, entry) is not Errno.None and var error && first == Errno.None) first = error;
        Kernel.Close(directory);
        removed = Kernel.UnlinkAt(parent, name, Kernel.AT_REMOVEDIR);
        return first == Errno.None && removed < 0 ? (Errno)(-removed) : first;
    }
}
