using Kist.Linux;

namespace Kist.Engine.Host;

/// <summary>What is special about a path of the view. Of two for one path the later here wins.</summary>
enum PlaceKind
{
    /// <summary>Nothing but that something is mounted there.</summary>
    Mount,
    /// <summary>A directory in which nothing but read-only images are mounted: bound with all of them.</summary>
    Images,
    /// <summary>/proc, /sys, /dev: the container's own, mounted by others.</summary>
    Reserved,
    /// <summary>A directory of the container's own in one that is hidden.</summary>
    Made,
    /// <summary>An empty, writable directory of the container's own.</summary>
    Own,
    /// <summary>Hidden; see <see cref="HostSecrets"/>.</summary>
    Masked,
    /// <summary>Shown copy-on-write although what is around it is not: the current directory, an opened item.</summary>
    Shown,
    /// <summary>Shown read-only, as itself, for what a copy would not do for: of /run, and sockets.</summary>
    Bound,
    /// <summary>A symbolic link that is needed although what is around it is hidden.</summary>
    Link,
}

/// <summary>One path at which the view is not just what lies around it.</summary>
struct Place(string path, PlaceKind kind)
{
    public string Path = path;
    public PlaceKind Kind = kind;
    /// <summary>The visible mount there, if any.</summary>
    public Mount? Mount;
    /// <summary>Of the directory that is made there, permission bits and owner, in the container's ids.</summary>
    public uint Mode = 0x1ED, Uid, Gid;
    /// <summary>The host has nothing at this path.</summary>
    public bool Missing;
    /// <summary>Where a link points to.</summary>
    public string Target = "";
}
