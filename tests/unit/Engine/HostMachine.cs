using System.Text;
using Kist.Engine.Host;
using Kist.Linux;
using Kist.Runtime;

namespace Kist.Tests.Unit.Engine;

/// <summary>
/// A machine in a few words. Mounts: "/boot/efi vfat", one a line, each mounted on the one around it. Files: "/etc/shadow",
/// "/usr/" (a directory), "/bin -> usr/bin", "/run/x.sock =" (a socket), with "mode uid" after it if they matter.
/// </summary>
sealed class HostMachine : IHostFiles
{
    readonly Dictionary<string, (FileStatus Status, string? Target)> files = new() { ["/"] = (new(FileType.Directory, 0x1ED, 0, 0, 0), null) };
    readonly string mountinfo;

    public HashSet<string> TooDeep { get; } = [];
    public HashSet<string> Unlistable { get; } = [];
    public HashSet<string> Unseen { get; } = [];

    /// <summary>What every machine has.</summary>
    public const string Usual = """
        /proc proc
        /sys sysfs
        /sys/fs/cgroup cgroup2
        /dev devtmpfs
        /dev/pts devpts
        /run tmpfs
        /run/user/1000 tmpfs
        """;

    const string UsualFiles = """
        /bin -> usr/bin
        /boot/vmlinuz
        /etc/passwd
        /etc/shadow
        /etc/ssl/private/
        /home/
        /home/alice/ 700 1000
        /home/alice/.ssh/ 700 1000
        /home/alice/src/app/ 755 1000
        /home/bob/
        /root/ 700
        /tmp/ 1777
        /usr/bin/
        /var/tmp/ 1777
        /var/lib/docker/
        /var/lib/dpkg/
        /var/run -> /run
        """;

    public HostMachine(string mounts, string more = "")
    {
        StringBuilder text = new();
        List<string> points = [];
        foreach (string line in Lines(mounts))
        {
            string[] words = line.Split(' ');
            int parent = -1;
            for (int i = 0; i < points.Count; i++)
                if (PathOrder.IsBelow(words[0], points[i]) && (parent < 0 || points[i].Length >= points[parent].Length)) parent = i;
            text.Append($"{20 + points.Count} {(parent < 0 ? 1 : 20 + parent)} 8:{points.Count} / {words[0]} rw,relatime shared:{points.Count} - {words[1]} {words[1]} rw\n");
            points.Add(words[0]);
            if (words[0] != "/") AddFile(words[0] + (words.Length > 2 ? "" : "/"), 0x1ED, 0);
        }
        mountinfo = text.ToString();
        foreach (string line in Lines(UsualFiles).Concat(Lines(more)))
        {
            string[] words = line.Split(' ');
            if (words is [var link, "->", var target]) AddFile(link, FileType.SymbolicLink, 0x1FF, 0, target);
            else if (words is [var socket, "="]) AddFile(socket, FileType.Socket, 0x1FF, 0, null);
            else AddFile(words[0], words.Length > 1 ? Convert.ToUInt32(words[1], 8) : words[0].EndsWith('/') ? 0x1EDu : 0x1A4u, words.Length > 2 ? uint.Parse(words[2]) : 0);
        }
    }

    static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    void AddFile(string path, uint mode, uint uid) => AddFile(path.TrimEnd('/'), path.EndsWith('/') ? FileType.Directory : FileType.Regular, mode, uid, null);

    void AddFile(string path, FileType type, uint mode, uint uid, string? target)
    {
        for (string parent = PathOrder.Parent(path); !files.ContainsKey(parent); parent = PathOrder.Parent(parent))
            files[parent] = (new(FileType.Directory, 0x1ED, 0, 0, 0), null);
        files[path] = (new(type, mode, uid, uid, 0), target);
    }

    public MountTable Mounts => MountTable.Parse(Encoding.UTF8.GetBytes(mountinfo));

    /// <summary>Without privileges, or as root; HOME is that of alice, or root's.</summary>
    public HostViewRequest Request(bool rootless = false) => new()
    {
        Mounts = Mounts, Files = this, Kernel = new(6, 6), Rootless = rootless, UserNamespace = rootless,
        Home = rootless ? "/home/alice" : "/root", CurrentDirectory = "/usr",
    };

    public HostViewResult View(string currentDirectory = "/usr", bool rootless = false, string[]? open = null, string? home = null) =>
        HostView.Create(Request(rootless) with { CurrentDirectory = currentDirectory, Open = open ?? [], Home = home ?? (rootless ? "/home/alice" : "/root") });

    FileStatus IHostFiles.Status(string path) => !Unseen.Contains(path) && files.TryGetValue(path, out var file) ? file.Status : default;

    string? IHostFiles.LinkTarget(string path) => files.TryGetValue(path, out var file) ? file.Target : null;

    IReadOnlyList<DirectoryEntry>? IHostFiles.List(string directory) => Unlistable.Contains(directory) ? null
        : [.. files.Where(file => file.Key != "/" && PathOrder.Parent(file.Key) == directory).Select(file => new DirectoryEntry(file.Key[(file.Key.LastIndexOf('/') + 1)..], file.Value.Status.Type))];

    bool IHostFiles.CanBeLower(string directory) => !TooDeep.Contains(directory);
}

static class HostViewLines
{
    /// <summary>One part in a few words.</summary>
    public static string Line(RootPart part) => part.Kind switch
    {
        RootPartKind.Overlay => $"overlay {part.Destination}",
        RootPartKind.Bind => $"{(part.Readonly ? "ro" : "rw")}{(part.IsFile ? "-file" : part.Recursive ? "" : "-alone")} {part.Destination}",
        RootPartKind.Symlink => $"link {part.Destination} -> {part.Source}",
        RootPartKind.Empty => $"empty {part.Destination} {Convert.ToString(part.Mode, 8)} {part.Uid}",
        _ => $"dir {part.Destination} {Convert.ToString(part.Mode, 8)} {part.Uid}",
    };

    public static string Text(this IEnumerable<string> lines) => string.Join('\n', lines);

    public static string[] Lines(this HostViewResult view) => [.. view.Root.Parts.Select(Line)];

    /// <summary>The parts at a path and below.</summary>
    public static string[] Lines(this HostViewResult view, string below) =>
        [.. view.Root.Parts.Where(part => PathOrder.IsAtOrBelow(part.Destination, below)).Select(Line)];

    /// <summary>What is to be seen at a path: the deepest part around it, or "masked".</summary>
    public static string Shown(this HostViewResult view, string path) =>
        view.MaskedPaths.Any(masked => PathOrder.IsAtOrBelow(path, masked)) ? "masked"
        : Line(view.Root.Parts.Last(part => PathOrder.IsAtOrBelow(path, part.Destination)));

    public static string Warnings(this HostViewResult view) =>
        string.Join("; ", view.Notes.Where(note => note.Kind == HostNoteKind.Warning).Select(note => note.Text));

    public static string Details(this HostViewResult view) =>
        string.Join("; ", view.Notes.Where(note => note.Kind == HostNoteKind.Detail).Select(note => note.Text));
}
