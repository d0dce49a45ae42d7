using System;

namespace Kist.Init;

static unsafe class Files
{
    public static long Write(in PlanStep step)
    {
        // In the container's /proc somebody may have mounted something else on the way (CVE-2025-52881).
        long file = step.Into == Slot.Proc
            ? Paths.Resolve(ThePlan.Slot(step.Into), ThePlan.At(step.Path), Constants.O_WRONLY, Constants.RESOLVE_BENEATH | Constants.RESOLVE_NO_XDEV | Constants.RESOLVE_NO_SYMLINKS)
            : Kernel.Call(SystemCall.openat, ThePlan.Slot(step.Into), (long)ThePlan.At(step.Path), Constants.O_WRONLY | Constants.O_CLOEXEC);
        if (file == -Constants.ENOENT && (step.Options & StepOptions.SkipAbsent) != 0) return 0;
        if (file < 0) return ThePlan.Fail(Stage.Target, file);
        long written = Kernel.Call(SystemCall.write, file, (long)ThePlan.At(step.Text), (long)step.Value);
        if ((step.Options & StepOptions.LeaveOpen) == 0) Kernel.Call(SystemCall.close, file);
        return written;
    }

    public static long WriteDescriptor(in PlanStep step)
        => ThePlan.Slot(step.Into) < 0 && (step.Options & StepOptions.SkipAbsent) != 0 ? 0
            : Kernel.Call(SystemCall.write, ThePlan.Slot(step.Into), (long)ThePlan.At(step.Text), (long)step.Value);

    public static long Open(in PlanStep step)
    {
        long file = Paths.Resolve(ThePlan.Slot(step.Into), ThePlan.At(step.Path), step.Flags, step.Value);
        if (file == -Constants.ENOENT && (step.Options & StepOptions.SkipAbsent) != 0) return 0;
        if (file >= 0) ThePlan.Keep(step.Keep, file);
        return file;
    }

    public static long Close(in PlanStep step) => Kernel.Call(SystemCall.close, ThePlan.Slot(step.Into));

    // What these make may lie in a root that others can write to, whose links lead anywhere: the directory above is resolved
    // inside the root first, and what is made is named by its last part alone.
    public static long Directory(in PlanStep step)
    {
        if ((step.Options & StepOptions.CreateDirectory) != 0)
        {
            long above = Paths.Make(ThePlan.Slot(step.Into), ThePlan.At(step.Path), false);
            if (above < 0) return above;
        }
        byte* name;
        long parent = Parent(step, &name);
        if (parent < 0 && parent != Constants.AT_FDCWD) return ThePlan.Fail(Stage.Target, parent);
        long made = Kernel.Call(SystemCall.mkdirat, parent, (long)name, step.Flags);
        if (made == -Constants.EEXIST && (step.Options & (StepOptions.Exists | StepOptions.CreateDirectory)) != 0) made = 0;
        if (made >= 0 && (step.Options & StepOptions.Owner) != 0) made = Own(parent, name, step.Value);
        Leave(step, parent);
        return made;
    }

    public static long Node(in PlanStep step)
    {
        long made = Kernel.Call(SystemCall.mknodat, ThePlan.Slot(step.Into), (long)ThePlan.At(step.Path), step.Flags, (long)step.Value);
        if (made == -Constants.EEXIST && (step.Options & StepOptions.Exists) != 0) made = 0;
        return made < 0 || (step.Options & StepOptions.Owner) == 0 ? made : Own(ThePlan.Slot(step.Into), ThePlan.At(step.Path), step.Other);
    }

    public static long Symlink(in PlanStep step)
    {
        byte* name;
        long parent = Parent(step, &name);
        if (parent < 0 && parent != Constants.AT_FDCWD) return ThePlan.Fail(Stage.Target, parent);
        long made = Kernel.Call(SystemCall.symlinkat, (long)ThePlan.At(step.Text), parent, (long)name);
        Leave(step, parent);
        return made == -Constants.EEXIST && (step.Options & StepOptions.Exists) != 0 ? 0 : made;
    }

    /// <summary>The directory that the last part of [Path] lies in, and that part. [Into] itself where there is no other part.</summary>
    static long Parent(in PlanStep step, byte** name)
    {
        byte* path = ThePlan.At(step.Path);
        int slash = Bytes.Length(path);
        while (slash > 0 && path[slash] != '/') slash--;
        *name = slash == 0 ? path : path + slash + 1;
        if (slash == 0) return ThePlan.Slot(step.Into);
        path[slash] = 0;
        long parent = Paths.Resolve(ThePlan.Slot(step.Into), path, Constants.O_PATH);
        path[slash] = (byte)'/';
        return parent;
    }

    static void Leave(in PlanStep step, long parent)
    {
        if (parent != ThePlan.Slot(step.Into)) Kernel.Call(SystemCall.close, parent);
    }

    static long Own(long directory, byte* name, ulong owner)
        => Kernel.Call(SystemCall.fchownat, directory, (long)name, (long)(uint)owner, (long)(owner >> 32), Constants.AT_SYMLINK_NOFOLLOW);

    // CVE-2024-21626: a working directory reached over a leaked descriptor lies outside the root, and getcwd(2) says so by a
    // path that does not begin with a slash.
    public static long WorkingDirectory(in PlanStep step)
    {
        byte* path = ThePlan.At(step.Path);
        long changed = Kernel.Call(SystemCall.chdir, (long)path);
        if (changed == -Constants.ENOENT && (step.Options & StepOptions.CreateWorkingDirectory) != 0)
        {
            long root = Kernel.Call(SystemCall.openat, Constants.AT_FDCWD, Bytes.Address("/\0"u8), Constants.O_PATH | Constants.O_CLOEXEC);
            long made = root < 0 ? root : Paths.Make((int)root, path, false);
            if (root >= 0) Kernel.Call(SystemCall.close, root);
            if (made < 0) return ThePlan.Fail(Stage.MakeTarget, made);
            changed = Kernel.Call(SystemCall.chdir, (long)path);
        }
        if (changed < 0) return changed;
        byte* current = stackalloc byte[4096];
        long length = Kernel.Call(SystemCall.getcwd, (long)current, 4096);
        if (length < 0) return ThePlan.Fail(Stage.Check, length);
        return *current == '/' ? 0 : ThePlan.Fail(Stage.Check, -Constants.ENOENT);
    }
}
