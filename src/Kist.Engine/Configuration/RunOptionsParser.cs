using Kist.Linux;
using Kist.Runtime.CommandLine;
using Kist.Spec;

namespace Kist.Engine.Configuration;

/// <summary>What the caller is: the parser's only knowledge of the world.</summary>
/// <param name="Directory">The working directory.</param>
/// <param name="Variable">An environment variable's value, or null.</param>
/// <param name="ReadFile">A file of the host's, for --env-file.</param>
public sealed record Caller(string Directory, Func<string, string?> Variable, Func<string, byte[]> ReadFile);

/// <summary>Arguments to <see cref="RunOptions"/>; values are checked here, and nowhere later.</summary>
public static class RunOptionsParser
{
    /// <summary>Reads the arguments of <c>kist run</c> or <c>kist explain</c>.</summary>
    /// <param name="arguments">What follows the verb.</param>
    /// <param name="verb">Whose table it is.</param>
    /// <param name="caller">For relative paths, -e NAME and --env-file.</param>
    /// <param name="other">An option that is not the container's: --help, --format.</param>
    /// <returns>Null if <paramref name="other"/> said that there is nothing to run.</returns>
    /// <exception cref="KistException">What is wrong with which option.</exception>
    public static RunOptions? Parse(ReadOnlySpan<string> arguments, Verb verb, Caller caller, Func<string, string, bool>? other = null)
    {
        ArgumentReader reader = new(arguments, verb);
        RunOptions options = new() { Source = NoSource };
        Collected lists = new();
        bool isDirectory = false;
        while (reader.Read(out Option? option, out string value))
        {
            bool on = value == "true";
            switch (option.Name)
            {
                case "rootfs": isDirectory = on; break;
                case "rm": break; // Until containers live on, each is removed at its end.
                case "interactive": options = options with { Interactive = on }; break;
                case "tty": options = options with { Terminal = on }; break;
                case "init": options = options with { Init = on }; break;
                case "read-only": options = options with { ReadOnly = on }; break;
                case "privileged": options = options with { Privileged = on }; break;
                case "no-pivot": options = options with { NoPivot = on }; break;
                case "trace": options = options with { Trace = on }; break;
                case "env": AddVariable(lists.Environment, value, caller); break;
                case "env-file": EnvironmentFile.Read(value, caller, lists.FileEnvironment); break;
                case "volume": lists.Binds.Add(MountSyntax.Volume(value, caller.Directory)); break;
                case "mount": MountSyntax.Mount(value, caller.Directory, lists.Binds, lists.Tmpfs); break;
                case "tmpfs": lists.Tmpfs.Add(MountSyntax.Tmpfs(value)); break;
                case "device": lists.Devices.Add(MountSyntax.Device(value)); break;
                case "ulimit": lists.Ulimits.Add(Quantity.Ulimit(value)); break;
                case "open": lists.Open.Add(OpenPath(value, caller)); break;
                case "cap-add": options = options with { CapabilitiesAdded = options.CapabilitiesAdded | Capability(option, value) }; break;
                case "cap-drop": options = options with { CapabilitiesDropped = options.CapabilitiesDropped | Capability(option, value) }; break;
                case "sysctl": Add(lists.Sysctl, option, value); break;
                case "annotation": Add(lists.Annotations, option, value); break;
                case "security-opt": options = SecurityOption(options, value); break;
                default:
                    if (!TryScalar(options, option.Name, value, out RunOptions changed) && other?.Invoke(option.Name, value) != true)
                        return null;
                    options = changed;
                    break;
            }
        }
        return Finish(options, lists, reader.Operands, isDirectory, verb);
    }

    static readonly Source NoSource = new(SourceKind.Host, "/");

    static bool TryScalar(RunOptions options, string name, string value, out RunOptions changed)
    {
        RunOptions? result = name switch
        {
            "entrypoint" => options with { Entrypoint = value.Length > 0 ? value : null },
            "workdir" => options with { WorkingDirectory = value.StartsWith('/') ? MountSyntax.Absolute(value, "/") : throw new KistException($"--workdir: \"{value}\" is not absolute; it is a directory in the container") },
            "user" => options with { User = value.Length > 0 ? value : throw new KistException("--user is empty; write USER[:GROUP], names or numbers") },
            "stop-signal" => options with { StopSignal = Quantity.StopSignal(value) },
            "stop-timeout" => options with { StopTimeout = Quantity.Seconds("--stop-timeout", value, -1) },
            "timeout" => options with { Timeout = Quantity.Seconds("--timeout", value, 0) is { Ticks: > 0 } time ? time : null },
            "disk" => options with { Disk = Quantity.Bytes("--disk", value) is > 0 and long size ? (ulong)size : throw new KistException("--disk 0 leaves no room to write; --read-only forbids writes") },
            "shm-size" => options with { ShmSize = Quantity.Bytes("--shm-size", value) is > 0 and long size ? (ulong)size : throw new KistException("--shm-size 0 would leave no shared memory; --ipc none takes it away") },
            "memory" => options with { Memory = Quantity.Bytes("--memory", value) is > 0 and long size ? size : null },
            "memory-swap" => options with { MemorySwap = value == "-1" ? -1 : Quantity.Bytes("--memory-swap", value) is > 0 and long size ? size : null },
            "cpus" => options with { CpuQuota = Quantity.CpuQuota(value) },
            "cpu-shares" => options with { CpuShares = Quantity.Whole("--cpu-shares", value, 0, 262_144) switch { 0 => null, 1 => 2, long shares => (ulong)shares } },
            "cpuset-cpus" => options with { CpusetCpus = value.Length > 0 ? Quantity.CpuList(value) : null },
            "pids-limit" => options with { PidsLimit = Quantity.Whole("--pids-limit", value, -1, 4_194_304) is > 0 and long tasks ? tasks : -1 },
            "network" or "net" => options with { Network = Network(value) },
            "pid" => options with { Pid = Mode("--pid", value) },
            "uts" => options with { Uts = Mode("--uts", value) },
            "ipc" => options with { Ipc = value == "none" ? NamespaceMode.Private : Mode("--ipc", value, ", or none"), NoShm = value == "none" },
            "cgroupns" => options with { Cgroup = Mode("--cgroupns", value) },
            "userns" => options with { UserNamespace = value is "auto" or "private" ? NamespaceMode.Private : value is "keep-id" or "nomap" ? throw new KistException($"--userns {value} is not there yet; there are host and auto") : Mode("--userns", value, ", or auto") },
            "hostname" => options with { Hostname = Hostname(value) },
            "name" => options with { Name = Name(value) },
            _ => null,
        };
        changed = result ?? options;
        return result is not null;
    }

    static RunOptions Finish(RunOptions options, Collected lists, IReadOnlyList<string> operands, bool isDirectory, Verb verb)
    {
        if (operands.Count == 0)
            throw new KistException($"{verb.Command} needs a SOURCE: @host, or a directory with a root filesystem; see {verb.Command} --help");
        string[] command = new string[operands.Count - 1];
        for (int i = 0; i < command.Length; i++)
            command[i] = operands[i + 1];
        options = options with
        {
            Source = Source.Parse(operands[0], isDirectory), Command = command, Environment = lists.FileEnvironment.Count == 0 ? lists.Environment : [.. lists.FileEnvironment, .. lists.Environment], Binds = lists.Binds, Tmpfs = lists.Tmpfs,
            Devices = lists.Devices, Ulimits = lists.Ulimits, Open = lists.Open, Sysctl = lists.Sysctl, Annotations = lists.Annotations,
        };
        RunOptionsRules.Check(options);
        return options;
    }

    static void AddVariable(List<string> environment, string text, Caller caller)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals == 0 || text.Length == 0)
            throw new KistException($"--env: \"{text}\" names no variable; write KEY=VALUE, or KEY for the caller's value");
        if (equals > 0)
            environment.Add(text);
        else if (caller.Variable(text) is { } value)
            environment.Add($"{text}={value}");
    }

    static ulong Capability(Option option, string text)
    {
        ulong mask = 0;
        foreach (string name in text.Split(','))
        {
            if (name.Equals("ALL", StringComparison.OrdinalIgnoreCase))
                mask |= CapabilityTable.All | AllCapabilities;
            else if (CapabilityTable.TryGet(name, out int number))
                mask |= 1UL << number;
            else
            {
                string[] names = new string[CapabilityTable.Count];
                for (int i = 0; i < names.Length; i++)
                    names[i] = CapabilityTable.Name(i);
                string typed = name.ToUpperInvariant();
                string? near = Suggestion.Nearest(typed.StartsWith("CAP_", StringComparison.Ordinal) ? typed : "CAP_" + typed, names);
                throw new KistException($"--{option.Name}: there is no capability \"{name}\"{(near is null ? "; capabilities(7) lists them" : $"; did you mean {near}?")}");
            }
        }
        return mask;
    }

    /// <summary>The bit that says ALL was written, which weighs less than a single name.</summary>
    public const ulong AllCapabilities = 1UL << 63;

    static RunOptions SecurityOption(RunOptions options, string text)
    {
        int at = text.IndexOfAny(['=', ':']);
        string key = at < 0 ? text : text[..at], value = at < 0 ? "" : text[(at + 1)..];
        return (key, value) switch
        {
            ("no-new-privileges", "" or "true") => options with { NoNewPrivileges = true },
            ("no-new-privileges", "false") => options with { NoNewPrivileges = false },
            ("seccomp", "unconfined") => options with { Seccomp = new SeccompOption(null) },
            ("seccomp", "builtin") => options with { Seccomp = null },
            ("seccomp", not "") => options with { Seccomp = new SeccompOption(value) },
            ("systempaths", "unconfined") => options with { SystemPathsUnconfined = true },
            // Both are so: Kist sets no label of its own.
            ("apparmor", "unconfined") or ("label", "disable") => options,
            ("apparmor" or "label", _) => throw new KistException($"--security-opt {text}: profiles of AppArmor and SELinux come with a later release"),
            _ => throw new KistException($"--security-opt: unknown option \"{text}\"; there are seccomp=FILE, seccomp=unconfined, no-new-privileges, systempaths=unconfined"),
        };
    }

    static NamespaceMode Network(string value) => value switch
    {
        "none" or "private" => NamespaceMode.Private,
        "host" => NamespaceMode.Host,
        "bridge" or "default" or "slirp4netns" or "pasta" => throw new KistException($"--network {value} is not there yet: bridges come with a later release; there are none and host"),
        _ => throw new KistException($"--network: \"{value}\" is not there; there are none and host (networks with names come with bridges, in a later release)"),
    };

    static NamespaceMode Mode(string option, string value, string more = "") => value switch
    {
        "host" => NamespaceMode.Host,
        "private" or "" => NamespaceMode.Private,
        _ when value.StartsWith("container:", StringComparison.Ordinal) || value == "shareable" => throw new KistException($"{option} {value}: containers that share come with a later release"),
        _ => throw new KistException($"{option}: \"{value}\" is not there; write host or private{more}"),
    };

    static string Hostname(string text) => text.Length is > 0 and <= 64 && IsPlain(text) && text[0] is not ('-' or '.') && text[^1] is not ('-' or '.')
        ? text
        : throw new KistException($"--hostname: \"{text}\" is no name of a machine: at most 64 letters, digits, dots and dashes, which begin and end with a letter or digit");

    static string Name(string text) => text.Length is > 1 and <= 64 && char.IsAsciiLetterOrDigit(text[0]) && IsPlain(text)
        ? text
        : throw new KistException($"--name: \"{text}\" is no name: 2 to 64 letters, digits, and _ . - after the first");

    static string OpenPath(string text, Caller caller) => text is "~" || text.StartsWith("~/", StringComparison.Ordinal) ? text : MountSyntax.Absolute(text, caller.Directory);

    static void Add(Dictionary<string, string> map, Option option, string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new KistException($"--{option.Name}: \"{text}\" is not KEY=VALUE");
        map[text[..equals]] = text[(equals + 1)..];
    }

    static bool IsPlain(string text)
    {
        foreach (char letter in text)
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '.' or '-'))
                return false;
        return true;
    }

    /// <summary>The options of which every occurrence counts.</summary>
    sealed class Collected
    {
        public readonly List<string> Environment = [], FileEnvironment = [], Open = [];
        public readonly List<BindMount> Binds = [];
        public readonly List<TmpfsMount> Tmpfs = [];
        public readonly List<DeviceRequest> Devices = [];
        public readonly List<Rlimit> Ulimits = [];
        public readonly Dictionary<string, string> Sysctl = [], Annotations = [];
    }
}
