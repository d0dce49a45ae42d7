using Kist.Engine.Configuration;
using Kist.Engine.Host;
using Kist.Linux;
using Kist.Runtime;
using Kist.Spec;

namespace Kist.Engine.Launching;

/// <summary>What can be planned, and what the user should be told.</summary>
/// <param name="Request">For <see cref="LaunchPlan.Create"/>.</param>
/// <param name="Warnings">For every run.</param>
/// <param name="Details">For who asks.</param>
public sealed record PreparedLaunch(LaunchRequest Request, IReadOnlyList<string> Warnings, IReadOnlyList<string> Details);

/// <summary>From what was typed to what is launched: looks at the source, chooses the user namespace, builds the specification.</summary>
public static class LaunchPreparation
{
    /// <summary>What @host and DIR:O may write without --disk.</summary>
    const ulong DefaultDisk = 1UL << 30;

    /// <summary>Prepares a launch; nothing is made yet.</summary>
    /// <param name="options">What was typed.</param>
    /// <param name="facts">This machine.</param>
    /// <param name="id">The container's.</param>
    /// <param name="stateDirectory">The container's own directory; it need not exist to be explained.</param>
    /// <param name="filterCache">Where compiled filters are kept.</param>
    public static PreparedLaunch Prepare(RunOptions options, HostFacts facts, string id, string stateDirectory, string? filterCache)
    {
        using RootDirectory root = SourceDirectory.Open(options.Source);
        string current = Kernel.WorkingDirectory(out Errno error) ?? throw new KistException($"cannot find the current directory: {error.Describe()}; change to one that exists");
        HostViewRequest? view = options.Source.Kind == SourceKind.Host ? HostViewRequest.FromHost(facts, Environment.GetEnvironmentVariable("HOME")) : null;
        bool isolated = HasUserNamespace(options, facts, view, out bool idMapped);
        IdMaps? maps = !isolated ? null : facts.IsRoot ? IdMaps.ForNobody(id) : IdMaps.ForCaller(facts.Uid, facts.Gid);

        Func<string, byte[]> read = path => root.ReadFile(path, UserDatabase.FileLimit, out byte[] content) == Errno.None ? content : [];
        HostViewResult? shown = view is null ? null : View(options, view, isolated, idMapped, maps, read, stateDirectory);
        SpecFacts known = new()
        {
            Id = id,
            RootPath = Absolute(options.Source.Path, current),
            ReadRootFile = read,
            HasRootFile = path => root.Stat(path, out FileStatus status) == Errno.None && status.Type == FileType.Regular,
            Rootless = !facts.IsRoot,
            UserNamespace = isolated,
            Capabilities = facts.Capabilities & ulong.MaxValue >> 63 - facts.LastCapability,
            View = shown,
            WorkingDirectory = shown is { CurrentDirectoryShown: true } ? view!.CurrentDirectory : "/",
            Environment = shown is null ? [] : CallersEnvironment(),
            Term = Environment.GetEnvironmentVariable("TERM"),
            HostName = Kernel.HostName,
            HasHostFile = static path => Kernel.Stat(Kernel.AT_FDCWD, path, out _) == Errno.None,
            Processors = Machine.Processors,
            LimitsSwap = () => Machine.LimitsSwap(facts.Cgroups),
            Devices = HostDevices.Find,
            ReadProfile = (file, capabilities) => ReadProfile(file, capabilities, facts),
        };
        RuntimeSpec spec = SpecBuilder.Build(options, known);
        CheckBinds(options);
        if (maps is not null)
            spec = WithIdsOf(maps, spec, options) with { Linux = spec.Linux with { UidMappings = maps.Uids, GidMappings = maps.Gids } };
        RootView? parts = shown?.Root ?? (options.Source.Kind == SourceKind.Overlay ? CopyOnWrite(options, facts, known.RootPath, isolated, stateDirectory) : null);
        if (parts?.DiskScratch is not null && options.Disk is not null)
            throw new KistException($"--disk cannot be enforced here: without root, what is written goes to a folder on disk before Linux 6.6, and this is {facts.Kernel}; leave it out");
        if (parts is { IdMapped: true })
            (parts, spec) = IdMappedBinds.Move(parts, spec, view?.Mounts ?? MountTable.OfThisProcess());
        return new PreparedLaunch(Request(options, facts, spec, parts, id, stateDirectory, filterCache), Warnings(maps, shown), Details(shown));
    }

    static LaunchRequest Request(RunOptions options, HostFacts facts, RuntimeSpec spec, RootView? root, string id, string stateDirectory, string? filterCache) => new()
    {
        Spec = options.Terminal && Terminal.GetWindowSize(0, out WindowSize size) >= 0 ? spec with { Process = spec.Process! with { ConsoleSize = new(size.Rows, size.Columns) } } : spec,
        Id = id,
        Bundle = stateDirectory,
        StateDirectory = stateDirectory,
        FilterCache = filterCache,
        Root = root,
        Seccomp = SpecBuilder.UsesDefaultSeccomp(options) ? new SeccompChoice.Default() : spec.Linux.Seccomp is null ? new SeccompChoice.Unconfined() : new SeccompChoice.FromSpec(),
        Init = options.Init,
        Trace = options.Trace,
        NoPivot = options.NoPivot,
        DieWithParent = true,
        CreateWorkingDirectory = false,
        NullInput = !options.Interactive && !options.Terminal,
        CgroupOptional = true,
        CgroupPrefix = facts.IsRoot ? "/kist-" : "kist-",
    };

    /// <summary>Whether root inside is another outside. Without root it must be; with it, it is on @host where the kernel can show files so.</summary>
    static bool HasUserNamespace(RunOptions options, HostFacts facts, HostViewRequest? view, out bool idMapped)
    {
        idMapped = false;
        if (!facts.IsRoot)
            return options.UserNamespace != NamespaceMode.Host ? true
                : throw new KistException("--userns host needs root: without it a container gets its rights from a user namespace of its own");
        if (options.UserNamespace == NamespaceMode.Host || options.UserNamespace is null && (view is null || options.Privileged))
            return false;
        // An in-place directory is as it is: its files belong to whom they belong to.
        idMapped = options.Source.Kind != SourceKind.Directory && HostView.WhyNotIdMapped(view?.Mounts ?? MountTable.OfThisProcess(), facts.Kernel) is null;
        return idMapped || options.UserNamespace == NamespaceMode.Private;
    }

    static HostViewResult View(RunOptions options, HostViewRequest view, bool isolated, bool idMapped, IdMaps? maps, Func<string, byte[]> read, string stateDirectory)
    {
        ContainerUser user = options.User is null ? new ContainerUser(0, 0, [], "/") : UserDatabase.Resolve(options.User, read("/etc/passwd"), read("/etc/group"));
        return HostView.Create(view with
        {
            UserNamespace = isolated,
            IdMapped = idMapped,
            Ids = maps is null ? uint.MaxValue : uint.Min(Sum(maps.Uids), Sum(maps.Gids)),
            Uid = user.Uid,
            Gid = user.Gid,
            Open = options.Open,
            DiskSize = options.Disk ?? DefaultDisk,
            PrivateDirectory = PrivateDirectory(stateDirectory),
        });
    }

    static RootView CopyOnWrite(RunOptions options, HostFacts facts, string directory, bool isolated, string stateDirectory)
    {
        bool idMapped = isolated && facts.IsRoot && HostView.WhyNotIdMapped(MountTable.OfThisProcess(), facts.Kernel) is null;
        bool needsDisk = isolated && !idMapped && !facts.Kernel.IsAtLeast(6, 6);
        return new RootView([new RootPart(RootPartKind.Overlay, "/", directory)], options.Disk ?? DefaultDisk)
        {
            UserXattr = isolated && !idMapped,
            IdMapped = idMapped,
            DiskScratch = needsDisk ? PrivateDirectory(stateDirectory) : null,
        };
    }

    /// <summary>Beside nothing that is shown: in the user's cache, named as the container is.</summary>
    static string? PrivateDirectory(string stateDirectory)
    {
        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set
            : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? $"{home}/.cache" : null;
        return cache is null ? null : $"{cache}/kist/scratch/{stateDirectory[(stateDirectory.LastIndexOf('/') + 1)..]}";
    }

    /// <summary>The user that was asked for must be one that the container has.</summary>
    static RuntimeSpec WithIdsOf(IdMaps maps, RuntimeSpec spec, RunOptions options)
    {
        User user = spec.Process!.User;
        uint uids = Sum(maps.Uids), gids = Sum(maps.Gids), group = user.Gid;
        foreach (uint other in user.AdditionalGids)
            group = uint.Max(group, other);
        if (user.Uid >= uids || group >= gids)
            throw new KistException($"-u {options.User}: {maps.Warning ?? $"the container has the users 0 to {uids - 1} and the groups 0 to {gids - 1}; /etc/subuid and /etc/subgid say how many"}");
        // With one group setgroups(2) is denied, and there is no other to be in.
        return gids > 1 || user.AdditionalGids.Count == 0 ? spec : spec with { Process = spec.Process with { User = user with { AdditionalGids = [] } } };
    }

    static uint Sum(IReadOnlyList<IdMapping> maps)
    {
        uint sum = 0;
        foreach (IdMapping map in maps)
            sum += map.Size;
        return sum;
    }

    static void CheckBinds(RunOptions options)
    {
        foreach (BindMount bind in options.Binds)
        {
            Errno error = Kernel.Stat(Kernel.AT_FDCWD, bind.Source, out _);
            if (error != Errno.None)
                throw new KistException($"-v: cannot share {bind.Source}: {error.Describe()}{(error == Errno.ENOENT ? "; make it first, or is it misspelt?" : "")}");
        }
    }

    static Seccomp ReadProfile(string file, ulong capabilities, HostFacts facts)
    {
        byte[] json = Kernel.ReadFile(Kernel.AT_FDCWD, file, out Errno error) ?? throw new KistException($"--security-opt seccomp={file}: cannot read it: {error.Describe()}");
        string architecture = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
        try
        {
            return ProfileReader.Read(json, capabilities, architecture, (facts.Kernel.Major, facts.Kernel.Minor));
        }
        catch (SpecException wrong)
        {
            throw new KistException($"--security-opt seccomp={file}: {wrong.Message}");
        }
    }

    static List<string> CallersEnvironment()
    {
        List<string> environment = new(8);
        foreach (string name in (ReadOnlySpan<string>)["PATH", "HOME", "USER", "LANG", "TERM", "TZ", "LC_ALL", "LC_ADDRESS", "LC_COLLATE", "LC_CTYPE", "LC_IDENTIFICATION",
            "LC_MEASUREMENT", "LC_MESSAGES", "LC_MONETARY", "LC_NAME", "LC_NUMERIC", "LC_PAPER", "LC_TELEPHONE", "LC_TIME"])
            if (HostEnvironment.IsTaken(name) && Environment.GetEnvironmentVariable(name) is { } value)
                environment.Add($"{name}={value}");
        return environment;
    }

    static List<string> Warnings(IdMaps? maps, HostViewResult? view)
    {
        List<string> warnings = maps?.Warning is { } warning ? [warning] : [];
        foreach (HostNote note in view?.Notes ?? [])
            if (note.Kind == HostNoteKind.Warning)
                warnings.Add(note.Text);
        return warnings;
    }

    static List<string> Details(HostViewResult? view)
    {
        List<string> details = [];
        foreach (HostNote note in view?.Notes ?? [])
            if (note.Kind == HostNoteKind.Detail)
                details.Add(note.Text);
        return details;
    }

    static string Absolute(string path, string current) => path.StartsWith('/') ? path : path == "." ? current : $"{current}/{(path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path)}";
}
