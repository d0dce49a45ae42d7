using Kist.Linux;
using Kist.Spec;

namespace Kist.Runtime;

/// <summary>
/// The profile of a container that asks for none: what programs need is allowed, the rest fails with EPERM. Its decisions are those
/// of Docker's default profile (a test compares them), so that images which run there run here. The table is by purpose.
/// </summary>
public static class DefaultSeccompProfile
{
    /// <summary>Part of the cache's key: raise it with every change of what <see cref="Create"/> returns (a test says when).</summary>
    internal const uint Version = 1;

    const ulong DacReadSearch = 1UL << 2, SysModule = 1UL << 16, SysRawio = 1UL << 17, SysChroot = 1UL << 18, SysPtrace = 1UL << 19,
        SysPacct = 1UL << 20, SysAdmin = 1UL << 21, SysBoot = 1UL << 22, SysNice = 1UL << 23, SysTime = 1UL << 25,
        SysTtyConfig = 1UL << 26, Syslog = 1UL << 34, Perfmon = 1UL << 38, Bpf = 1UL << 39;

    /// <summary>clone(2)'s flags for new namespaces, but for CLONE_NEWTIME, which only clone3 takes.</summary>
    const ulong NewNamespaces = 0x7E020000;

    const ulong AfAlg = 38, AfVsock = 40;
    /// <summary>Room for families to come; Linux 6.18 ends at 45.</summary>
    const ulong LastFamily = 63;

    /// <summary>For every container.</summary>
    static readonly string[] Always =
    [
        // Files: open, read and write, and wait for them.
        "open openat openat2 creat close close_range dup dup2 dup3 fcntl fcntl64 ioctl flock read readv pread64 preadv preadv2",
        "write writev pwrite64 pwritev pwritev2 lseek _llseek sendfile sendfile64 splice tee vmsplice copy_file_range readahead",
        "fadvise64 fadvise64_64 fallocate truncate truncate64 ftruncate ftruncate64 sync syncfs fsync fdatasync sync_file_range",
        "pipe pipe2 eventfd eventfd2 signalfd signalfd4 memfd_create memfd_secret cachestat",
        "select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create epoll_create1 epoll_ctl epoll_ctl_old",
        "epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark",
        "io_setup io_submit io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64",
        // Files: names, attributes and what holds them.
        "stat stat64 lstat lstat64 fstat fstat64 fstatat64 newfstatat statx statfs statfs64 fstatfs fstatfs64 statmount listmount",
        "access faccessat faccessat2 chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 lchown lchown32 fchownat umask",
        "utime utimes utimensat utimensat_time64 futimesat",
        "getcwd chdir fchdir getdents getdents64 mkdir mkdirat rmdir mknod mknodat link linkat symlink symlinkat readlink readlinkat",
        "unlink unlinkat rename renameat renameat2 name_to_handle_at",
        "getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr llistxattr flistxattr listxattrat",
        "removexattr lremovexattr fremovexattr removexattrat",
        // Memory.
        "brk mmap mmap2 munmap mremap mprotect madvise mincore msync mlock mlock2 mlockall munlock munlockall mseal remap_file_pages",
        "pkey_alloc pkey_free pkey_mprotect map_shadow_stack membarrier",
        // Processes and threads: life, death, synchronisation.
        "fork vfork execve execveat exit exit_group wait4 waitid waitpid getpid getppid gettid set_tid_address pidfd_open",
        "process_mrelease getpgid getpgrp setpgid getsid setsid set_thread_area get_thread_area set_robust_list get_robust_list rseq",
        "futex futex_time64 futex_wait futex_waitv futex_wake futex_requeue restart_syscall prctl getcpu riscv_hwprobe",
        // Who the process is; the kernel checks what it may become.
        "getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32 getresgid getresgid32 getgroups",
        "getgroups32 setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid setresuid32 setresgid",
        "setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32 capget capset",
        // To give up even more.
        "seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self",
        // Shares of the machine.
        "getrlimit ugetrlimit setrlimit prlimit64 getrusage getpriority setpriority ioprio_get ioprio_set sched_yield",
        "sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam sched_setparam sched_getscheduler",
        "sched_setscheduler sched_get_priority_max sched_get_priority_min sched_rr_get_interval sched_rr_get_interval_time64",
        // Signals.
        "kill tkill tgkill pause sigaltstack sigprocmask sigreturn rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo",
        "rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo pidfd_send_signal uretprobe",
        // Clocks and timers. To set a clock takes CAP_SYS_TIME, which the kernel checks in the adjtimex family itself.
        "time times gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_adjtime clock_adjtime64 adjtimex",
        "nanosleep clock_nanosleep clock_nanosleep_time64 alarm getitimer setitimer timer_create timer_delete timer_getoverrun",
        "timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime",
        "timerfd_settime64",
        // Sockets, all but their creation. socketcall is all of them at once on 32-bit x86, creation too: its arguments are out of sight.
        "socketpair socketcall bind listen accept accept4 connect shutdown getsockname getpeername getsockopt setsockopt",
        "send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64",
        // Messages, semaphores and shared memory of System V and POSIX.
        "ipc msgget msgctl msgsnd msgrcv semget semctl semop semtimedop semtimedop_time64 shmget shmctl shmat shmdt",
        "mq_open mq_unlink mq_notify mq_getsetattr mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64",
        // What machine this is.
        "uname sysinfo getrandom",
    ];

    const string Amd64 = "arch_prctl modify_ldt";
    const string Arm64 = "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls";

    /// <summary>Safe since Linux 4.8, when the tracer's changes came to be checked by the filter again.</summary>
    const string Tracing = "ptrace process_vm_readv process_vm_writev";

    /// <summary>For those who have the capability that the kernel asks for there anyway.</summary>
    static readonly (ulong Capability, string Names)[] Privileged =
    [
        (DacReadSearch, "open_by_handle_at"),
        (SysAdmin, "mount umount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick clone clone3 unshare setns"),
        (SysAdmin, "sethostname setdomainname syslog bpf perf_event_open fanotify_init quotactl quotactl_fd lookup_dcookie"),
        (SysAdmin, "lsm_get_self_attr lsm_set_self_attr lsm_list_modules"),
        (SysBoot, "reboot"),
        (SysChroot, "chroot"),
        (SysModule, "init_module finit_module delete_module"),
        (SysPacct, "acct"),
        (SysPtrace, Tracing + " kcmp pidfd_getfd process_madvise"),
        (SysRawio, "iopl ioperm"),
        (SysTime, "settimeofday stime clock_settime clock_settime64"),
        (SysTtyConfig, "vhangup"),
        (SysNice, "get_mempolicy set_mempolicy set_mempolicy_home_node mbind"),
        (Syslog, "syslog"),
        (Bpf, "bpf"),
        (Perfmon, "perf_event_open"),
    ];

    /// <summary>The part of a capability mask that decides anything here.</summary>
    internal const ulong Capabilities = DacReadSearch | SysModule | SysRawio | SysChroot | SysPtrace | SysPacct | SysAdmin | SysBoot | SysNice
        | SysTime | SysTtyConfig | Syslog | Perfmon | Bpf;

    /// <summary>What personality(2) may set: Linux, Linux with 32-bit uname, each with and without UNAME26; all ones only asks.</summary>
    static readonly ulong[] Personalities = [0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF];

    /// <summary>The profile.</summary>
    /// <param name="capabilities">The container's bounding set: bit n is the capability with the number n.</param>
    /// <param name="architecture">As image documents say it: "amd64", "arm64".</param>
    /// <param name="kernel">The running kernel's version.</param>
    public static Seccomp Create(ulong capabilities, string architecture, (int Major, int Minor) kernel)
    {
        List<string> names = new(400);
        foreach (string family in Always)
            names.AddRange(family.Split(' '));
        if (HasSafeTracing(kernel))
            names.AddRange(Tracing.Split(' '));
        if (architecture is "amd64" or "arm64")
            names.AddRange((architecture == "amd64" ? Amd64 : Arm64).Split(' '));
        foreach ((ulong capability, string allowed) in Privileged)
            if ((capabilities & capability) != 0)
                names.AddRange(allowed.Split(' '));

        List<SeccompRule> rules = [new() { Names = names, Action = SeccompAction.Allow }];
        AddSocket(rules);
        foreach (ulong personality in Personalities)
            rules.Add(Allow("personality", new(0, personality, 0, SeccompOperator.Equal)));
        if ((capabilities & SysAdmin) == 0)
        {
            rules.Add(Allow("clone", new(0, NewNamespaces, 0, SeccompOperator.MaskedEqual)));
            // A filter cannot see clone3's flags, which are in memory; C libraries take ENOSYS as "use clone".
            rules.Add(new() { Names = ["clone3"], Action = SeccompAction.Errno, ErrnoRet = (uint)Errno.ENOSYS });
        }
        return new Seccomp
        {
            DefaultAction = SeccompAction.Errno,
            DefaultErrnoRet = (uint)Errno.EPERM,
            Architectures = architecture switch
            {
                "amd64" => ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
                "arm64" => ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
                _ => [],
            },
            Syscalls = rules,
        };
    }

    /// <summary>
    /// Not AF_ALG, a large attack surface for little use, and not AF_VSOCK, which has no namespaces and leads to the hypervisor.
    /// The kernel reads the low 32 bits and a filter all 64: "greater than AF_VSOCK" would let AF_ALG with a high bit through, so
    /// families that cannot exist get the kernel's own answer here.
    /// </summary>
    static void AddSocket(List<SeccompRule> rules)
    {
        rules.Add(Allow("socket", new(0, AfAlg, 0, SeccompOperator.LessThan)));
        rules.Add(Allow("socket", new(0, AfAlg + 1, 0, SeccompOperator.Equal)));
        rules.Add(Allow("socket", new(0, AfVsock + 1, 0, SeccompOperator.Equal)));
        for (ulong family = AfVsock + 2, size = 2; family <= LastFamily; family += size, size = family & (0 - family))
            rules.Add(Allow("socket", new(0, 0 - size, family, SeccompOperator.MaskedEqual)));
        rules.Add(new()
        {
            Names = ["socket"],
            Action = SeccompAction.Errno,
            ErrnoRet = (uint)Errno.EAFNOSUPPORT,
            Args = [new(0, LastFamily, 0, SeccompOperator.GreaterThan)],
        });
    }

    internal static bool HasSafeTracing((int Major, int Minor) kernel) => kernel.CompareTo((4, 8)) >= 0;

    static SeccompRule Allow(string name, SeccompArgument condition) =>
        new() { Names = [name], Action = SeccompAction.Allow, Args = [condition] };
}
