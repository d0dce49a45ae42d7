using Kist.Linux;
using Kist.Runtime.State;

namespace Kist.Cli;

/// <summary>The private folder for what a container writes, where memory cannot take it; removed with all that is in it.</summary>
sealed class DiskScratch : IDisposable
{
    readonly string _path;

    DiskScratch(string path) => _path = path;

    /// <summary>Makes the folder and those above it, closed to others; null makes none.</summary>
    public static DiskScratch? Make(string? path)
    {
        if (path is null)
            return null;
        for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
            _ = Kernel.MkdirAt(Kernel.AT_FDCWD, path.AsSpan(0, slash), 0x1C0);
        int made = Kernel.MkdirAt(Kernel.AT_FDCWD, path, 0x1C0);
        return made >= 0 ? new DiskScratch(path)
            : throw new KistException($"cannot make {path}, the folder for what the container writes: {((Errno)(-made)).Describe()}; set XDG_CACHE_HOME to a folder that can be written to");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Errno error = ScratchDirectory.Remove(_path);
        if (error != Errno.None)
            Output.Complain($"note: cannot remove {_path}: {error.Describe()}");
    }
}
