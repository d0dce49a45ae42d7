using Kist.Linux;

namespace Kist.Runtime.State;

/// <summary>
/// The directory that holds one directory for each container that runs. A container's directory is locked (flock(2)) for as long
/// as the process that answers for it lives: a lock that can be had belongs to nobody any more, and what it left is removed.
/// </summary>
public sealed class StateRoot
{
    /// <summary>Opens, and makes if need be, a directory of this user's alone.</summary>
    /// <exception cref="KistException">It cannot be made, or belongs to somebody else.</exception>
    public static StateRoot Open(string path)
    {
        int made = Kernel.MkdirAt(Kernel.AT_FDCWD, path, Mode);
        if (made == -(int)Errno.ENOENT)
        {
            for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
                _ = Kernel.MkdirAt(Kernel.AT_FDCWD, path.AsSpan(0, slash), 0x1ED);
            made = Kernel.MkdirAt(Kernel.AT_FDCWD, path, Mode);
        }
        if (made < 0 && made != -(int)Errno.EEXIST)
            throw new KistException($"cannot make {path}, where Kist keeps what runs: {((Errno)(-made)).Describe()}");
        // In a folder that others can write to, it could be theirs.
        Errno error = Kernel.Stat(Kernel.AT_FDCWD, path, out FileStatus status, follow: false);
        if (error != Errno.None) throw new KistException($"cannot look at {path}: {error.Describe()}");
        if (status.Type != FileType.Directory || status.Uid != Kernel.GetEuid() || (status.Mode & 0x12) != 0)
            throw new KistException($"{path} is not a directory that only this user can write to; remove it, or set XDG_RUNTIME_DIR");
        return new(path);
    }

    /// <summary>Where a caller keeps its containers: /run/NAME as root, else $XDG_RUNTIME_DIR/NAME, or /tmp/NAME-UID.</summary>
    public static string DefaultPath(string name, uint uid)
        => uid == 0 && HostFacts.IsInitialUserNamespace() ? $"/run/{name}" : Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime ? $"{runtime}/{name}" : $"/tmp/{name}-{uid}";

    StateRoot(string path) => Path = path;

    /// <summary>
    /// Nobody else lists or writes it, but a container's root, who is nobody outside its user namespace, passes through to the
    /// directory that its root filesystem is put together on.
    /// </summary>
    internal const uint Mode = 0x1C9;

    public string Path { get; }
    public string Containers => Path + "/containers";
    public string Names => Path + "/names";
    public string Filters => Path + "/seccomp";

    /// <summary>The ids of the directories that are there.</summary>
    public List<string> List()
    {
        List<string> ids = [];
        int directory = Kernel.OpenAt(Kernel.AT_FDCWD, Containers, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        if (directory < 0) return ids;
        _ = Kernel.List(directory, ids);
        Kernel.Close(directory);
        return ids;
    }
}
