using Kist.Linux;

namespace Kist.Engine.Host;

/// <summary>
/// Collects the places at which the view is not what the machine has: what is masked, what is the container's own, what is shown
/// all the same.
/// </summary>
sealed class HostPlaces
{
    // What programs need of /run: profiles of NixOS and Guix, drivers, setuid programs.
    static readonly string[] NeededFromRun =
    [
        "/etc/resolv.conf", "/run/current-system", "/run/booted-system", "/run/opengl-driver", "/run/opengl-driver-32", "/run/wrappers",
        "/run/privileged", "/run/setuid-programs",
    ];

    // A home directory that is, or holds, one of these is a system account's: masked it would take the system away.
    static readonly string[] SystemDirectories =
    [
        "/bin", "/boot", "/dev", "/etc", "/gnu", "/lib", "/lib32", "/lib64", "/nix", "/opt", "/proc", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr",
        "/var", "/var/lib", "/var/tmp",
    ];

    const int MaximumLinks = 40; // as the kernel's: path_resolution(7)
    const uint Sticky = 0x3FF, Everybody = 0x1ED, OwnerOnly = 0x1C0;

    readonly HostViewRequest request;
    readonly IHostFiles files;
    readonly List<HostNote> notes;
    readonly List<Place> places = new(64);
    readonly List<string> homes = new(3);

    /// <summary>The home directory, resolved; null if it is none that can be masked.</summary>
    public string? Home { get; private set; }

    /// <summary>Whether the current directory is in the view.</summary>
    public bool CurrentDirectoryShown { get; private set; }

    HostPlaces(HostViewRequest request, List<HostNote> notes) => (this.request, files, this.notes) = (request, request.Files, notes);

    /// <summary>All places and all visible mounts, in the order of a walk.</summary>
    public static Place[] Collect(HostViewRequest request, List<HostNote> notes, out HostPlaces collected)
    {
        collected = new(request, notes);
        collected.AddOwn();
        collected.AddHomes();
        collected.AddMasked(HostSecrets.Masked);
        // Of a home directory that is hidden as a whole nothing needs to be looked for.
        if (collected.Home is { } home && (request.Open.Count > 0 || PathOrder.IsBelow(request.CurrentDirectory, home)))
            collected.AddMasked(HostSecrets.InHome);
        foreach (string path in request.Open) collected.AddOpened(path);
        collected.AddCurrentDirectory();
        foreach (string path in NeededFromRun) collected.AddNeeded(path);
        collected.AddImages("/snap");
        collected.AddImages("/var/lib/snapd/snap");
        return collected.Merge();
    }

    void AddOwn()
    {
        Add("/proc", PlaceKind.Reserved, 0x16D);
        Add("/sys", PlaceKind.Reserved, 0x16D);
        Add("/dev", PlaceKind.Reserved, Everybody);
        string run = Add("/run", PlaceKind.Own, Everybody);
        Make(PathOrder.Join(run, "lock"), Sticky, 0, 0);
        Make(PathOrder.Join(run, "user"), Everybody, 0, 0);
        Make(PathOrder.Join(run, "user/" + request.Uid.ToString()), OwnerOnly, request.Uid, request.Gid);
        Add("/tmp", PlaceKind.Own, Sticky);
        Add("/var/tmp", PlaceKind.Own, Sticky);
    }

    void AddHomes()
    {
        foreach (HostSecret home in HostSecrets.Homes)
        {
            string path = Resolve(home.Path, out FileStatus status);
            if (status.Type != FileType.Directory || Find(path) >= 0) continue;
            homes.Add(path);
            places.Add(new(path, PlaceKind.Own) { Mode = status.Mode });
        }
        if (request.Home is not { Length: > 1 } named || named[0] != '/') return;

        string resolved = Resolve(named, out FileStatus at, keepLinks: true);
        // One that is not there is made where others are; anywhere else its owner has none.
        bool among = homes.Exists(directory => PathOrder.IsBelow(resolved, directory));
        if (resolved == "/" || at.Type != FileType.Directory && !(at.Type == FileType.Unknown && among)) return;
        foreach (string system in SystemDirectories)
        {
            bool isOrHolds = PathOrder.IsAtOrBelow(system, resolved);
            bool programs = system is "/usr" or "/bin" or "/sbin" or "/lib" or "/nix" or "/gnu" or "/proc" or "/sys" or "/dev";
            if (isOrHolds || programs && PathOrder.IsBelow(resolved, system)) return;
        }
        Home = resolved;
        homes.Add(resolved);
        int known = Find(resolved);
        Place place = new(resolved, PlaceKind.Own) { Mode = OwnerOnly, Uid = request.Uid, Gid = request.Gid };
        if (known < 0) places.Add(place);
        else places[known] = place;
    }

    void AddMasked(IReadOnlyList<HostSecret> secrets)
    {
        for (int i = 0; i < secrets.Count; i++)
        {
            string path = secrets[i].Path;
            if (path[0] == '~') path = Home + path[1..];
            FileStatus status = files.Status(path);
            if (status.Type == FileType.SymbolicLink) path = Resolve(path, out status);
            if (status.Type == FileType.Unknown || Find(path) >= 0) continue;
            places.Add(new(path, PlaceKind.Masked) { Mode = status.Type == FileType.Directory ? Everybody : 0 });
        }
    }

    void AddOpened(string named)
    {
        string path = named.StartsWith("~/", StringComparison.Ordinal) && Home is not null ? Home + named[1..] : named;
        if (path.Length == 0 || path[0] != '/')
        {
            Warn($"--open {named}: not an absolute path, so nothing is opened");
            return;
        }
        path = Resolve(path, out FileStatus status, keepLinks: true);
        if (status.Type == FileType.Unknown)
        {
            Warn($"--open {named}: there is no such file, so nothing is opened");
            return;
        }
        bool isHome = false;
        for (int i = places.Count - 1; i >= 0; i--)
        {
            Place place = places[i];
            bool home = place.Kind == PlaceKind.Own && IsHome(place.Path) && PathOrder.IsAtOrBelow(place.Path, path);
            isHome |= home;
            if (home || place.Kind == PlaceKind.Masked && place.Path == path) places.RemoveAt(i);
        }
        int around = Innermost(path);
        if (around < 0)
        {
            if (!isHome) WarnOfRest(named, path);
            return;
        }
        if (places[around].Kind == PlaceKind.Reserved || places[around].Path == path)
        {
            Warn($"--open {named}: {places[around].Path} is the container's own, so the host's is not shown");
            return;
        }
        bool socketsIn = places[around].Kind == PlaceKind.Own && !IsHome(places[around].Path);
        places.Add(new(path, status.Type == FileType.Directory && !socketsIn ? PlaceKind.Shown : PlaceKind.Bound));
    }

    /// <summary>Opening is item by item: the directory above opens nothing.</summary>
    void WarnOfRest(string named, string path)
    {
        string rest = "";
        foreach (Place place in places)
            if (place.Kind == PlaceKind.Masked && PathOrder.IsBelow(place.Path, path)) rest += (rest.Length == 0 ? "" : ", ") + place.Path;
        if (rest.Length > 0) Warn($"--open {named}: still masked in it are {rest}; open each by its name");
    }

    void AddCurrentDirectory()
    {
        string current = request.CurrentDirectory;
        CurrentDirectoryShown = true;
        if (current == "/")
        {
            Warn("the current directory is /: it is shown with what is secret masked, and nothing that is written reaches it; "
                + "share a directory with -v DIR:DIR");
            return;
        }
        int around = Innermost(current);
        bool reserved = around >= 0 && places[around].Kind == PlaceKind.Reserved;
        if (!reserved && MountOf(current) is { } mount && LowerLayer.Of(mount.FsType).Use is LayerUse.None or LayerUse.Transparent)
        {
            CurrentDirectoryShown = false;
            Warn($"the current directory lies on {mount.MountPoint} ({mount.FsType}), an interface of the kernel's that is not shown");
            return;
        }
        if (around < 0 || places[around].Kind == PlaceKind.Shown) return;

        Place place = places[around];
        string? why = place switch
        {
            { Kind: PlaceKind.Reserved } => $"the current directory lies in {place.Path}, which is the container's own",
            { Kind: PlaceKind.Masked } when place.Path == current => "the current directory is masked, because it holds secrets",
            { Kind: PlaceKind.Masked } => $"the current directory is masked, because {place.Path} holds secrets",
            { Kind: PlaceKind.Bound } => null,
            _ when current == Home => "the current directory is your home directory: it is masked",
            _ when place.Path == current && IsHome(current) => $"the current directory is {current}, where home directories are: it is masked",
            _ when place.Path == current => $"the current directory is {current}, which is the container's own",
            _ => null,
        };
        if (why is null)
        {
            if (place.Kind != PlaceKind.Bound) places.Add(new(current, PlaceKind.Shown));
            return;
        }
        CurrentDirectoryShown = place.Kind == PlaceKind.Own;
        Warn(place.Kind == PlaceKind.Reserved ? why : $"{why}; share it with -v .:.");
    }

    void AddNeeded(string path)
    {
        string resolved = Resolve(path, out FileStatus status, keepLinks: true);
        // Daemons' sockets are never needed; a directory that has some is not shown, only the file in it that is.
        if (status.Type is not (FileType.Directory or FileType.Regular)) return;
        int around = Innermost(resolved);
        if (around >= 0 && places[around].Kind == PlaceKind.Own && places[around].Path != resolved) places.Add(new(resolved, PlaceKind.Bound));
    }

    /// <summary>A place whose path may be a link on this machine, or absent; returns where it really is.</summary>
    string Add(string path, PlaceKind kind, uint mode)
    {
        string resolved = Resolve(path, out FileStatus status);
        places.Add(new(resolved, kind) { Mode = mode, Missing = status.Type == FileType.Unknown });
        return resolved;
    }

    void Make(string path, uint mode, uint uid, uint gid) => places.Add(new(path, PlaceKind.Made) { Mode = mode, Uid = uid, Gid = gid });

    void Warn(string text) => notes.Add(new(HostNoteKind.Warning, text));

    bool IsHome(string path) => homes.Contains(path);

    int Find(string path)
    {
        for (int i = 0; i < places.Count; i++)
            if (places[i].Path == path) return i;
        return -1;
    }

    /// <summary>The place that decides whether a path is shown: the deepest at or above it; -1 if that is the machine itself.</summary>
    int Innermost(string path)
    {
        int found = -1;
        for (int i = 0; i < places.Count; i++)
        {
            Place place = places[i];
            if (place.Kind is PlaceKind.Link or PlaceKind.Made || !PathOrder.IsAtOrBelow(path, place.Path)) continue;
            if (found < 0 || place.Path.Length >= places[found].Path.Length) found = i;
        }
        return found;
    }

    /// <summary>The visible mount that a path lies on.</summary>
    Mount? MountOf(string path)
    {
        IReadOnlyList<Mount> mounts = request.Mounts.Mounts;
        for (int i = mounts.Count - 1; i >= 0; i--)
            if (mounts[i].Visible && PathOrder.IsAtOrBelow(path, mounts[i].MountPoint)) return mounts[i];
        return null;
    }

    /// <summary>A directory with nothing but images mounted in it, snaps, is one bind and not a hundred.</summary>
    void AddImages(string directory)
    {
        int images = 0;
        IReadOnlyList<Mount> mounts = request.Mounts.Mounts;
        for (int i = 0; i < mounts.Count; i++)
        {
            if (!mounts[i].Visible || !PathOrder.IsBelow(mounts[i].MountPoint, directory)) continue;
            if (LowerLayer.Of(mounts[i].FsType).Use != LayerUse.Image) return;
            images++;
        }
        if (images > 1) places.Add(new(directory, PlaceKind.Images));
    }

    /// <summary>
    /// Follows symbolic links on the host, name by name. With <paramref name="keepLinks"/> the view gets those that would
    /// otherwise be hidden along with what is around them.
    /// </summary>
    string Resolve(string path, out FileStatus status, bool keepLinks = false)
    {
        string done = "/";
        string rest = path;
        status = new(FileType.Directory, Everybody, 0, 0, 0);
        for (int links = 0; rest.Length > 0;)
        {
            int slash = rest.IndexOf('/');
            string name = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? "" : rest[(slash + 1)..];
            if (name is "" or ".") continue;
            if (name == "..")
            {
                done = PathOrder.Parent(done);
                continue;
            }
            string next = PathOrder.Join(done, name);
            status = files.Status(next);
            if (status.Type == FileType.SymbolicLink && ++links <= MaximumLinks && files.LinkTarget(next) is { Length: > 0 } target)
            {
                if (keepLinks && Find(next) < 0) places.Add(new(next, PlaceKind.Link) { Target = target });
                if (target[0] == '/') done = "/";
                rest = rest.Length == 0 ? target : target + "/" + rest;
                continue;
            }
            done = next;
            if (status.Type != FileType.Unknown) continue;
            if (rest.Length > 0) done = PathOrder.Join(done, rest);
            break;
        }
        return done;
    }

    Place[] Merge()
    {
        IReadOnlyList<Mount> mounts = request.Mounts.Mounts;
        for (int i = 0; i < mounts.Count; i++)
            if (mounts[i].Visible) places.Add(new(mounts[i].MountPoint, PlaceKind.Mount) { Mount = mounts[i] });
        Place[] all = places.ToArray();
        MemoryExtensions.Sort(all.AsSpan(), static (a, b) => PathOrder.Compare(a.Path, b.Path) is var order and not 0 ? order : a.Kind - b.Kind);
        int count = 0;
        for (int i = 0; i < all.Length; i++)
        {
            if (count == 0 || all[count - 1].Path != all[i].Path) all[count++] = all[i];
            else
            {
                Mount? mount = all[count - 1].Mount ?? all[i].Mount;
                if (all[i].Kind != PlaceKind.Link) all[count - 1] = all[i];
                all[count - 1].Mount = mount;
            }
        }
        return all[..count];
    }
}
