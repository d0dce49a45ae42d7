namespace Kist.Init;

/// <summary>openat2(2)'s open_how.</summary>
struct OpenHow { public ulong Flags, Mode, Resolve; }

/// <summary>
/// Every path below a directory that others can write to is opened here, and nowhere else: resolved inside that directory
/// (RESOLVE_IN_ROOT), once, and used by descriptor from then on (CVE-2021-30465, CVE-2024-45310).
/// </summary>
static unsafe class Paths
{
    public static long Resolve(int root, byte* path, ulong flags, ulong resolve = Constants.RESOLVE_IN_ROOT)
    {
        OpenHow how = new() { Flags = flags | Constants.O_CLOEXEC, Resolve = resolve | Constants.RESOLVE_NO_MAGICLINKS };
        long result;
        // -EAGAIN: something was renamed meanwhile, and the kernel could not be sure.
        do result = Kernel.Call(SystemCall.openat2, root, (long)path, (long)&how, sizeof(OpenHow)); while (result == -Constants.EAGAIN);
        return result;
    }

    /// <summary>Opens the place that a step mounts on, made first if the step says so.</summary>
    public static long Target(in PlanStep step)
    {
        int root = ThePlan.Slot(step.Into);
        byte* path = ThePlan.At(step.Path);
        if ((step.Options & StepOptions.Trusted) != 0) return Kernel.Call(SystemCall.openat, root, (long)path, Constants.O_PATH | Constants.O_CLOEXEC);
        if (*path == 0) return Kernel.Call(SystemCall.openat, root, Bytes.Address(".\0"u8), Constants.O_PATH | Constants.O_CLOEXEC);
        ulong resolve = (step.Options & StepOptions.NoSymlinks) != 0 ? Constants.RESOLVE_IN_ROOT | Constants.RESOLVE_NO_SYMLINKS : (ulong)Constants.RESOLVE_IN_ROOT;
        bool notOnProc = (step.Options & StepOptions.NotOnProc) != 0;
        long target = Place(root, path, resolve, notOnProc);
        if (target != -Constants.ENOENT || (step.Options & (StepOptions.CreateDirectory | StepOptions.CreateFile)) == 0) return target;
        bool file = (step.Options & StepOptions.CreateFile) != 0;
        if (file && (step.Options & StepOptions.CreateDirectory) != 0) file = !IsDirectory(ThePlan.Slot(step.From), ThePlan.At(step.Text));
        long made = Make(root, path, file);
        return made < 0 ? ThePlan.Fail(Stage.MakeTarget, made) : Place(root, path, resolve, notOnProc);
    }

    static long Place(int root, byte* path, ulong resolve, bool notOnProc)
    {
        long target = Resolve(root, path, Constants.O_PATH, resolve);
        if (target < 0 || !notOnProc || !IsProc(target)) return target;
        Kernel.Call(SystemCall.close, target);
        return -Constants.EPERM;
    }

    /// <summary>Whether a descriptor leads into a procfs, by whatever links its path did.</summary>
    static bool IsProc(long file)
    {
        // struct statfs, 120 bytes, whose first member is the filesystem's type.
        long* status = stackalloc long[15];
        return Kernel.Call(SystemCall.fstatfs, file, (long)status) < 0 || *status == Constants.PROC_SUPER_MAGIC;
    }

    static bool IsDirectory(int directory, byte* path)
    {
        FileStatus status;
        return FileStatus.Read(directory, path, &status) >= 0 && (status.Mode & Constants.S_IFMT) == Constants.S_IFDIR;
    }

    /// <summary>
    /// Makes a directory or an empty file and the directories above it. Each one is made in a parent that was resolved inside
    /// the root, by its name alone, so a link that is slipped in meanwhile leads nowhere else.
    /// </summary>
    public static long Make(int root, byte* path, bool file)
    {
        int length = Bytes.Length(path);
        while (length > 1 && path[length - 1] == '/') length--;
        for (int end = 1; end <= length; end++)
        {
            if (end < length && path[end] != '/') continue;
            int start = end - 1;
            while (start > 0 && path[start - 1] != '/') start--;
            if (start == end || path[end - 1] == '/') continue;

            byte parentEnd = path[start], nameEnd = path[end];
            path[start] = 0;
            long parent = start == 0 ? Kernel.Call(SystemCall.openat, root, Bytes.Address(".\0"u8), Constants.O_PATH | Constants.O_CLOEXEC)
                : Resolve(root, path, Constants.O_PATH);
            path[start] = parentEnd;
            if (parent < 0) return parent;

            path[end] = 0;
            long made = file && end == length
                ? Kernel.Call(SystemCall.mknodat, parent, (long)(path + start), Constants.S_IFREG | 0x1ED & ~0x49)
                : Kernel.Call(SystemCall.mkdirat, parent, (long)(path + start), 0x1ED);
            path[end] = nameEnd;
            Kernel.Call(SystemCall.close, parent);
            if (made < 0 && made != -Constants.EEXIST) return made;
        }
        return 0;
    }
}
