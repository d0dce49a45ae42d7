using Kist.Linux;
using Kist.Runtime;

namespace Kist.Engine.Host;

/// <summary>
/// <c>@host</c>: this machine's whole filesystem, copy-on-write, as parts of a <see cref="RootView"/>. A pure function of the
/// mount table and of what a few lookups answer; one walk over mounts and special places, in the order of their paths.
/// </summary>
public sealed class HostView
{
    /// <summary>A directory with more in it is not split into that many mounts, but bound read-only as a whole.</summary>
    const int SplitLimit = 64;
    /// <summary>Since then a tmpfs holds user.* attributes, with which an overlay of an ordinary user marks what is deleted.</summary>
    static readonly KernelVersion TmpfsUserAttributes = new(6, 6);
    /// <summary>Since then overlayfs takes detached mounts as its layers.</summary>
    static readonly KernelVersion DetachedLayers = new(6, 15);

    readonly HostViewRequest request;
    readonly List<HostNote> notes;
    readonly Place[] places;
    readonly string? home;
    readonly List<RootPart> parts = new(32);
    readonly List<string> masked = new(48);
    readonly HashSet<string> made = [];
    readonly bool split;
    string readOnly = "";

    HostView(HostViewRequest request, List<HostNote> notes, Place[] places, string? home)
    {
        (this.request, this.notes, this.places, this.home) = (request, notes, places, home);
        split = request.UserNamespace && !request.IdMapped;
    }

    /// <summary>Makes the view.</summary>
    /// <exception cref="KistException">What is written has no place to go to.</exception>
    public static HostViewResult Create(HostViewRequest request)
    {
        List<HostNote> notes = [];
        Place[] places = HostPlaces.Collect(request, notes, out HostPlaces collected);
        HostView view = new(request, notes, places, collected.Home);
        view.Walk();
        view.NoteReadOnly(collected.CurrentDirectoryShown);
        RootView root = new(view.parts, request.DiskSize)
        {
            UserXattr = view.split,
            IdMapped = request.IdMapped,
            DiskScratch = view.DiskScratch(),
        };
        return new(root, view.masked, notes, collected.CurrentDirectoryShown, collected.Home);
    }

    /// <summary>Why lower layers cannot be shown through id maps on this machine; null if they can.</summary>
    /// <param name="mounts">Of this machine.</param>
    /// <param name="kernel">This machine's.</param>
    public static string? WhyNotIdMapped(MountTable mounts, KernelVersion kernel)
    {
        if (!IsAtLeast(kernel, DetachedLayers))
            return $"Linux {kernel} is older than {DetachedLayers}, and cannot take id-mapped mounts as an overlay's layers";
        foreach (Mount mount in mounts.Mounts)
            if (mount is { Visible: true, MountPoint: "/" } && !IdMaps(mount, kernel)) return $"/ is on {mount.FsType}, which cannot map ids";
        return null;
    }

    static bool IdMaps(Mount mount, KernelVersion kernel) => LowerLayer.Of(mount.FsType).IdMap is { Major: > 0 } since && IsAtLeast(kernel, since);

    static bool IsAtLeast(KernelVersion kernel, KernelVersion other) => kernel.IsAtLeast(other.Major, other.Minor);

    /// <summary>What is around a place.</summary>
    struct Around
    {
        /// <summary>The filesystem; null only where a chroot's directory is none of its own.</summary>
        public Mount? Mount;
        /// <summary>Nothing of the machine is shown here.</summary>
        public bool Hidden;
        /// <summary>The directory of ours below which names have to be made.</summary>
        public string Made;
        /// <summary>A recursive bind shows it, and has brought along what is mounted below.</summary>
        public bool Bound;
        /// <summary>The directory around is one that was made: it holds no names but those that we make.</summary>
        public bool Absent;
    }

    void Walk()
    {
        Around around = new() { Made = "/" };
        if (places.Length > 0 && places[0].Path == "/") Visit(0, around);
        else Show("/", 0, places.Length, around);
    }

    /// <summary>Makes what is at a place and below; returns the first place after that.</summary>
    int Visit(int index, Around around)
    {
        Place place = places[index];
        int end = EndOf(place.Path, index + 1, places.Length);
        if (place.Mount is not null) around.Mount = place.Mount;
        switch (place.Kind)
        {
            case PlaceKind.Reserved:
                if (around.Absent || place.Missing) MakeDirectory(place, around);
                return end;

            case PlaceKind.Own:
                MakeOwn(place, ref around);
                break;

            case PlaceKind.Masked when !around.Hidden:
                bool directory = place.Mode != 0;
                if (directory && (around.Absent || HoldsShown(index + 1, end)))
                {
                    MakeOwn(place, ref around);
                    break;
                }
                // Of a directory that is made name by name the file is left out.
                if (!around.Absent) masked.Add(place.Path);
                return end;

            case PlaceKind.Made:
                if (around.Hidden) MakeDirectory(place, around);
                break;

            case PlaceKind.Link:
                if (around.Hidden) MakeParents(place.Path, around.Made);
                if (around.Hidden || around.Absent) parts.Add(new(RootPartKind.Symlink, place.Path, place.Target));
                break;

            case PlaceKind.Bound or PlaceKind.Images when around.Hidden == (place.Kind == PlaceKind.Bound) && !around.Bound:
                if (around.Hidden) MakeParents(place.Path, around.Made);
                Bind(place.Path, request.Files.Status(place.Path).Type == FileType.Directory, ref around);
                break;

            case PlaceKind.Shown when around.Hidden:
                MakeParents(place.Path, around.Made);
                around.Hidden = around.Bound = false;
                around.Absent = true;
                Show(place.Path, index + 1, end, around);
                return end;

            default:
                if (around.Hidden || around.Bound || place.Mount is null && !around.Absent) break;
                LayerUse use = LowerLayer.Of(around.Mount?.FsType ?? "").Use;
                if (use == LayerUse.None)
                {
                    if (around.Absent) MakeDirectory(place, around);
                    return end;
                }
                if (use == LayerUse.Transparent)
                {
                    if (around.Absent) MakeDirectory(place, around);
                    around.Absent = true;
                    around.Made = place.Path;
                    break;
                }
                if (around.Absent) MakeParents(place.Path, around.Made);
                Show(place.Path, index + 1, end, around);
                return end;
        }
        VisitAll(index + 1, end, around);
        return end;
    }

    void VisitAll(int first, int end, Around around)
    {
        for (int i = first; i < end;) i = Visit(i, around);
    }

    /// <summary>Shows a directory or file of the machine and what is below.</summary>
    void Show(string path, int first, int end, Around around)
    {
        FileStatus status = request.Files.Status(path);
        string? whyNot = status.Type == FileType.Unknown ? "it cannot be looked at by this user" : path.Contains('\uFFFD') ? "its name is not UTF-8" : null;
        if (whyNot is not null)
        {
            notes.Add(new(HostNoteKind.Warning, $"{path} cannot be shown: {whyNot}"));
            return;
        }
        bool directory = status.Type == FileType.Directory;
        if (!directory || !CanBeLower(path, around.Mount))
        {
            if (directory && around.Mount is { } mount && LowerLayer.Of(mount.FsType).Use != LayerUse.Image) AddReadOnly(path, mount.FsType);
            Bind(path, directory, ref around);
            VisitAll(first, end, around);
        }
        else if (split && HasMount(first, end)) Split(path, status, first, end, around);
        else
        {
            parts.Add(new(RootPartKind.Overlay, path, path, Mode: status.Mode, Uid: Owner(status.Uid), Gid: Owner(status.Gid)));
            around.Absent = false;
            VisitAll(first, end, around);
        }
    }

    bool CanBeLower(string path, Mount? mount)
    {
        if (mount is null) return true;
        if (request.IdMapped && !IdMaps(mount, request.Kernel)) return false;
        return LowerLayer.Of(mount.FsType).Use switch
        {
            LayerUse.Overlay => true,
            // Without privileges it cannot be tried.
            LayerUse.Stacked => request.UserNamespace || request.Files.CanBeLower(path),
            _ => false,
        };
    }

    // Of "/" only itself: what is mounted below gets parts of its own, where the kernel lets it be taken apart.
    void Bind(string path, bool directory, ref Around around)
    {
        bool recursive = directory && (split || path != "/");
        parts.Add(new(RootPartKind.Bind, path, path, Readonly: true, Recursive: recursive) { IsFile = !directory });
        around.Hidden = around.Absent = false;
        around.Bound = recursive;
    }

    /// <summary>
    /// Makes a directory that has mounts below name by name, until no lower layer has any: for a user namespace such mounts are
    /// locked, and overlayfs refuses the layer.
    /// </summary>
    void Split(string path, FileStatus status, int first, int end, Around around)
    {
        IReadOnlyList<DirectoryEntry>? entries = request.Files.List(path);
        if (entries is null || entries.Count - MountsIn(path, first, end) > SplitLimit && path != "/")
        {
            AddReadOnly(path, entries is null ? "it cannot be listed" : "it is large and has mounts in it");
            Bind(path, directory: true, ref around);
            VisitAll(first, end, around);
            return;
        }
        if (made.Add(path))
            parts.Add(new(path == "/" ? RootPartKind.Empty : RootPartKind.Directory, path, Mode: status.Mode, Uid: Owner(status.Uid), Gid: Owner(status.Gid)));
        around.Absent = true;
        around.Made = path;

        DirectoryEntry[] sorted = [.. entries];
        MemoryExtensions.Sort(sorted.AsSpan(), static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        int next = first;
        foreach (DirectoryEntry entry in sorted)
        {
            string child = PathOrder.Join(path, entry.Name);
            while (next < end && PathOrder.Compare(places[next].Path, child) < 0) next = Visit(next, around);
            if (next < end && places[next].Path == child) next = Visit(next, around);
            else
            {
                int below = EndOf(child, next, end);
                ShowEntry(child, entry, next, below, around);
                next = below;
            }
        }
        VisitAll(next, end, around);
    }

    void ShowEntry(string path, DirectoryEntry entry, int first, int end, Around around)
    {
        switch (entry.Type)
        {
            case FileType.Directory when entry.Name != "lost+found":
                Show(path, first, end, around);
                break;
            case FileType.Regular:
                Bind(path, directory: false, ref around);
                break;
            case FileType.SymbolicLink when request.Files.LinkTarget(path) is { } target:
                parts.Add(new(RootPartKind.Symlink, path, target));
                break;
            default:
                break; // Sockets, devices and FIFOs of the host are not for the container.
        }
    }

    /// <summary>An empty directory; in one that is ours already it needs no mount of its own.</summary>
    void MakeOwn(in Place place, ref Around around)
    {
        if (around.Hidden || around.Absent || place.Missing) MakeDirectory(place, around);
        // Nothing can be made in what is bound read-only.
        if (!around.Hidden && !around.Absent && !(around.Bound && place.Missing))
            parts.Add(new(RootPartKind.Empty, place.Path, Mode: place.Mode, Uid: place.Uid, Gid: place.Gid));
        around.Hidden = true;
        around.Bound = around.Absent = false;
        around.Made = place.Path;
    }

    void MakeDirectory(in Place place, in Around around)
    {
        if (around.Bound) return;
        if (around.Hidden || around.Absent) MakeParents(place.Path, around.Made);
        else MakeParents(place.Path, Existing(place.Path));
        if (made.Add(place.Path))
            parts.Add(new(RootPartKind.Directory, place.Path, Mode: place.Mode, Uid: place.Uid, Gid: place.Gid));
    }

    /// <summary>The directories between one that is there and what is to be put below it.</summary>
    void MakeParents(string path, string from)
    {
        int slash = from.Length == 1 ? 0 : from.Length;
        while ((slash = path.IndexOf('/', slash + 1)) > 0)
        {
            string directory = path[..slash];
            if (!made.Add(directory)) continue;
            bool own = home is not null && PathOrder.IsAtOrBelow(directory, home);
            parts.Add(new(RootPartKind.Directory, directory, Uid: own ? request.Uid : 0, Gid: own ? request.Gid : 0));
        }
    }

    string Existing(string path)
    {
        do path = PathOrder.Parent(path); while (path != "/" && request.Files.Status(path).Type == FileType.Unknown);
        return path;
    }

    /// <summary>An owner on the host as the container can have it: nobody where its ids do not reach, root where it has no other.</summary>
    uint Owner(uint id) => split || request.Rootless ? 0 : id < request.Ids ? id : 65534;

    bool HasMount(int first, int end)
    {
        for (int i = first; i < end; i++)
            if (places[i].Mount is not null) return true;
        return false;
    }

    /// <summary>How many of a directory's names are mounts, which need parts of their own in any case.</summary>
    int MountsIn(string path, int first, int end)
    {
        int count = 0;
        for (int i = first; i < end; i++)
            if (places[i].Mount is not null && PathOrder.Parent(places[i].Path) == path) count++;
        return count;
    }

    bool HoldsShown(int first, int end)
    {
        for (int i = first; i < end; i++)
            if (places[i].Kind is PlaceKind.Shown or PlaceKind.Bound) return true;
        return false;
    }

    int EndOf(string path, int first, int end)
    {
        while (first < end && PathOrder.IsBelow(places[first].Path, path)) first++;
        return first;
    }

    void AddReadOnly(string path, string why) => readOnly += $"{(readOnly.Length == 0 ? "" : ", ")}{path} ({why})";

    void NoteReadOnly(bool currentShown)
    {
        if (readOnly.Length > 0)
            notes.Add(new(HostNoteKind.Detail, $"shown as it is and read-only, because it cannot be copied on write: {readOnly}"));
        if (!currentShown) return;
        RootPart? deepest = null;
        foreach (RootPart part in parts)
            if (PathOrder.IsAtOrBelow(request.CurrentDirectory, part.Destination)) deepest = part;
        if (deepest is { Kind: RootPartKind.Bind })
            notes.Add(new(HostNoteKind.Warning,
                $"the current directory is read-only, because {deepest.Destination} cannot be shown copy-on-write; share it for writing with -v .:."));
    }

    string? DiskScratch()
    {
        if (!split || IsAtLeast(request.Kernel, TmpfsUserAttributes)) return null;
        string disk = request.PrivateDirectory
            ?? throw new KistException(
                "@host without root needs Linux 6.6, or a private directory on disk for what is written; there is none, as HOME is not set");
        foreach (RootPart part in parts)
            if (part.Kind == RootPartKind.Overlay && PathOrder.IsAtOrBelow(disk, part.Source))
                throw new KistException($"what is written cannot go to {disk}: it lies in {part.Source}, which is shown; "
                    + "change to another directory (Linux 6.6 or newer does not need it)");
        return disk;
    }
}
