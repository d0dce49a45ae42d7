namespace Kist.Runtime;

/// <summary>
/// A root filesystem that is put together from parts: a directory seen copy-on-write, or this machine as <c>@host</c> shows it.
/// Writes go to one tmpfs, the scratch, of a limited size.
/// </summary>
/// <param name="Parts">In the order in which they are made; the first is the root, "/".</param>
/// <param name="ScratchSize">Bytes that all writes together may take.</param>
public sealed record RootView(IReadOnlyList<RootPart> Parts, ulong ScratchSize)
{
    /// <summary>Overlay layers carry their marks in user.* attributes: needed, and possible, without privileges (Linux 5.11).</summary>
    public bool UserXattr { get; init; }
    /// <summary>Root inside is nobody outside: lower layers are shown through the container's id maps (Linux 6.15, see docs).</summary>
    public bool IdMapped { get; init; }
    /// <summary>A private directory on disk for what is written, in place of the scratch tmpfs; null is the tmpfs.</summary>
    public string? DiskScratch { get; init; }
}

/// <summary>What one part of a <see cref="RootView"/> is.</summary>
public enum RootPartKind
{
    /// <summary>Source, a directory with no mount below it, copy-on-write.</summary>
    Overlay,
    /// <summary>Source itself, a file or a directory.</summary>
    Bind,
    /// <summary>An empty, writable directory on the scratch, mounted on Destination.</summary>
    Empty,
    /// <summary>A directory made in whatever part Destination lies in.</summary>
    Directory,
    /// <summary>A symbolic link made at Destination, which points to Source.</summary>
    Symlink,
}

/// <summary>One part; <paramref name="Mode"/>, <paramref name="Uid"/>, <paramref name="Gid"/> are those of the directory that appears at Destination.</summary>
public sealed record RootPart(RootPartKind Kind, string Destination, string Source = "",
    bool Readonly = false, bool Recursive = false, uint Mode = 0x1ED, uint Uid = 0, uint Gid = 0)
{
    /// <summary>Source is a file: where Destination is not there yet, it is made as one.</summary>
    public bool IsFile { get; init; }
}
