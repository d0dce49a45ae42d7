using Kist.Engine.Configuration;
using Kist.Linux;

namespace Kist.Engine.Launching;

/// <summary>Looks at SOURCE before anything is made.</summary>
static class SourceDirectory
{
    /// <summary>Opens the root filesystem.</summary>
    /// <exception cref="KistException">There is none: what is there instead, and what to write.</exception>
    public static RootDirectory Open(Source source)
    {
        if (source.Kind == SourceKind.Image)
            throw NotAnImage(source.Path);
        Errno error = RootDirectory.Open(source.Path, out RootDirectory root);
        List<string> names = [];
        if (error == Errno.None && source.Kind != SourceKind.Host)
            error = root.List(".", names);
        if (error == Errno.None && (names.Count > 0 || source.Kind == SourceKind.Host))
            return root;
        root.Dispose();
        throw new KistException(error switch
        {
            Errno.None => $"{source.Path} is empty; SOURCE is a directory with a root filesystem (bin, etc, usr, …)",
            Errno.ENOENT => $"there is no directory {source.Path}{(source.Path.StartsWith('/') || source.Path.StartsWith('.') ? "" : "; if that is the name of an image: images come with a later release")}",
            Errno.ENOTDIR => $"{source.Path} is not a directory; SOURCE is a directory with a root filesystem, unpack it first",
            Errno.EACCES => $"cannot read {source.Path}: {error.Describe()}; it, or a directory above it, is closed to this user",
            _ => $"cannot open {source.Path}: {error.Describe()}",
        });
    }

    static KistException NotAnImage(string name)
    {
        string directory = name.EndsWith(":O", StringComparison.Ordinal) ? name[..^2] : name;
        bool isThere = Kernel.Stat(Kernel.AT_FDCWD, directory, out FileStatus status) == Errno.None && status.Type == FileType.Directory;
        return new KistException($"{name}: images come with a later release; {(isThere ? $"for the directory of that name write ./{name}" : "SOURCE is @host, or a directory with a slash in its name, like ./rootfs")}");
    }
}
