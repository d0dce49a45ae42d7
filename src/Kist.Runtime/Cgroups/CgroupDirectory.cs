using System.Text;
using Kist.Linux;

namespace Kist.Runtime.Cgroups;

/// <summary>Making, emptying and removing the directories of a container's cgroups.</summary>
public static class CgroupDirectory
{
    /// <summary>Makes a cgroup and those above it that are missing.</summary>
    /// <returns>None, or why not; EEXIST where it is there and has processes.</returns>
    public static Errno Make(string directory)
    {
        int made = Kernel.MkdirAt(Kernel.AT_FDCWD, directory, 0x1ED);
        if (made == -(int)Errno.ENOENT)
        {
            // On v1 a hierarchy that is not mounted here would become a directory of the tmpfs that holds them.
            string parent = directory[..directory.LastIndexOf('/')];
            if (parent.LastIndexOf('/') == CgroupLayout.Root.Length && !CgroupLayout.IsVersion2()) return Errno.ENOENT;
            Errno above = Make(directory[..directory.LastIndexOf('/')]);
            if (above is not (Errno.None or Errno.EEXIST)) return above;
            made = Kernel.MkdirAt(Kernel.AT_FDCWD, directory, 0x1ED);
        }
        if (made == -(int)Errno.EEXIST) return Processes(directory).Count == 0 ? Errno.None : Errno.EEXIST;
        if (made == 0 && directory.StartsWith("/sys/fs/cgroup/cpuset/", StringComparison.Ordinal)) InheritCpuset(directory);
        return made < 0 ? (Errno)(-made) : Errno.None;
    }

    // A new cpuset of v1 is empty, and nothing may enter it before it has CPUs and memory nodes.
    static void InheritCpuset(string directory)
    {
        string above = directory[..directory.LastIndexOf('/')];
        foreach (string file in (ReadOnlySpan<string>)["cpuset.cpus", "cpuset.mems"])
            if (Kernel.ReadFile(Kernel.AT_FDCWD, $"{above}/{file}", out _) is { Length: > 1 } value) _ = Kernel.WriteFile(Kernel.AT_FDCWD, $"{directory}/{file}", value);
    }

    /// <summary>The processes in a cgroup, not those in cgroups below it.</summary>
    public static List<int> Processes(string directory)
    {
        List<int> processes = [];
        if (Kernel.ReadFile(Kernel.AT_FDCWD, directory + "/cgroup.procs", out _) is not { } text) return processes;
        foreach (Range line in text.AsSpan().Split((byte)'\n'))
            if (System.Buffers.Text.Utf8Parser.TryParse(text.AsSpan()[line], out int process, out _)) processes.Add(process);
        return processes;
    }

    /// <summary>Kills what is in a cgroup: cgroup.kill (Linux 5.14) or, on v1, each process until none is left.</summary>
    public static void Kill(string directory)
    {
        if (Kernel.WriteFile(Kernel.AT_FDCWD, directory + "/cgroup.kill", "1"u8) == 0) return;
        for (int round = 0; round < 1000; round++)
        {
            List<int> processes = Processes(directory);
            if (processes.Count == 0) return;
            foreach (int process in processes)
            {
                int pidfd = Pidfd.Open(process);
                if (pidfd < 0) continue;
                _ = Pidfd.SendSignal(pidfd, Kernel.SIGKILL);
                _ = Poll.Wait([new(pidfd, PollEvents.POLLIN)], 1000);
                Kernel.Close(pidfd);
            }
        }
    }

    // cgroup.kill does not wait. On v2 cgroup.events says when nobody is left; v1 has no such file, and there each end was awaited.
    static void AwaitEmpty(string directory)
    {
        Span<byte> text = stackalloc byte[256];
        for (int round = 0; round < 100; round++)
        {
            int events = Kernel.OpenAt(Kernel.AT_FDCWD, directory + "/cgroup.events", OpenFlags.O_RDONLY);
            if (events < 0) return;
            long length = Kernel.Read(events, text);
            bool populated = length > 0 && text[..(int)length].IndexOf("populated 1"u8) >= 0;
            if (populated) _ = Poll.Wait([new(events, PollEvents.POLLPRI)], 100);
            Kernel.Close(events);
            if (!populated) return;
        }
    }

    /// <summary>Removes a cgroup and those below it that the container made.</summary>
    public static Errno Remove(string directory)
    {
        int removed = Kernel.UnlinkAt(Kernel.AT_FDCWD, directory, Kernel.AT_REMOVEDIR);
        if (removed == 0 || removed == -(int)Errno.ENOENT) return Errno.None;
        if (removed != -(int)Errno.EBUSY) return (Errno)(-removed);

        int descriptor = Kernel.OpenAt(Kernel.AT_FDCWD, directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        if (descriptor < 0) return (Errno)(-descriptor);
        List<string> names = [];
        _ = Kernel.List(descriptor, names);
        Kernel.Close(descriptor);
        foreach (string name in names)
            if (Kernel.Stat(Kernel.AT_FDCWD, $"{directory}/{name}", out FileStatus status, follow: false) == Errno.None && status.Type == FileType.Directory)
                _ = Remove($"{directory}/{name}");
        Kill(directory);
        AwaitEmpty(directory);
        // The last process's end is told a moment before the kernel counts it out.
        for (int round = 0; round < 200; round++)
        {
            removed = Kernel.UnlinkAt(Kernel.AT_FDCWD, directory, Kernel.AT_REMOVEDIR);
            if (removed != -(int)Errno.EBUSY) break;
            _ = Poll.Wait([], 1);
        }
        return removed < 0 && removed != -(int)Errno.ENOENT ? (Errno)(-removed) : Errno.None;
    }
}
