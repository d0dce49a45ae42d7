using Kist.Linux;
using Kist.Runtime.CommandLine;

namespace Kist.RuntimeCli;

/// <summary>The verbs and their options: runc's names and meaning.</summary>
static class Verbs
{
    public static readonly Verb Program = new("kist-runtime", "COMMAND [ARG...]", "Runs containers from OCI bundles, with the command line of runc.",
    [
        new("root", '\0', "DIR", "Options", "where the state of containers is kept (/run/kist-runtime)"),
        new("log", '\0', "FILE", "Options", "also write errors to FILE"),
        new("log-format", '\0', "text|json", "Options", "how they are written there (text)"),
        new("debug", '\0', "", "Options", "also write what is dropped or left out"),
        new("help", 'h', "", "Options", "show this help"),
        new("version", 'v', "", "Options", "show the version"),
    ])
    {
        OptionsFirst = true,
        Later = ["systemd-cgroup - the systemd cgroup driver comes with the rest of the runtime", "rootless - it is found out", "criu - checkpoints come later"],
    };

    public static readonly Verb Run = new("kist-runtime run", "ID", "Creates and starts a container, waits for its end, and removes it.",
    [
        new("bundle", 'b', "DIR", "Options", "the directory with config.json (the current one)"),
        new("pid-file", '\0', "FILE", "Options", "write the number of its first process there"),
        new("preserve-fds", '\0', "N", "Options", "pass descriptors 3 to 2+N on"),
        new("no-pivot", '\0', "", "Options", "no pivot_root(2), for a root on initramfs"),
        new("no-new-keyring", '\0', "", "Options", "keep the caller's session keyring"),
        new("help", 'h', "", "Options", "show this help"),
    ])
    {
        Examples = ["kist-runtime spec && kist-runtime run mine", "a shell in ./rootfs"],
        Later = ["detach d containers that live on come with create and start", "console-socket - it comes with create and start", "pidfd-socket - it comes with create and start", "keep - containers that live on come with create and start", "no-subreaper - it comes with create and start"],
    };

    public static readonly Verb Spec = new("kist-runtime spec", "", "Writes a default config.json.",
    [
        new("bundle", 'b', "DIR", "Options", "where to (the current directory)"),
        new("rootless", '\0', "", "Options", "for a user who is not root"),
        new("help", 'h', "", "Options", "show this help"),
    ]);

    public static readonly Verb[] All = [Run, Spec];

    /// <summary>runc's verbs that this version does not have.</summary>
    public static readonly string[] Later = ["checkpoint", "create", "delete", "events", "exec", "features", "kill", "list", "pause", "ps", "restore", "resume", "start", "state", "update"];

    public static Verb Find(string name)
    {
        foreach (Verb verb in All) if (verb.Name == name) return verb;
        throw new KistException($"no help for \"{name}\": there is no such command");
    }
}
