using System.Runtime.InteropServices;
using System.Text;

namespace Kist.Linux;

/// <summary>A name in a directory and what it is.</summary>
public readonly record struct DirectoryEntry(string Name, FileType Type);

/// <summary>The few questions that a planner asks a machine's filesystem; tests answer them from a list.</summary>
public interface IHostFiles
{
    /// <summary>lstat(2): a symbolic link is not followed. A type of Unknown: not there, or not to be seen by us.</summary>
    FileStatus Status(string path);

    /// <summary>readlink(2); null if that is no symbolic link.</summary>
    string? LinkTarget(string path);

    /// <summary>What is in a directory, in no order; null if it cannot be read.</summary>
    IReadOnlyList<DirectoryEntry>? List(string directory);

    /// <summary>Whether overlayfs takes this directory, which lies on an overlay itself, as a lower layer: it stacks two deep and no deeper.</summary>
    bool CanBeLower(string directory);
}

/// <summary>This machine's filesystem, as this process sees it.</summary>
public sealed unsafe class HostFiles : IHostFiles
{
    const int AT_NO_AUTOMOUNT = 0x800, AT_STATX_DONT_SYNC = 0x4000;
    const int STATX_TYPE_MODE_OWNER = 0x1B;
    const int FSOPEN_CLOEXEC = 1, FSCONFIG_SET_STRING = 1, FSCONFIG_CMD_CREATE = 6;

    /// <inheritdoc/>
    public FileStatus Status(string path)
    {
        byte* name = stackalloc byte[Kernel.PathMaximum];
        uint* statx = stackalloc uint[64];
        // Neither a sleeping server is asked nor an automount set off by a look at it.
        if (Kernel.Encode(path, name) < 0 || Kernel.Block(SystemCall.statx, Kernel.AT_FDCWD, (nint)name,
                Kernel.AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_TYPE_MODE_OWNER, (nint)statx) < 0)
            return default;
        // struct statx: uid at 20, gid at 24, mode at 28.
        uint mode = *(ushort*)(statx + 7);
        return new((FileType)(mode & 0xF000), mode & 0xFFF, statx[5], statx[6], 0);
    }

    /// <inheritdoc/>
    public string? LinkTarget(string path) => Kernel.ReadLinkAt(Kernel.AT_FDCWD, path, out _);

    /// <inheritdoc/>
    public IReadOnlyList<DirectoryEntry>? List(string directory)
    {
        int file = Kernel.OpenAt(Kernel.AT_FDCWD, directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        if (file < 0) return null;
        List<DirectoryEntry> entries = [];
        const int size = 8192;
        byte* buffer = stackalloc byte[size];
        long length;
        while ((length = Kernel.Block(SystemCall.getdents64, file, (nint)buffer, size)) > 0)
        {
            // struct linux_dirent64: record length at 16, type (that of st_mode, 12 bits lower) at 18, name at 19.
            for (byte* entry = buffer; entry < buffer + length; entry += *(ushort*)(entry + 16))
            {
                ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + 19);
                if (text.SequenceEqual("."u8) || text.SequenceEqual(".."u8)) continue;
                string entryName = Encoding.UTF8.GetString(text);
                FileType type = (FileType)(entry[18] << 12);
                // Not every filesystem tells the type here.
                if (type == FileType.Unknown) type = Status(PathOrder.Join(directory, entryName)).Type;
                entries.Add(new(entryName, type));
            }
        }
        Kernel.Close(file);
        return length < 0 ? null : entries;
    }

    /// <summary>Makes, and drops, an overlay of the directory that is mounted nowhere. False also without the privilege to try.</summary>
    /// <inheritdoc/>
    public bool CanBeLower(string directory)
    {
        byte* layers = stackalloc byte[Kernel.PathMaximum];
        // Two lower layers and no upper one make a read-only overlay; the second is any directory of another filesystem.
        string both = directory.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal) + ":/sys";
        if (Kernel.Encode(both, layers) < 0) return false;
        fixed (byte* overlay = "overlay"u8, lowerdir = "lowerdir"u8)
        {
            int context = (int)Kernel.Call(SystemCall.fsopen, (nint)overlay, FSOPEN_CLOEXEC);
            if (context < 0) return false;
            bool can = Kernel.Call(SystemCall.fsconfig, context, FSCONFIG_SET_STRING, (nint)lowerdir, (nint)layers) >= 0
                && Kernel.Block(SystemCall.fsconfig, context, FSCONFIG_CMD_CREATE) >= 0;
            Kernel.Close(context);
            return can;
        }
    }
}
