namespace Kist.Spec;

public static partial class SpecValidator
{
    static void CheckSeccomp(Seccomp seccomp)
    {
        CheckErrno("/linux/seccomp/defaultErrnoRet", seccomp.DefaultErrnoRet, seccomp.DefaultAction);
        if (seccomp.DefaultAction == SeccompAction.Notify)
        {
            // The start itself would wait for an agent that learns of the container only afterwards.
            throw SpecException.Unexpected("/linux/seccomp/defaultAction", "SCMP_ACT_NOTIFY", "any other action");
        }
        for (int i = 0; i < seccomp.Architectures.Count; i++)
        {
            if (!SeccompTable.TryGetArchitecture(seccomp.Architectures[i], out _))
                throw Unexpected($"/linux/seccomp/architectures/{i}", seccomp.Architectures[i], "one of " + string.Join(", ", SeccompTable.ArchitectureNames));
        }
        for (int i = 0; i < seccomp.Flags?.Count; i++)
        {
            if (!SeccompTable.TryGetFlag(seccomp.Flags[i], out _))
                throw Unexpected($"/linux/seccomp/flags/{i}", seccomp.Flags[i], "one of " + string.Join(", ", SeccompTable.FlagNames));
        }
        if (seccomp.ListenerPath is { } listener) CheckAbsolute("/linux/seccomp/listenerPath", listener);
        else if (seccomp.ListenerMetadata is not null) throw SpecException.Missing("/linux/seccomp/listenerPath", "a socket's path, as there is listenerMetadata");
        for (int i = 0; i < seccomp.Syscalls.Count; i++) CheckRule(seccomp.Syscalls[i], i, seccomp);
    }

    // Hundreds of rules on the way of every start: the path is written only when it is needed.
    static void CheckRule(SeccompRule rule, int i, Seccomp seccomp)
    {
        if (rule.Names.Count == 0) throw SpecException.Unexpected($"/linux/seccomp/syscalls/{i}/names", "an empty list", "at least one system call");
        if (rule.ErrnoRet is not null) CheckErrno($"/linux/seccomp/syscalls/{i}/errnoRet", rule.ErrnoRet, rule.Action);
        if (rule.Action == SeccompAction.Notify && seccomp.ListenerPath is null)
            throw SpecException.Missing("/linux/seccomp/listenerPath", $"a socket's path, as /linux/seccomp/syscalls/{i} has the action SCMP_ACT_NOTIFY");
        for (int j = 0; j < rule.Names.Count; j++)
        {
            if (rule.Names[j].Length == 0) throw Unexpected($"/linux/seccomp/syscalls/{i}/names/{j}", "", "a system call's name");
        }
        for (int j = 0; j < rule.Args.Count; j++)
        {
            if (rule.Args[j].Index > 5) throw Unexpected($"/linux/seccomp/syscalls/{i}/args/{j}/index", rule.Args[j].Index, "an integer from 0 to 5");
        }
    }

    static void CheckErrno(string path, uint? number, SeccompAction action)
    {
        if (number is not { } errno) return;
        if (!SeccompTable.TakesErrno(action)) throw Unexpected(path, errno, $"nothing, as {SeccompTable.Name(action)} has no number");
        // seccomp(2): errno up to the kernel's MAX_ERRNO, 16 bits for a tracer.
        CheckRange(path, errno, 0, action == SeccompAction.Errno ? 4095 : ushort.MaxValue);
    }
}
