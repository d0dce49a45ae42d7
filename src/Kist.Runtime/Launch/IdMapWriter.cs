using Kist.Linux;
using Kist.Plan;
using Kist.Runtime.Steps;
using Kist.Spec;

namespace Kist.Runtime.Launch;

/// <summary>Writes the maps of a new user namespace, user_namespaces(7), and lets the child go on.</summary>
static class IdMapWriter
{
    public static void Write(WriteIdMaps step, int pid, int channel)
    {
        if (step.ByHelper)
        {
            Help("newuidmap", pid, step.Uids, step);
            Help("newgidmap", pid, step.Gids, step);
        }
        else
        {
            // Without privileges groups may be mapped only once nobody can leave one (CVE-2014-8989).
            if (step.DenySetgroups) Put($"/proc/{pid}/setgroups", "deny", step);
            Put($"/proc/{pid}/uid_map", Lines(step.Uids), step);
            Put($"/proc/{pid}/gid_map", Lines(step.Gids), step);
        }
        long written = Kernel.Write(channel, [(byte)ChannelByte.Go]);
        if (written < 0) throw LaunchError.Of(step, (Errno)(int)-written);
    }

    static void Put(string path, string text, Step step)
    {
        int result = Kernel.WriteFile(Kernel.AT_FDCWD, path, System.Text.Encoding.ASCII.GetBytes(text));
        if (result < 0) throw LaunchError.Of(step, (Errno)(-result), path);
    }

    static string Lines(IReadOnlyList<IdMapping> maps)
    {
        string text = "";
        foreach (IdMapping map in maps) text += $"{map.ContainerId} {map.HostId} {map.Size}\n";
        return text;
    }

    // The helpers' own words about what /etc/subuid lacks go to standard error as they are.
    static void Help(string helper, int pid, IReadOnlyList<IdMapping> maps, Step step)
    {
        List<string> arguments = [helper, $"{pid}"];
        foreach (IdMapping map in maps)
        {
            arguments.Add($"{map.ContainerId}");
            arguments.Add($"{map.HostId}");
            arguments.Add($"{map.Size}");
        }
        int status = HelperProcess.Run($"/usr/bin/{helper}", arguments, out Errno error);
        if (error == Errno.ENOENT) throw new KistException($"cannot {step.Operation}: /usr/bin/{helper} is not installed (Debian and Ubuntu: package uidmap; Fedora: shadow-utils)");
        if (error != Errno.None) throw LaunchError.Of(step, error, helper);
        if (status != 0) throw new KistException($"cannot {step.Operation}: {helper} ended with status {status}; /etc/subuid and /etc/subgid say which ids this user may map");
    }
}
