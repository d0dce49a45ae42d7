namespace Kist.Spec;

public static partial class SpecValidator
{
    static void CheckProcess(Process process, LinuxSpec linux)
    {
        if (process.Args.Count == 0) throw SpecException.Missing("/process/args", "the program to run and its arguments");
        if (process.Args[0].Length == 0) throw Unexpected("/process/args/0", "", "a program's name or path");
        CheckAbsolute("/process/cwd", process.Cwd);
        IReadOnlyList<string> env = process.Env;
        for (int i = 0; i < env.Count; i++)
        {
            if (env[i].IndexOf('=') <= 0) throw Unexpected($"/process/env/{i}", env[i], "NAME=value");
        }
        if (process.Terminal && process.ConsoleSize is { } size)
        {
            CheckRange("/process/consoleSize/height", size.Height, 0, ushort.MaxValue);
            CheckRange("/process/consoleSize/width", size.Width, 0, ushort.MaxValue);
        }
        CheckUser(process.User, linux);
        CheckRlimits(process.Rlimits);
        if (process.OomScoreAdj is { } adjustment) CheckRange("/process/oomScoreAdj", adjustment, -1000, 1000);
        if (process.Scheduler is { } scheduler) CheckScheduler(scheduler);
        if (process.IoPriority is { } priority)
        {
            CheckOneOf("/process/ioPriority/class", priority.Class, ["IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE"]);
            CheckRange("/process/ioPriority/priority", priority.Priority, 0, 7);
        }
        CheckList("/process/execCPUAffinity/initial", process.ExecCpuAffinity?.Initial);
        CheckList("/process/execCPUAffinity/final", process.ExecCpuAffinity?.Final);
    }

    static void CheckUser(User user, LinuxSpec linux)
    {
        if (user.Umask is { } umask) CheckRange("/process/user/umask", umask, 0, 0x1ff);
        if (Find(linux, NamespaceType.User) is not { Path: null }) return;
        // The kernel would say EINVAL, which nobody connects with a mapping.
        if (!IsMapped(user.Uid, linux.UidMappings)) throw Unexpected("/process/user/uid", user.Uid, "an id that /linux/uidMappings maps");
        if (!IsMapped(user.Gid, linux.GidMappings)) throw Unexpected("/process/user/gid", user.Gid, "an id that /linux/gidMappings maps");
        for (int i = 0; i < user.AdditionalGids.Count; i++)
        {
            if (!IsMapped(user.AdditionalGids[i], linux.GidMappings))
                throw Unexpected($"/process/user/additionalGids/{i}", user.AdditionalGids[i], "an id that /linux/gidMappings maps");
        }
    }

    static bool IsMapped(uint id, IReadOnlyList<IdMapping> mappings)
    {
        if (mappings.Count == 0) return true; // Another rule's error.
        for (int i = 0; i < mappings.Count; i++)
        {
            if (id >= mappings[i].ContainerId && id - mappings[i].ContainerId < mappings[i].Size) return true;
        }
        return false;
    }

    static void CheckRlimits(IReadOnlyList<Rlimit> rlimits)
    {
        uint seen = 0;
        for (int i = 0; i < rlimits.Count; i++)
        {
            Rlimit rlimit = rlimits[i];
            int number = RlimitTable.Number(rlimit.Type);
            if (number < 0) throw Unexpected($"/process/rlimits/{i}/type", rlimit.Type, RlimitTable.Allowed);
            if ((seen >> number & 1) != 0) throw SpecException.Unexpected($"/process/rlimits/{i}/type", $"{rlimit.Type} a second time", "each limit once");
            seen |= 1u << number;
            if (rlimit.Soft > rlimit.Hard) throw SpecException.Unexpected($"/process/rlimits/{i}/soft", $"{rlimit.Soft}", $"at most the hard limit, {rlimit.Hard}");
        }
    }

    // sched(7), sched_setattr(2).
    static void CheckScheduler(Scheduler scheduler)
    {
        CheckOneOf("/process/scheduler/policy", scheduler.Policy,
            ["SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE"]);
        CheckOneOf("/process/scheduler/flags", scheduler.Flags,
        [
            "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS",
            "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX",
        ]);
        CheckRange("/process/scheduler/nice", scheduler.Nice, -20, 19);
        if (scheduler.Policy is "SCHED_FIFO" or "SCHED_RR") CheckRange("/process/scheduler/priority", scheduler.Priority, 1, 99);
        else if (scheduler.Priority != 0) throw Unexpected("/process/scheduler/priority", scheduler.Priority, $"0 for {scheduler.Policy}");
        bool deadline = scheduler.Policy == "SCHED_DEADLINE";
        if (!deadline && (scheduler.Runtime | scheduler.Deadline | scheduler.Period) != 0)
            throw Unexpected("/process/scheduler/policy", scheduler.Policy, "SCHED_DEADLINE, as runtime, deadline or period is set");
        if (!deadline) return;
        if (scheduler.Runtime == 0) throw Unexpected("/process/scheduler/runtime", 0, "nanoseconds, above 0 for SCHED_DEADLINE");
        if (scheduler.Deadline < scheduler.Runtime)
            throw SpecException.Unexpected("/process/scheduler/deadline", $"{scheduler.Deadline}", $"at least the runtime, {scheduler.Runtime}");
        if (scheduler.Period != 0 && scheduler.Period < scheduler.Deadline)
            throw SpecException.Unexpected("/process/scheduler/period", $"{scheduler.Period}", $"0, or at least the deadline, {scheduler.Deadline}");
    }
}
