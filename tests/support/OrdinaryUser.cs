using System.Globalization;

namespace Kist.Tests.Support;

/// <summary>
/// A user who is not root: <c>await new OrdinaryUser().Kist("run", root, "id").Run()</c>. For tests that run as root it is one that
/// this machine does not have: its entries in /etc exist only in the mount namespace of the command. Else it is who runs the tests.
/// </summary>
public sealed class OrdinaryUser : IDisposable
{
    /// <summary>The first of its further ids, where it is made here.</summary>
    public const uint FirstSubordinate = 1_000_000;
    const uint Made = 54321;

    readonly TemporaryDirectory home = new();
    readonly bool subordinateIds;
    string mounts = "", directory;

    /// <param name="subordinateIds">Whether /etc/subuid and /etc/subgid have ids for it.</param>
    public OrdinaryUser(bool subordinateIds = true)
    {
        this.subordinateIds = subordinateIds;
        directory = home.Path;
        Directory.CreateDirectory(home.Path + "/run");
        File.SetUnixFileMode(home.Path, (UnixFileMode)0x1ED);
        if (!Requirements.IsRoot)
        {
            if (!subordinateIds)
                Requirements.Root();
            Uid = uint.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1], CultureInfo.InvariantCulture);
            return;
        }
        Uid = Made;
        if (subordinateIds)
            Requirements.Program("newuidmap");
        Requirements.Program("setpriv");
    }

    public uint Uid { get; }

    /// <summary>Its home directory, which is /tmp's: @host shows it as the current directory only.</summary>
    public string Home => home.Path;

    /// <summary>The kist that it can reach.</summary>
    public string Executable => Requirements.IsRoot ? home.Path + "/kist" : KistCommand.Executable("kist");

    /// <summary>A shell script that root runs before, in the command's own mount namespace.</summary>
    public OrdinaryUser Where(string script)
    {
        Requirements.Root();
        mounts += script + "\n";
        return this;
    }

    /// <summary>The current directory, which may be one that the script makes.</summary>
    public OrdinaryUser In(string path)
    {
        directory = path;
        return this;
    }

    public KistCommand Kist(params string[] arguments) => Program([Executable, .. arguments]);

    public KistCommand Program(params string[] command) => !Requirements.IsRoot
        ? KistCommand.Program(command[0], command[1..]).In(directory).Environment("XDG_RUNTIME_DIR", Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? Home + "/run")
        : PrivateMounts.Run($"""
            home={home.Path} private_root=
            chown {Uid}:{Uid} $home $home/run
            # Where the tree lies may be closed to others.
            cp {KistCommand.Executable("kist")} $home/kist
            {mounts}
            {(subordinateIds ? Accounts : "")}
            cd {directory}
            exec setpriv --reuid={Uid} --regid={Uid} --clear-groups env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$home XDG_RUNTIME_DIR=$home/run "$@"
            """, command);

    // newuidmap wants to know its caller's name. Overlays stack two deep, and @host makes one.
    string Accounts => $"""
        if [ -z "$private_root" ]; then
            mkdir $home/etc
            mount -t tmpfs -o mode=755 tmpfs $home/etc
            if [ $(stat -f -c %T /etc) = overlayfs ]; then
                cp -a /etc/. $home/etc
                mount --move $home/etc /etc
            else
                mkdir $home/etc/upper $home/etc/work
                mount -t overlay -o lowerdir=/etc,upperdir=$home/etc/upper,workdir=$home/etc/work overlay /etc
                umount -l $home/etc
            fi
            rmdir $home/etc
        fi
        echo kist-tester:x:{Uid}:{Uid}::$home:/bin/sh >>/etc/passwd
        echo kist-tester:x:{Uid}: >>/etc/group
        echo kist-tester:{FirstSubordinate}:65536 | tee /etc/subuid >/etc/subgid
        """;

    /// <summary>What is left of its containers.</summary>
    public IReadOnlyList<string> Left()
    {
        string containers = Home + "/run/kist/containers";
        return Directory.Exists(containers) ? Directory.GetFileSystemEntries(containers) : [];
    }

    public void Dispose() => home.Dispose();
}

/// <summary>Commands in a mount namespace of their own, which this machine does not see. Needs root.</summary>
public static class PrivateMounts
{
    /// <summary>Runs a shell script in it that ends with <c>exec "$@"</c> or the like.</summary>
    public static KistCommand Run(string script, params string[] command)
    {
        Requirements.Root();
        return KistCommand.Program(Requirements.Program("unshare"), ["--mount", "--propagation", "private", "/bin/sh", "-euc", script, "sh", .. command]);
    }

    /// <summary>kist as root, after a script.</summary>
    public static KistCommand Kist(string script, params string[] arguments) => Run(script + "\nexec \"$@\"", [KistCommand.Executable("kist"), .. arguments]);

    /// <summary>A script that makes the root an overlay on it, as live systems and containers have it.</summary>
    /// <param name="folder">An empty directory.</param>
    /// <param name="keep">What is to be seen at its place, too.</param>
    public static string OverlayRoot(string folder, params string[] keep) => $"""
        mount -t tmpfs tmpfs {folder}
        cd {folder}
        mkdir upper work root
        mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root
        mount -t proc proc root/proc
        for directory in /sys /dev {string.Join(' ', keep)}; do mkdir -p root$directory; mount --rbind $directory root$directory; done
        mount -t tmpfs tmpfs root/run
        cd root
        mkdir old-root
        pivot_root . old-root
        cd /
        umount -l /old-root
        rmdir /old-root
        private_root=yes
        """;
}
