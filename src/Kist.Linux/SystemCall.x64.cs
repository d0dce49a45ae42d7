namespace Kist.Linux;

/// <summary>System call numbers, x86-64 (asm/unistd_64.h).</summary>
public enum SystemCall : long
{
    read = 0, write = 1, close = 3, fstat = 5, lseek = 8, mmap = 9, munmap = 11, rt_sigaction = 13, rt_sigprocmask = 14,
    ioctl = 16, dup = 32, nanosleep = 35, getpid = 39, sendfile = 40, socket = 41, connect = 42, sendto = 44, recvfrom = 45,
    sendmsg = 46, recvmsg = 47, shutdown = 48, bind = 49, listen = 50, socketpair = 53, setsockopt = 54, getsockopt = 55,
    clone = 56, execve = 59, wait4 = 61, kill = 62, uname = 63, fcntl = 72, flock = 73, fsync = 74, fdatasync = 75,
    ftruncate = 77, getcwd = 79, chdir = 80, fchdir = 81, fchmod = 91, fchown = 93, umask = 95, sysinfo = 99, getuid = 102,
    getgid = 104, geteuid = 107, getegid = 108, getppid = 110, setsid = 112, getgroups = 115, setgroups = 116, setresuid = 117,
    setresgid = 119, capget = 125, capset = 126, rt_sigtimedwait = 128, personality = 135, statfs = 137, fstatfs = 138,
    setpriority = 141, pivot_root = 155, prctl = 157, chroot = 161, mount = 165, umount2 = 166, sethostname = 170,
    setdomainname = 171, gettid = 186, setxattr = 188, getxattr = 191, lgetxattr = 192, futex = 202, sched_setaffinity = 203,
    sched_getaffinity = 204, getdents64 = 217, clock_gettime = 228, exit_group = 231, epoll_ctl = 233, tgkill = 234,
    set_mempolicy = 238, waitid = 247, keyctl = 250, ioprio_set = 251, openat = 257, mkdirat = 258, mknodat = 259, fchownat = 260,
    newfstatat = 262, unlinkat = 263, linkat = 265, symlinkat = 266, readlinkat = 267, fchmodat = 268, ppoll = 271, unshare = 272,
    splice = 275, sync_file_range = 277, utimensat = 280, epoll_pwait = 281, fallocate = 285, accept4 = 288, signalfd4 = 289,
    eventfd2 = 290, epoll_create1 = 291, dup3 = 292, pipe2 = 293, prlimit64 = 302, name_to_handle_at = 303, setns = 308,
    sched_setattr = 314, renameat2 = 316, seccomp = 317, getrandom = 318, memfd_create = 319, bpf = 321, execveat = 322,
    copy_file_range = 326, statx = 332, pidfd_send_signal = 424, open_tree = 428, move_mount = 429, fsopen = 430, fsconfig = 431,
    fsmount = 432, fspick = 433, pidfd_open = 434, clone3 = 435, close_range = 436, openat2 = 437, pidfd_getfd = 438,
    faccessat2 = 439, mount_setattr = 442, statmount = 457, listmount = 458, open_tree_attr = 467,
    setpgid = 109,
}
