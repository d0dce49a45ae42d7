using System.Text;
using Kist.Linux;
using Kist.Runtime;
using Kist.Runtime.CommandLine;
using Kist.Runtime.State;
using Kist.Spec;

namespace Kist.RuntimeCli;

/// <summary>kist-runtime run</summary>
static class RunVerb
{
    sealed record Options
    {
        public string Id = "", Bundle = ".";
        public string? PidFile;
        public int PreserveDescriptors;
        public bool NoPivot, NoNewKeyring;
    }

    public static int Run(GlobalOptions global, ReadOnlySpan<string> arguments)
    {
        if (Parse(arguments) is not { } options) return Dispatch.Print(HelpText.Of(Verbs.Run));
        CheckPreserved(options.PreserveDescriptors);
        RuntimeSpec spec = Read(options.Bundle);
        HostFacts facts = HostFacts.Probe();
        StateRoot root = StateRoot.Open(global.Root);
        Leftovers.Sweep(root);
        // From here on an interruption is the container's, and what was made is removed.
        ForegroundSignals.Catch();
        using ContainerDirectory directory = ContainerDirectory.Create(root, options.Id);
        LaunchPlan plan = LaunchPlan.Create(Request(options, spec, facts, root, directory), facts);
        foreach (string warning in plan.Warnings) Log.Warn(warning);
        directory.Record(plan);
        if (spec.Process!.Terminal && !Terminal.Is(0))
            throw new KistException("/process/terminal is true, and standard input is no terminal: make it false, or run this at one");

        using RawTerminal? raw = RawTerminal.Begin(spec.Process.Terminal, interactive: true);
        using RunningContainer container = RunningContainer.Start(plan);
        if (options.PidFile is { } file) WritePidFile(file, container.Pid);
        ExitStatus status = ForegroundSession.Run(new()
        {
            PidFd = container.PidFd, Pid = container.Pid, TerminalMaster = container.TerminalMaster, Interactive = true, Raw = raw, StopTimeout = TimeSpan.FromSeconds(-1),
        });
        container.MarkEnded();
        return status.Code;
    }

    static Options? Parse(ReadOnlySpan<string> arguments)
    {
        Options options = new();
        ArgumentReader reader = new(arguments, Verbs.Run);
        while (reader.Read(out Option? option, out string value))
        {
            switch (option.Name)
            {
                case "bundle": options.Bundle = value; break;
                case "pid-file": options.PidFile = value; break;
                case "preserve-fds":
                    if (!int.TryParse(value, System.Globalization.NumberStyles.None, null, out options.PreserveDescriptors) || options.PreserveDescriptors > 1 << 16)
                        throw new KistException($"--preserve-fds takes a number of descriptors, not \"{value}\"");
                    break;
                case "no-pivot": options.NoPivot = value == "true"; break;
                case "no-new-keyring": options.NoNewKeyring = value == "true"; break;
                case "help": return null;
            }
        }
        if (reader.Operands.Count != 1) throw new KistException("run takes one ID: a name for the container (kist-runtime run --help)");
        options.Id = reader.Operands[0];
        if (!IsId(options.Id)) throw new KistException($"\"{options.Id}\" is no container id: letters, digits and _ + - . are allowed, not first a dot, at most 1024");
        return options;
    }

    /// <summary>What the caller did not open could be a file of ours by the time the program starts.</summary>
    static void CheckPreserved(int count)
    {
        const int F_GETFD = 1;
        for (int descriptor = 3; descriptor < 3 + count; descriptor++)
            if (Kernel.Fcntl(descriptor, F_GETFD, 0) != 0) throw new KistException($"--preserve-fds {count}: descriptor {descriptor} is not open, or is closed by execve; open 3 to {2 + count} first");
    }

    static bool IsId(string id)
    {
        if (id.Length is 0 or > 1024 || id[0] == '.') return false;
        foreach (char c in id) if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '+' or '-' or '.')) return false;
        return true;
    }

    static RuntimeSpec Read(string bundle)
    {
        string file = $"{bundle}/config.json";
        byte[] json = Kernel.ReadFile(Kernel.AT_FDCWD, file, out Errno error)
            ?? throw new KistException($"cannot read {file}: {error.Describe()}{(error == Errno.ENOENT ? "; a bundle has one (kist-runtime spec writes a default)" : "")}");
        List<string> warnings = [];
        RuntimeSpec spec = RuntimeSpecReader.Read(json, warnings);
        foreach (string warning in warnings) Log.Warn(warning);
        SpecValidator.Validate(spec);
        return spec.Process is null ? throw new KistException($"{file}: /process is missing; run needs a program") : spec;
    }

    static LaunchRequest Request(Options options, RuntimeSpec spec, HostFacts facts, StateRoot root, ContainerDirectory directory) => new()
    {
        Spec = spec,
        Id = options.Id,
        Bundle = options.Bundle.StartsWith('/') ? options.Bundle : $"{Kernel.WorkingDirectory(out _)}/{options.Bundle}",
        StateDirectory = directory.Path,
        FilterCache = root.Filters,
        NoPivot = options.NoPivot,
        NewKeyring = !options.NoNewKeyring,
        PreserveDescriptors = options.PreserveDescriptors,
        DieWithParent = true,
        CreateWorkingDirectory = true,
        CgroupOptional = true,
    };

    static void WritePidFile(string file, int pid)
    {
        // Whole or not at all: engines read it as soon as it is there.
        string temporary = $"{file}.{Kernel.GetPid()}";
        int written = Kernel.WriteFile(Kernel.AT_FDCWD, temporary, Encoding.ASCII.GetBytes($"{pid}"), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, 0x1A4);
        if (written >= 0) written = Kernel.RenameAt(Kernel.AT_FDCWD, temporary, Kernel.AT_FDCWD, file);
        if (written < 0) throw new KistException($"cannot write the pid file {file}: {((Errno)(-written)).Describe()}");
    }
}
