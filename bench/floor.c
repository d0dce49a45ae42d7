/*
 * The floor: the kernel's work for one start of a container, and nothing else.
 *
 *     floor ROOTFS NAME CGROUP-DIRECTORY...
 *
 * It does what the configuration that `runc spec` writes asks of the kernel (terminal false, args /bin/true), and what every
 * runtime does besides (the cgroup, the session keyring, loopback up), with the cheapest calls that are known:
 *
 *   parent   makes the cgroup NAME in every CGROUP-DIRECTORY (one for each mounted v1 hierarchy, or the one of v2), gives it
 *            cpus and memory nodes (v1's cpuset) and its device rules (v1's devices; v2's filter is a program, not loaded here)
 *   clone3   with every namespace of the configuration, v2: already in the cgroup
 *   child    v1: writes 0 to each `tasks` (single-threaded: takes no lock that waits for RCU), v2: unshares the cgroup namespace
 *            keyring, session, loopback, private propagation, root: a read-only clone of ROOTFS
 *            proc, dev, devpts, shm, mqueue, sysfs, cgroup by the new mount API, device nodes, symbolic links
 *            pivot_root, host name, masked and read-only paths, rlimit, no_new_privs, the five capability sets, execve
 *   parent   waits, removes the cgroups
 *
 * That configuration has no seccomp, user or time namespace, and on v1 no cgroup namespace: its hierarchies are bound instead.
 *
 * Built with -DALTERNATIVE=NAME it does one thing in another way, so that bench/decisions can say what that thing is worth.
 *
 * It is no runtime: it reads no configuration, keeps no state, checks no path, and knows what the files are that it covers.
 * ROOTFS needs /proc, /dev, /sys and /bin/true. Needs root and Linux 5.12.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <grp.h>

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
/* <sys/mount.h> and <linux/mount.h> exclude each other in glibc 2.36. */
#define MS_PRIVATE_RECURSIVE ((1UL << 18) | (1UL << 14))
#define MNT_DETACH 2
int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);

enum {
    NONE,
    MIGRATE,     /* the parent moves the child with `cgroup.procs` */
    UNSHARE,     /* fork, then unshare the namespaces one by one, and fork once more for the pid namespace */
    MASK_BLIND,  /* clone what covers a masked path before looking whether the path is there */
    MASK_FRESH,  /* one new tmpfs for each masked directory */
    MESSAGES,    /* ten round trips between parent and child */
    EXECUTE,     /* the child executes this program once more before it works */
};
#ifndef ALTERNATIVE
#define ALTERNATIVE NONE
#endif

static void fail(const char *what)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    _exit(125);
}

static long check(long result, const char *what)
{
    if (result < 0)
        fail(what);
    return result;
}

/* Files */

static void write_file(int directory, const char *name, const char *text)
{
    int file = check(openat(directory, name, O_WRONLY | O_CLOEXEC), name);
    check(write(file, text, strlen(text)), name);
    close(file);
}

static void copy_file(int from, int to, const char *name)
{
    char text[4096];
    int file = check(openat(from, name, O_RDONLY | O_CLOEXEC), name);
    long length = check(read(file, text, sizeof text - 1), name);
    close(file);
    text[length] = 0;
    write_file(to, name, text);
}

/* Mounts */

static int clone_tree(const char *path, unsigned flags)
{
    return syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}

static void attach(int tree, int at, const char *path)
{
    unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (*path ? 0 : MOVE_MOUNT_T_EMPTY_PATH);
    check(syscall(SYS_move_mount, tree, "", at, path, flags), "move_mount");
    close(tree);
}

static void set_attributes(int tree, unsigned flags, uint64_t attributes)
{
    struct mount_attr attr = { .attr_set = attributes };
    check(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | flags, &attr, sizeof attr), "mount_setattr");
}

/* Options are pairs of key and value; a value of NULL makes a flag of the key. */
static int new_mount(const char *type, unsigned attributes, const char *const *options)
{
    int context = check(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), type);
    for (; *options; options += 2)
        check(syscall(SYS_fsconfig, context, options[1] ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, options[0], options[1], 0), *options);
    check(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), type);
    int tree = check(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes), type);
    close(context);
    return tree;
}

#define OPTIONS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum { NOSUID = MOUNT_ATTR_NOSUID, NODEV = MOUNT_ATTR_NODEV, NOEXEC = MOUNT_ATTR_NOEXEC, READONLY = MOUNT_ATTR_RDONLY };

/* Cgroups */

struct cgroups {
    const char *name;
    int count, unified;      /* unified: the first directory is cgroup v2's */
    char **hierarchies;      /* such as /sys/fs/cgroup/cpu */
    char path[16][256];      /* the container's own: HIERARCHY/NAME */
};

static const char *base_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

static void make_cgroup(struct cgroups *cgroups, int i)
{
    static const char *const devices[] = {
        "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm",
    };
    const char *controller = base_name(cgroups->hierarchies[i]);
    check(mkdir(cgroups->path[i], 0755), cgroups->path[i]);
    if (cgroups->unified)
        return;
    if (strcmp(controller, "cpuset") == 0) {
        int parent = check(open(cgroups->hierarchies[i], O_PATH | O_CLOEXEC), "cpuset");
        int own = check(open(cgroups->path[i], O_PATH | O_CLOEXEC), "cpuset");
        copy_file(parent, own, "cpuset.cpus");
        copy_file(parent, own, "cpuset.mems");
        close(parent);
        close(own);
    } else if (strcmp(controller, "devices") == 0) {
        int own = check(open(cgroups->path[i], O_PATH | O_CLOEXEC), "devices");
        write_file(own, "devices.deny", "a");
        int allow = check(openat(own, "devices.allow", O_WRONLY | O_CLOEXEC), "devices.allow");
        for (size_t rule = 0; rule < sizeof devices / sizeof *devices; rule++)
            check(write(allow, devices[rule], strlen(devices[rule])), devices[rule]);
        close(allow);
        close(own);
    }
}

/* One directory for each hierarchy on a tmpfs, with the container's own cgroup bound there: no cgroup namespace on v1. */
static void mount_v1(const struct cgroups *cgroups, const int *trees)
{
    attach(new_mount("tmpfs", NOSUID | NODEV | NOEXEC, OPTIONS("source", "cgroup", "mode", "755")), AT_FDCWD, "sys/fs/cgroup");
    int top = check(open("sys/fs/cgroup", O_PATH | O_DIRECTORY | O_CLOEXEC), "sys/fs/cgroup");
    for (int i = 0; i < cgroups->count; i++) {
        const char *controller = base_name(cgroups->hierarchies[i]);
        check(mkdirat(top, controller, 0755), controller);
        set_attributes(trees[i], 0, NOSUID | NODEV | NOEXEC | READONLY);
        attach(trees[i], top, controller);
    }
    set_attributes(top, 0, READONLY);
    close(top);
}

/* Inside */

static void loopback_up(void)
{
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
    int socket_ = check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    check(ioctl(socket_, SIOCSIFFLAGS, &request), "lo");
    close(socket_);
}

static void mount_file_systems(const struct cgroups *cgroups, const int *trees)
{
    attach(new_mount("proc", 0, OPTIONS("source", "proc")), AT_FDCWD, "proc");
    attach(new_mount("tmpfs", NOSUID | MOUNT_ATTR_STRICTATIME, OPTIONS("source", "tmpfs", "mode", "755", "size", "65536k")), AT_FDCWD, "dev");
    check(mkdir("dev/pts", 0755), "dev/pts");
    attach(new_mount("devpts", NOSUID | NOEXEC, OPTIONS("source", "devpts", "newinstance", NULL, "ptmxmode", "0666", "mode", "0620", "gid", "5")), AT_FDCWD, "dev/pts");
    check(mkdir("dev/shm", 0755), "dev/shm");
    attach(new_mount("tmpfs", NOSUID | NOEXEC | NODEV, OPTIONS("source", "shm", "mode", "1777", "size", "65536k")), AT_FDCWD, "dev/shm");
    check(mkdir("dev/mqueue", 0755), "dev/mqueue");
    attach(new_mount("mqueue", NOSUID | NOEXEC | NODEV, OPTIONS("source", "mqueue")), AT_FDCWD, "dev/mqueue");
    attach(new_mount("sysfs", NOSUID | NOEXEC | NODEV | READONLY, OPTIONS("source", "sysfs")), AT_FDCWD, "sys");
    if (cgroups->unified)
        attach(new_mount("cgroup2", NOSUID | NOEXEC | NODEV | READONLY, OPTIONS("source", "cgroup")), AT_FDCWD, "sys/fs/cgroup");
    else
        mount_v1(cgroups, trees);
}

static void make_devices(void)
{
    static const struct { const char *path; int major, minor; } nodes[] = {
        { "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 }, { "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 },
    };
    static const char *const links[][2] = {
        { "/proc/self/fd", "dev/fd" }, { "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
        { "/proc/self/fd/2", "dev/stderr" }, { "pts/ptmx", "dev/ptmx" },
    };
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        check(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)), nodes[i].path);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        check(symlink(links[i][0], links[i][1]), links[i][1]);
}

/* The target is opened first: closing a clone that found no place would wait for RCU. */
static void mask_paths(void)
{
    static const char *const files[] = {
        "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
    };
    static const char *const directories[] = { "/proc/acpi", "/proc/asound", "/sys/firmware", "/proc/scsi" };
    const char *empty = NULL;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int blind = ALTERNATIVE == MASK_BLIND ? clone_tree("/dev/null", 0) : -1;
        int target = open(files[i], O_PATH | O_CLOEXEC);
        if (target >= 0) {
            attach(blind >= 0 ? blind : check(clone_tree("/dev/null", 0), "/dev/null"), target, "");
            close(target);
        } else if (blind >= 0) {
            close(blind);
        }
    }
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        int target = open(directories[i], O_PATH | O_CLOEXEC);
        if (target < 0)
            continue;
        attach(empty ? check(clone_tree(empty, 0), empty) : new_mount("tmpfs", READONLY, OPTIONS("source", "tmpfs")), target, "");
        if (ALTERNATIVE != MASK_FRESH)
            empty = directories[i];
        close(target);
    }
}

static void make_paths_readonly(void)
{
    static const char *const paths[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int tree = clone_tree(paths[i], AT_RECURSIVE);
        if (tree < 0)
            continue;
        set_attributes(tree, AT_RECURSIVE, READONLY);
        attach(tree, AT_FDCWD, paths[i]);
    }
}

static void set_credentials(void)
{
    static const int kept[] = { CAP_KILL, CAP_NET_BIND_SERVICE, CAP_AUDIT_WRITE };
    uint32_t bits = 0;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        bits |= 1u << kept[i];
    for (int capability = 0; capability < 64; capability++)
        if ((capability >= 32 || !(bits >> capability & 1)) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
            break; /* beyond the last that this kernel knows */
    check(setgroups(0, NULL), "setgroups");
    check(syscall(SYS_setresgid, 0, 0, 0), "setresgid");
    check(syscall(SYS_setresuid, 0, 0, 0), "setresuid");
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[2] = { { .effective = bits, .permitted = bits, .inheritable = bits } };
    check(syscall(SYS_capset, &header, sets), "capset");
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kept[i], 0, 0), "ambient capability");
}

static void run_child(const char *rootfs, const struct cgroups *cgroups)
{
    static char *const arguments[] = { "/bin/true", NULL };
    static char *const environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL };
    int trees[16];

    if (cgroups->unified)
        check(unshare(CLONE_NEWCGROUP), "unshare"); /* now, or its root would be the parent's cgroup */
    else if (ALTERNATIVE != MIGRATE)
        for (int i = 0; i < cgroups->count; i++) {
            char path[300];
            snprintf(path, sizeof path, "%s/tasks", cgroups->path[i]);
            write_file(AT_FDCWD, path, "0");
        }
    setsid();
    check(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "_ses.floor"), "keyctl");
    loopback_up();
    umask(0);

    check(mount(NULL, "/", NULL, MS_PRIVATE_RECURSIVE, NULL), "propagation");
    int root = check(clone_tree(rootfs, AT_RECURSIVE), rootfs);
    if (!cgroups->unified)
        for (int i = 0; i < cgroups->count; i++)
            trees[i] = check(clone_tree(cgroups->path[i], 0), cgroups->path[i]);
    check(syscall(SYS_move_mount, root, "", AT_FDCWD, rootfs, MOVE_MOUNT_F_EMPTY_PATH), "root");
    check(fchdir(root), "fchdir");
    mount_file_systems(cgroups, trees);
    make_devices();
    set_attributes(root, 0, READONLY);
    check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    check(umount2(".", MNT_DETACH), "umount");
    check(chdir("/"), "chdir");

    check(sethostname("runc", 4), "sethostname");
    mask_paths();
    make_paths_readonly();
    umask(022);

    struct rlimit files = { 1024, 1024 };
    check(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
    set_credentials();
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    execve(arguments[0], arguments, environment);
    fail(arguments[0]);
}

/* What ALTERNATIVE adds before the child begins, on its side and on the parent's. */

static int channel[2];

static void before_child(char **argv)
{
    static const int namespaces[] = { CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWPID };
    char byte = 0;
    if (ALTERNATIVE == MIGRATE)
        check(read(channel[1], &byte, 1), "channel");
    for (int i = 0; ALTERNATIVE == MESSAGES && i < 10; i++) {
        check(write(channel[1], &byte, 1), "channel");
        check(read(channel[1], &byte, 1), "channel");
    }
    if (ALTERNATIVE == UNSHARE) {
        for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++)
            check(unshare(namespaces[i]), "unshare");
        int status;
        if (check(fork(), "fork") > 0)
            _exit(wait(&status) < 0 || status);
    }
    if (ALTERNATIVE == EXECUTE && strcmp(argv[0], "child") != 0) {
        argv[0] = "child";
        check(execv("/proc/self/exe", argv), "execv");
    }
}

static void beside_child(const struct cgroups *cgroups, long child)
{
    char byte = 0, text[300], path[300];
    if (ALTERNATIVE == MIGRATE) {
        snprintf(text, sizeof text, "%ld", child);
        for (int i = 0; i < cgroups->count; i++) {
            snprintf(path, sizeof path, "%s/cgroup.procs", cgroups->path[i]);
            write_file(AT_FDCWD, path, text);
        }
        check(write(channel[0], &byte, 1), "channel");
    }
    for (int i = 0; ALTERNATIVE == MESSAGES && i < 10; i++) {
        check(read(channel[0], &byte, 1), "channel");
        check(write(channel[0], &byte, 1), "channel");
    }
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc > 19) {
        fprintf(stderr, "usage: floor ROOTFS NAME CGROUP-DIRECTORY...\n");
        return 125;
    }
    struct cgroups cgroups = { .name = argv[2], .count = argc - 3, .hierarchies = argv + 3 };
    struct statfs file_system;
    check(statfs(argv[3], &file_system), argv[3]);
    cgroups.unified = file_system.f_type == CGROUP2_SUPER_MAGIC;
    for (int i = 0; i < cgroups.count; i++) {
        snprintf(cgroups.path[i], sizeof cgroups.path[i], "%s/%s", argv[3 + i], argv[2]);
        if (strcmp(argv[0], "child") != 0)
            make_cgroup(&cgroups, i);
    }
    if (strcmp(argv[0], "child") == 0)
        run_child(argv[1], &cgroups);
    if (ALTERNATIVE == MIGRATE || ALTERNATIVE == MESSAGES)
        check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel), "socketpair");

    struct clone_args clone = {
        .flags = ALTERNATIVE == UNSHARE ? 0 : CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS,
        .exit_signal = SIGCHLD,
    };
    if (cgroups.unified) {
        clone.flags |= CLONE_INTO_CGROUP;
        clone.cgroup = check(open(cgroups.path[0], O_PATH | O_DIRECTORY | O_CLOEXEC), cgroups.path[0]);
    }
    long child = check(syscall(SYS_clone3, &clone, sizeof clone), "clone3");
    if (child == 0) {
        before_child(argv);
        run_child(argv[1], &cgroups);
    }
    beside_child(&cgroups, child);

    int status;
    check(waitpid(child, &status, 0), "waitpid");
    for (int i = 0; i < cgroups.count; i++)
        check(rmdir(cgroups.path[i]), cgroups.path[i]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
