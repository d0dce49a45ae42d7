using Kist.Runtime.CommandLine;

namespace Kist.Engine.Configuration;

/// <summary>What <c>kist run</c> and <c>kist explain</c> take: names and meaning are Docker's, and Podman's where Docker has none.</summary>
public static class RunFlags
{
    const string Process = "Process", Files = "Files", Rights = "Rights", Limits = "Limits", Isolation = "Isolation", Container = "Container", Insight = "Insight";

    /// <summary>The table.</summary>
    public static readonly Option[] Table =
    [
        new("interactive", 'i', "", Process, "keep stdin open (else it is /dev/null)"),
        new("tty", 't', "", Process, "give it a terminal"),
        new("env", 'e', "KEY[=VALUE]", Process, "set an environment variable, or pass the caller's", Repeatable: true),
        new("env-file", '\0', "FILE", Process, "variables from a file, one KEY=VALUE a line", Repeatable: true),
        new("workdir", 'w', "DIR", Process, "working directory"),
        new("user", 'u', "USER[:GROUP]", Process, "names or numbers"),
        new("entrypoint", '\0', "PROGRAM", Process, "program that gets COMMAND as its arguments"),
        new("init", '\0', "", Process, "an init as PID 1 that forwards signals and reaps"),
        new("stop-signal", '\0', "SIGNAL", Process, "what asks it to end (SIGTERM)"),
        new("stop-timeout", '\0', "SECONDS", Process, "from there to SIGKILL (10)"),
        new("timeout", '\0', "SECONDS", Process, "end it after this time"),

        new("volume", 'v', "SRC:DST[:OPTIONS]", Files, "show a file or directory of the host (ro, rslave, …)", Repeatable: true),
        new("mount", '\0', "type=T,src=…,dst=…", Files, "the same in words; T is bind or tmpfs", Repeatable: true),
        new("tmpfs", '\0', "DST[:OPTIONS]", Files, "empty directory in memory (size=64m, mode=1777, …)", Repeatable: true),
        new("read-only", '\0', "", Files, "no writes to the root filesystem"),
        new("rootfs", '\0', "", Files, "SOURCE is a directory, also without a slash"),
        new("disk", '\0', "SIZE", Files, "most that @host or DIR:O may write"),
        new("open", '\0', "PATH", Files, "show a path that @host masks", Repeatable: true),
        new("shm-size", '\0', "SIZE", Files, "size of /dev/shm (64m)"),
        new("device", '\0', "DEV[:DST][:rwm]", Files, "give it a device of the host", Repeatable: true),

        new("cap-add", '\0', "CAP", Rights, "add a capability, or ALL", Repeatable: true),
        new("cap-drop", '\0', "CAP", Rights, "drop a capability, or ALL", Repeatable: true),
        new("privileged", '\0', "", Rights, "all capabilities and devices, no masks, no seccomp"),
        new("security-opt", '\0', "OPTION", Rights, "seccomp=FILE|unconfined, no-new-privileges, …", Repeatable: true),

        new("memory", 'm', "SIZE", Limits, "memory (512k, 64m, 1g)"),
        new("memory-swap", '\0', "SIZE", Limits, "memory and swap together; -1: no limit"),
        new("cpus", '\0', "NUMBER", Limits, "processor time, in processors (1.5)"),
        new("cpu-shares", 'c', "NUMBER", Limits, "weight against others (1024)"),
        new("cpuset-cpus", '\0', "LIST", Limits, "processors it may use (0-2,4)"),
        new("pids-limit", '\0', "NUMBER", Limits, "processes and threads; -1: no limit"),
        new("ulimit", '\0', "NAME=SOFT[:HARD]", Limits, "a limit of setrlimit(2) (nofile=1024)", Repeatable: true),

        new("network", '\0', "none|host", Isolation, "none (default until bridges exist), or the host's"),
        new("net", '\0', "none|host", "", "--network"),
        new("pid", '\0', "host", Isolation, "see the host's processes"),
        new("ipc", '\0', "host|none|private", Isolation, "System V and POSIX messages, shared memory"),
        new("uts", '\0', "host", Isolation, "the host's name as its own"),
        new("userns", '\0', "host|auto", Isolation, "user namespace: none, or a new one"),
        new("cgroupns", '\0', "private|host", Isolation, "what it sees of control groups (private)"),
        new("hostname", 'h', "NAME", Isolation, "its name (the first 12 digits of its id)"),
        new("sysctl", '\0', "KEY=VALUE", Isolation, "a kernel parameter of its namespaces", Repeatable: true),
        new("no-pivot", '\0', "", Isolation, "no pivot_root(2), for a root on initramfs"),

        new("name", '\0', "NAME", Container, "a name, unique while it runs"),
        new("rm", '\0', "", Container, "remove it when it ends (always so, today)"),
        new("annotation", '\0', "KEY=VALUE", Container, "metadata in its OCI configuration", Repeatable: true),

        new("trace", '\0', "", Insight, "afterwards, print each step with its time and result"),
        new("help", '\0', "", Insight, "print this"),
    ];

    /// <summary>What other engines have and Kist will.</summary>
    public static readonly string[] Later =
    [
        "detach d containers live on with a later release; run it in the foreground",
        "publish p ports are published by bridges, which come with a later release; --network host shares the host's",
        "publish-all P ports are published by bridges, which come with a later release; --network host shares the host's",
        "label l labels come with containers that live on, in a later release; --annotation puts metadata into the configuration",
        "attach a containers can be attached to in a later release; -i and -t connect this terminal",
        "restart - containers live on with a later release",
        "volumes-from - volumes come with a later release; -v SRC:DST shares a directory",
        "platform - images come with a later release",
        "pull - images come with a later release",
        "dns - name resolution comes with bridges, in a later release",
        "add-host - name resolution comes with bridges, in a later release",
        "link - name resolution comes with bridges, in a later release",
        "gpus - GPUs come with a later release; --device gives single devices",
        "health-cmd - health checks come with containers that live on, in a later release",
        "log-driver - logs come with containers that live on, in a later release",
        "group-add - additional groups come with a later release; -u USER takes those of the container's /etc/group",
        "cidfile - containers live on with a later release",
    ];

    /// <summary>kist run.</summary>
    public static readonly Verb Run = Of("kist run", "Run a command in a new container; it is removed when the command ends.");

    /// <summary>kist explain.</summary>
    public static readonly Verb Explain = Of("kist explain", "Print the steps that kist run would take, and why; run nothing.",
        new Option("format", '\0', "table|json", Insight, "how to print it (table)"));

    /// <summary>Nothing runs that could be measured.</summary>
    static Option[] Explained(Option more) => [.. Array.FindAll(Table, static option => option.Name is not ("trace" or "help")), more, .. Array.FindAll(Table, static option => option.Name == "help")];

    static Verb Of(string command, string summary, params Option[] more) => new(command, "SOURCE [COMMAND [ARG…]]", summary, more.Length == 0 ? Table : Explained(more[0]))
    {
        OptionsFirst = true,
        Later = Later,
        Notes =
        [
            "",
            "SOURCE  @host   this machine's own files, copy-on-write, secrets masked",
            "        ./DIR   a directory with a root filesystem, changed in place",
            "        ./DIR:O the same, copy-on-write: nothing that it writes is kept",
            "COMMAND defaults to a shell. The exit status is the command's.",
        ],
        Examples =
        [
            $"{command} @host ps aux", "a container now, with nothing to download",
            $"{command} -it ./debian bash", "a shell in a root filesystem",
            $"{command} -v .:. @host make", "let it write to this directory, and nowhere else",
            $"{command} -m 256m --cpus 1.5 @host ./job", "with limits",
        ],
    };
}
