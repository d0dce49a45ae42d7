using Kist.Linux;

namespace Kist.Engine.Configuration;

/// <summary>Rules between options, which none of them can check alone.</summary>
static class RunOptionsRules
{
    public static void Check(RunOptions options)
    {
        if (options.Disk is not null && options.Source.Kind == SourceKind.Directory)
            throw new KistException($"--disk limits what is written to a copy, and {options.Source.Path} is used in place; write {options.Source.Path}:O for a copy-on-write view of it");
        if (options.Open.Count > 0 && options.Source.Kind != SourceKind.Host)
            throw new KistException("--open shows what @host masks; SOURCE is not @host");
        if (options.MemorySwap is not null && options.Memory is null)
            throw new KistException("--memory-swap counts memory and swap together: it needs --memory, too");
        if (options.MemorySwap is > 0 and long both && both < options.Memory)
            throw new KistException("--memory-swap counts memory and swap together: it must be at least --memory");
        if (options.Uts == NamespaceMode.Host && options.Hostname is not null)
            throw new KistException("--hostname and --uts host exclude each other: it would rename this machine");
        if (options.Ipc == NamespaceMode.Host && options.ShmSize != DefaultShm)
            throw new KistException("--shm-size and --ipc host exclude each other: /dev/shm is then this machine's");
        if (options.NoShm && options.ShmSize != DefaultShm)
            throw new KistException("--shm-size and --ipc none exclude each other: there is no /dev/shm then");
        if (options.Source.Kind != SourceKind.Host)
            foreach (BindMount bind in options.Binds)
                if (!bind.Destination.StartsWith('/') && options.WorkingDirectory is null)
                    throw new KistException($"-v …:{bind.Destination}: a relative place in the container starts at its working directory; give that with -w, or an absolute place");
        foreach (string key in options.Sysctl.Keys)
            CheckSysctl(key, options);
    }

    static void CheckSysctl(string key, RunOptions options)
    {
        // sysctl names may be written with slashes, too.
        string name = key.Replace('/', '.');
        bool isNetwork = name.StartsWith("net.", StringComparison.Ordinal);
        bool isIpc = name.StartsWith("fs.mqueue.", StringComparison.Ordinal) || name is "kernel.msgmax" or "kernel.msgmnb" or "kernel.msgmni" or "kernel.sem"
            or "kernel.shmall" or "kernel.shmmax" or "kernel.shmmni" or "kernel.shm_rmid_forced" or "kernel.msg_next_id" or "kernel.sem_next_id" or "kernel.shm_next_id";
        if (name is "kernel.hostname")
            throw new KistException("--sysctl kernel.hostname: use --hostname");
        if (!isNetwork && !isIpc && name != "kernel.domainname")
            throw new KistException($"--sysctl {key} belongs to no namespace: it would change this machine; there are net.*, fs.mqueue.*, kernel.domainname and the kernel.msg*, sem* and shm* of the ipc namespace");
        if (isNetwork && options.Network == NamespaceMode.Host)
            throw new KistException($"--sysctl {key} and --network host exclude each other: it would change this machine");
        if (isIpc && options.Ipc == NamespaceMode.Host)
            throw new KistException($"--sysctl {key} and --ipc host exclude each other: it would change this machine");
        if (name == "kernel.domainname" && options.Uts == NamespaceMode.Host)
            throw new KistException($"--sysctl {key} and --uts host exclude each other: it would change this machine");
    }

    const ulong DefaultShm = 64 << 20;
}
