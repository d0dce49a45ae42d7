namespace Kist.Linux;

/// <summary>System call numbers, arm64 (asm-generic/unistd.h).</summary>
public enum SystemCall : long
{
    setxattr = 5, getxattr = 8, lgetxattr = 9, getcwd = 17, eventfd2 = 19, epoll_create1 = 20, epoll_ctl = 21, epoll_pwait = 22,
    dup = 23, dup3 = 24, fcntl = 25, ioctl = 29, ioprio_set = 30, flock = 32, mknodat = 33, mkdirat = 34, unlinkat = 35,
    symlinkat = 36, linkat = 37, umount2 = 39, mount = 40, pivot_root = 41, statfs = 43, fstatfs = 44, ftruncate = 46,
    fallocate = 47, chdir = 49, fchdir = 50, chroot = 51, fchmod = 52, fchmodat = 53, fchownat = 54, fchown = 55, openat = 56,
    close = 57, pipe2 = 59, getdents64 = 61, lseek = 62, read = 63, write = 64, sendfile = 71, ppoll = 73, signalfd4 = 74,
    splice = 76, readlinkat = 78, newfstatat = 79, fstat = 80, fsync = 82, fdatasync = 83, sync_file_range = 84, utimensat = 88,
    capget = 90, capset = 91, personality = 92, exit_group = 94, waitid = 95, unshare = 97, futex = 98, nanosleep = 101,
    clock_gettime = 113, sched_setaffinity = 122, sched_getaffinity = 123, kill = 129, tgkill = 131, rt_sigaction = 134,
    rt_sigprocmask = 135, rt_sigtimedwait = 137, setpriority = 140, setresuid = 147, setresgid = 149, setsid = 157,
    getgroups = 158, setgroups = 159, uname = 160, sethostname = 161, setdomainname = 162, umask = 166, prctl = 167, getpid = 172,
    getppid = 173, getuid = 174, geteuid = 175, getgid = 176, getegid = 177, gettid = 178, sysinfo = 179, socket = 198,
    socketpair = 199, bind = 200, listen = 201, connect = 203, sendto = 206, recvfrom = 207, setsockopt = 208, getsockopt = 209,
    shutdown = 210, sendmsg = 211, recvmsg = 212, munmap = 215, keyctl = 219, clone = 220, execve = 221, mmap = 222,
    set_mempolicy = 237, accept4 = 242, wait4 = 260, prlimit64 = 261, name_to_handle_at = 264, setns = 268, sched_setattr = 274,
    renameat2 = 276, seccomp = 277, getrandom = 278, memfd_create = 279, bpf = 280, execveat = 281, copy_file_range = 285,
    statx = 291, pidfd_send_signal = 424, open_tree = 428, move_mount = 429, fsopen = 430, fsconfig = 431, fsmount = 432,
    fspick = 433, pidfd_open = 434, clone3 = 435, close_range = 436, openat2 = 437, pidfd_getfd = 438, faccessat2 = 439,
    mount_setattr = 442, statmount = 457, listmount = 458, open_tree_attr = 467,
    setpgid = 154,
}
