using Kist.Linux;
using Kist.Spec;
using Mount = Kist.Spec.Mount;

namespace Kist.Engine.Configuration;

/// <summary>Options to the OCI document that says the same, with Docker's defaults where nothing was said.</summary>
public static class SpecBuilder
{
    /// <summary>Builds the document.</summary>
    /// <exception cref="KistException">What cannot be had here: a user that the root filesystem does not know, a limit that the machine does not reach.</exception>
    public static RuntimeSpec Build(RunOptions options, SpecFacts facts)
    {
        string workingDirectory = options.WorkingDirectory ?? facts.WorkingDirectory;
        ContainerUser user = UserDatabase.Resolve(options.User, UserFile(options, facts, "/etc/passwd"), UserFile(options, facts, "/etc/group"));
        ulong bounding = BoundingSet(options, facts);
        string? hostname = Hostname(options, facts);
        List<Mount> mounts = DefaultMounts.Of(options, facts, workingDirectory);
        List<Device> devices = Devices(options, facts, out List<DeviceRule> rules);
        if (facts.UserNamespace && devices.Count > 0)
        {
            // mknod(2) of a device is refused in a user namespace: the host's own nodes are bound.
            foreach (Device device in devices)
                mounts.Add(DefaultMounts.Make(device.Path, "bind", HostPath(options, device), ["bind", "nosuid", "noexec"]));
            devices = [];
        }
        bool masks = !options.Privileged && !options.SystemPathsUnconfined;
        return new RuntimeSpec
        {
            OciVersion = DefaultSpec.OciVersion,
            Root = new Root(facts.RootPath, options.ReadOnly),
            Hostname = options.Uts == NamespaceMode.Host ? null : hostname,
            Mounts = mounts,
            Annotations = options.Annotations,
            Process = new Process
            {
                Terminal = options.Terminal,
                User = user.ToSpec(),
                Args = Arguments(options, facts),
                Env = ContainerEnvironment.Of(options, facts, user, hostname ?? facts.HostName()),
                Cwd = workingDirectory,
                // What execve(2) would leave to somebody who is not root, from the start.
                Capabilities = user.Uid == 0 ? new Capabilities(bounding, bounding, 0, bounding, 0) : new Capabilities(bounding, 0, 0, 0, 0),
                Rlimits = options.Ulimits,
                NoNewPrivileges = options.NoNewPrivileges,
            },
            Linux = new LinuxSpec
            {
                Namespaces = Namespaces(options, facts),
                Devices = devices,
                Resources = Limits(options, facts) with { Devices = rules },
                Sysctl = Sysctl(options),
                Seccomp = options.Seccomp?.File is { } file ? facts.ReadProfile(file, bounding) : null,
                MaskedPaths = Masks(masks ? DefaultRights.MaskedPaths : [], facts, mounts),
                ReadonlyPaths = masks ? DefaultRights.ReadonlyPaths : [],
            },
        };
    }

    /// <summary>Whether system calls are limited by Docker's profile, which the launcher has ready: <see cref="LinuxSpec.Seccomp"/> is not filled in for it.</summary>
    public static bool UsesDefaultSeccomp(RunOptions options) => options.Seccomp is null && !options.Privileged;

    /// <summary>The bounding set of capabilities.</summary>
    public static ulong BoundingSet(RunOptions options, SpecFacts facts) =>
        DefaultRights.Bounding(options, facts.UserNamespace ? CapabilityTable.All : facts.Capabilities);

    /// <summary>Root needs no entry, nor does a run without -u; on @host root inside has the caller's home.</summary>
    static byte[] UserFile(RunOptions options, SpecFacts facts, string file) =>
        options.User is null && options.Source.Kind == SourceKind.Host ? [] : facts.ReadRootFile(file);

    static IReadOnlyList<string> Arguments(RunOptions options, SpecFacts facts)
    {
        if (options.Entrypoint is not null)
            return [options.Entrypoint, .. options.Command];
        if (options.Command.Count > 0)
            return options.Command;
        foreach (string shell in DefaultRights.Shells)
            if (facts.HasRootFile(shell))
                return [shell];
        throw new KistException($"there is no shell in {facts.RootPath} (looked for {string.Join(", ", DefaultRights.Shells)}): say which COMMAND to run", 127);
    }

    static string? Hostname(RunOptions options, SpecFacts facts) =>
        options.Hostname ?? (options.Uts == NamespaceMode.Host || options.Network == NamespaceMode.Host ? facts.HostName() : facts.Id[..int.Min(12, facts.Id.Length)]);

    static List<Namespace> Namespaces(RunOptions options, SpecFacts facts)
    {
        List<Namespace> namespaces = new(7) { new(NamespaceType.Mount) };
        if (options.Pid == NamespaceMode.Private) namespaces.Add(new(NamespaceType.Pid));
        if (options.Ipc == NamespaceMode.Private) namespaces.Add(new(NamespaceType.Ipc));
        if (options.Uts == NamespaceMode.Private) namespaces.Add(new(NamespaceType.Uts));
        if (options.Network == NamespaceMode.Private) namespaces.Add(new(NamespaceType.Network));
        if (options.Cgroup == NamespaceMode.Private) namespaces.Add(new(NamespaceType.Cgroup));
        if (facts.UserNamespace) namespaces.Add(new(NamespaceType.User));
        return namespaces;
    }

    /// <summary>What the user mounts by its very name is meant to be seen.</summary>
    static IReadOnlyList<string> Masks(string[] kernel, SpecFacts facts, List<Mount> mounts)
    {
        if (facts.View is not { } view)
            return kernel;
        List<string> masks = [.. kernel, .. view.MaskedPaths];
        foreach (Mount mount in mounts)
            masks.Remove(mount.Destination);
        return masks;
    }

    static IReadOnlyDictionary<string, string> Sysctl(RunOptions options)
    {
        if (options.Sysctl.Count == 0)
            return options.Sysctl;
        Dictionary<string, string> sysctl = new(options.Sysctl.Count);
        foreach ((string key, string value) in options.Sysctl)
            sysctl[key.Replace('/', '.')] = value;
        return sysctl;
    }

    static Resources Limits(RunOptions options, SpecFacts facts)
    {
        int processors = options.CpuQuota is null && options.CpusetCpus is null ? 0 : facts.Processors();
        if (processors > 0 && options.CpuQuota > processors * 100_000L)
            throw new KistException($"--cpus is more than this machine has: {processors}");
        if (processors > 0 && options.CpusetCpus is { } list && Quantity.LargestCpu(list) >= processors)
            throw new KistException($"--cpuset-cpus {list}: this machine has the processors 0-{processors - 1}");
        return new Resources
        {
            Memory = options.Memory is { } memory ? new MemoryResources { Limit = memory, Swap = options.MemorySwap ?? (facts.LimitsSwap() ? Twice(memory) : null) } : null,
            Cpu = options.CpuQuota is null && options.CpuShares is null && options.CpusetCpus is null ? null : new CpuResources
            {
                Quota = options.CpuQuota,
                Period = options.CpuQuota is null ? null : 100_000,
                Shares = options.CpuShares,
                Cpus = options.CpusetCpus,
            },
            PidsLimit = options.PidsLimit,
        };
    }

    static long Twice(long size) => size > long.MaxValue / 2 ? long.MaxValue : size * 2;

    static List<Device> Devices(RunOptions options, SpecFacts facts, out List<DeviceRule> rules)
    {
        List<Device> devices = [];
        // Rootless there is no control over devices but the host's own permissions.
        rules = facts.Rootless ? [] : [new DeviceRule(options.Privileged, 'a', null, null, "rwm")];
        if (options.Privileged)
            devices.AddRange(facts.Devices(null));
        foreach (DeviceRequest request in options.Devices)
        {
            if (facts.Rootless && request.Access != "rwm")
                throw new KistException($"--device {request.Source}: without root, access cannot be limited to \"{request.Access}\"; leave it out, and the file's own permissions hold");
            foreach (Device device in facts.Devices(request))
            {
                devices.RemoveAll(other => other.Path == device.Path);
                devices.Add(device);
                if (!options.Privileged && !facts.Rootless)
                    rules.Add(new DeviceRule(true, device.Type, device.Major, device.Minor, request.Access));
            }
        }
        return devices;
    }

    /// <summary>Where the host has the node that the container sees at <paramref name="device"/>'s path.</summary>
    static string HostPath(RunOptions options, Device device)
    {
        foreach (DeviceRequest request in options.Devices)
            if (device.Path == request.Destination)
                return request.Source;
            else if (device.Path.StartsWith(request.Destination + "/", StringComparison.Ordinal))
                return request.Source + device.Path[request.Destination.Length..];
        return device.Path;
    }
}
