using Kist.Linux;
using Kist.Plan;
using Kist.Runtime.Steps;
using Kist.Spec;

namespace Kist.Runtime.Planning;

/// <summary>The process: terminal, limits, identity, privileges, system call filter, program.</summary>
static class ProcessPlanner
{
    const int PR_SET_NO_NEW_PRIVS = 38, PR_SET_KEEPCAPS = 8;
    const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>What the host side does meanwhile.</summary>
    public static void HostSide(PlanBuilder plan)
    {
        if (plan.Process.OomScoreAdj is { } score) plan.Add(new AdjustOomScore(score, "/process/oomScoreAdj", "who is killed first when memory runs out"));
        if (Filter(plan) is { } choice) plan.Add(new PrepareSeccompFilter(choice, Capabilities(plan).Bounding, FilterField(plan), "compiled once, then kept"));
        if (plan.Process.Terminal) plan.Add(new FetchTerminal("/process/terminal", "the container's terminal is read and written here"));
        plan.Add(new LetGo("", "limits are in force before the program runs"));
        plan.Add(new AwaitProgram("", "execve closes the channel"));
    }

    static SeccompChoice? Filter(PlanBuilder plan) => plan.Request.Seccomp switch
    {
        SeccompChoice.Unconfined => null,
        SeccompChoice.FromSpec => plan.Spec.Linux.Seccomp is { } seccomp ? new SeccompChoice.Profile(seccomp) : null,
        SeccompChoice choice => choice,
    };

    static string FilterField(PlanBuilder plan) => plan.Request.Seccomp is SeccompChoice.FromSpec ? "/linux/seccomp" : "";

    /// <summary>The sets that can be had: what this process lacks, or the kernel does not know, it cannot hand on.</summary>
    static Capabilities Capabilities(PlanBuilder plan)
    {
        Capabilities asked = plan.Process.Capabilities ?? new(0, 0, 0, 0, 0);
        ulong possible = ulong.MaxValue >> 63 - plan.Facts.LastCapability;
        if (!plan.Has(NamespaceType.User)) possible &= plan.Facts.Capabilities;
        return new(asked.Bounding & possible, asked.Effective & possible & asked.Permitted, asked.Inheritable & possible, asked.Permitted & possible,
            asked.Ambient & possible & asked.Permitted & asked.Inheritable);
    }

    public static void Plan(PlanBuilder plan)
    {
        Process process = plan.Process;
        OpenTerminal(plan, process);
        plan.Add(new SimpleCall(StepKind.Await, "read", "wait until the host side has done its part", "", "limits are in force before the program runs", ChannelByte.Go, into: Slot.Channel));
        Limits(plan, process);
        Identity(plan, process);
        if (plan.Request.DieWithParent)
            plan.Add(new SimpleCall(StepKind.DieWithParent, "prctl", "die with the process that started this one", "", "a foreground container does not outlive it", into: Slot.Channel));
        plan.Add(new SimpleCall(StepKind.ResetSignals, "rt_sigaction", "give every signal its default action", "", "what the caller ignores is not the program's concern"));
        plan.Add(new SimpleCall(StepKind.CloseOnExecute, "close_range", "close descriptors from " + (3 + plan.Request.PreserveDescriptors) + " on at execve", "",
            "none of the caller's leaks into the container (CVE-2024-21626)", (uint)(3 + plan.Request.PreserveDescriptors)));
        if (process.NoNewPrivileges) AddFilter(plan);
        if (plan.Request.Init)
            plan.Add(new SimpleCall(StepKind.Supervise, "clone", "fork; stay as process 1, reap and forward signals", "", "--init", process.Terminal ? 1u : 0, plan.Request.DieWithParent ? 1ul : 0));
        plan.Add(new ExecuteProgram(Candidates(process), process.Args, process.Env, "/process/args", "from here on this is the user's program"));
    }

    static void OpenTerminal(PlanBuilder plan, Process process)
    {
        plan.Add(new SimpleCall(StepKind.Session, "setsid", "start a session", "", "no terminal of the caller's can be typed into (CVE-2017-5226)"));
        if (!process.Terminal) return;
        if (!plan.OwnPts) throw new KistException("/process/terminal: needs a devpts mounted on /dev/pts, so that the terminal is the container's own");
        plan.Add(new OpenTerminal(process.User.Uid, (ushort)(process.ConsoleSize?.Height ?? 0), (ushort)(process.ConsoleSize?.Width ?? 0), "/process/terminal", "in the container's own devpts"));
        plan.Add(new BindMount(new(Slot.TerminalPeer, ""), plan.OwnDev ? new(Slot.Dev, "console") : Place.Root("dev/console"), 0, 0, 0, "/process/terminal", "/dev/console is the terminal")
        {
            Options = StepOptions.CreateFile | (plan.OwnDev ? 0 : StepOptions.NotOnProc),
        });
        plan.Add(new SimpleCall(StepKind.Notify, "write", "tell the host side that the terminal is open", "/process/terminal", "it fetches the other end", ChannelByte.Ready, into: Slot.Channel));
    }

    static void Limits(PlanBuilder plan, Process process)
    {
        for (int i = 0; i < process.Rlimits.Count; i++)
        {
            Rlimit limit = process.Rlimits[i];
            plan.Add(new SimpleCall(StepKind.ResourceLimit, "prlimit", $"limit {limit.Type} to {Words(limit.Soft)}, at most {Words(limit.Hard)}", "/process/rlimits/" + i, "setrlimit(2)",
                (uint)RlimitTable.Number(limit.Type), limit.Soft, limit.Hard));
        }
        if (process.Scheduler is not null) throw NamespacePlanner.Unsupported("/process/scheduler", "a scheduling policy");
        if (process.IoPriority is not null) throw NamespacePlanner.Unsupported("/process/ioPriority", "an I/O priority");
        if (plan.Spec.Linux.Personality is { } personality)
            plan.Add(new SimpleCall(StepKind.Personality, "personality", $"be a process of {personality.Domain}", "/linux/personality", "what uname(2) says", value: personality.Domain == "LINUX32" ? 8ul : 0));
        static string Words(ulong value) => value == ulong.MaxValue ? "unlimited" : value.ToString();
    }

    static void Identity(PlanBuilder plan, Process process)
    {
        Capabilities capabilities = Capabilities(plan);
        WarnOfMissing(plan, process, capabilities);
        // Without no_new_privs a filter needs CAP_SYS_ADMIN, so it comes before that is dropped; with it, as late as can be.
        if (!process.NoNewPrivileges) AddFilter(plan);
        plan.Add(new SimpleCall(StepKind.WorkingDirectory, "chdir", $"change to {process.Cwd}", "/process/cwd", "and see that it lies below the root (CVE-2024-21626)",
            text: null, options: plan.Request.CreateWorkingDirectory ? StepOptions.CreateWorkingDirectory : 0) { Path = process.Cwd });
        plan.Add(new SimpleCall(StepKind.BoundingSet, "prctl", "leave " + CapabilityWords.Count(capabilities.Bounding) + " capabilities in the bounding set", "/process/capabilities/bounding",
            "no program can ever regain the others", (uint)plan.Facts.LastCapability + 1, capabilities.Bounding));
        bool toUser = process.User.Uid != 0;
        if (toUser) plan.Add(new SimpleCall(StepKind.ProcessControl, "prctl", "keep capabilities when the user changes", "/process/user/uid", "they are set right after it", PR_SET_KEEPCAPS, 1));
        if (CanSetGroups(plan)) plan.Add(new SetGroups(process.User.AdditionalGids, "/process/user/additionalGids", "no group of the caller's is left"));
        else if (process.User.AdditionalGids.Count > 0) throw new KistException("/process/user/additionalGids: cannot be set with one mapped group: setgroups(2) is denied there; add ids to /etc/subgid");
        plan.Add(new SimpleCall(StepKind.GroupId, "setresgid", "become group " + process.User.Gid, "/process/user/gid", "real, effective and saved", process.User.Gid));
        plan.Add(new SimpleCall(StepKind.UserId, "setresuid", "become user " + process.User.Uid, "/process/user/uid", "real, effective and saved", process.User.Uid));
        plan.Add(new SetCapabilities(capabilities.Effective, capabilities.Permitted, capabilities.Inheritable, "/process/capabilities", "exactly these, and nothing inheritable that was not asked for (CVE-2022-29162)"));
        if (capabilities.Ambient != 0)
            plan.Add(new SimpleCall(StepKind.AmbientSet, "prctl", "raise " + CapabilityWords.Count(capabilities.Ambient) + " ambient capabilities", "/process/capabilities/ambient", "kept by programs that are not set-user-ID", value: capabilities.Ambient));
        if (process.User.Umask is { } umask) plan.Add(new SimpleCall(StepKind.Umask, "umask", $"set the umask to {Convert.ToString(umask, 8).PadLeft(4, '0')}", "/process/user/umask", "modes of new files", umask));
        else plan.Add(new SimpleCall(StepKind.Umask, "umask", "set the umask to 0022", "", "the usual default", 0x12));
        if (process.NoNewPrivileges) plan.Add(new SimpleCall(StepKind.ProcessControl, "prctl", "gain no new privileges", "/process/noNewPrivileges", "set-user-ID programs run as who started them", PR_SET_NO_NEW_PRIVS, 1));
    }

    static bool CanSetGroups(PlanBuilder plan)
        => !plan.Has(NamespaceType.User) || plan.Facts.IsRoot || plan.Spec.Linux.GidMappings is not [{ Size: 1 }];

    static void AddFilter(PlanBuilder plan)
    {
        if (Filter(plan) is not { } choice) return;
        uint flags = choice is SeccompChoice.Profile { Value: var profile } ? (uint)SeccompCompiler.Flags(profile) : SpecAllow;
        if (choice is SeccompChoice.Profile { Value.ListenerPath.Length: > 0 }) throw NamespacePlanner.Unsupported("/linux/seccomp/listenerPath", "a seccomp listener");
        plan.Add(new LoadSeccompFilter(flags, FilterField(plan), "system calls that a container has no use for are refused"));
    }

    /// <summary>SECCOMP_FILTER_FLAG_SPEC_ALLOW: the filter costs the program no speculation barrier.</summary>
    const uint SpecAllow = 4;

    static void WarnOfMissing(PlanBuilder plan, Process process, Capabilities had)
    {
        if (process.Capabilities is not { } asked) return;
        ulong missing = (asked.Bounding | asked.Effective | asked.Permitted | asked.Inheritable | asked.Ambient) & ~(had.Bounding | had.Effective | had.Permitted | had.Inheritable | had.Ambient);
        for (int capability = 0; missing >> capability != 0 && capability < 64; capability++)
            if ((missing >> capability & 1) != 0) plan.Warn($"{CapabilityTable.Name(capability)} is left out: this process does not have it itself");
    }

    /// <summary>Where execvp(3) would look.</summary>
    static IReadOnlyList<string> Candidates(Process process)
    {
        string program = process.Args[0];
        if (program.Contains('/')) return [program];
        string path = DefaultPath;
        foreach (string variable in process.Env)
            if (variable.StartsWith("PATH=", StringComparison.Ordinal)) path = variable[5..];
        List<string> candidates = [];
        foreach (Range part in path.AsSpan().Split(':'))
        {
            ReadOnlySpan<char> directory = path.AsSpan()[part];
            candidates.Add(directory.IsEmpty ? "./" + program : $"{directory}/{program}");
        }
        return candidates;
    }
}
