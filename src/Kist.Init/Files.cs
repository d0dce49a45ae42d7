using System;

namespace Kist.Init;

static unsafe class Files
{
    public static long Write(in PlanStep step)
    {
        long file = Kernel.Call(SystemCall.openat, ThePlan.Slot(step.Into), (long)ThePlan.At(step.Path), Constants.O_WRONLY | Constants.O_CLOEXEC);
        if (file < 0) return ThePlan.Fail(Stage.Target, file);
        long written = Kernel.Call(SystemCall.write, file, (long)ThePlan.At(step.Text), (long)step.Value);
        if ((step.Options & StepOptions.LeaveOpen) == 0) Kernel.Call(SystemCall.close, file);
        return written;
    }

    public static long WriteDescriptor(in PlanStep step)
        => Kernel.Call(SystemCall.write, ThePlan.Slot(step.Into), (long)ThePlan.At(step.Text), (long)step.Value);

    public static long Open(in PlanStep step)
    {
        long file = Paths.Resolve(ThePlan.Slot(step.Into), ThePlan.At(step.Path), step.Flags, step.Value);
        if (file == -Constants.ENOENT && (step.Options & StepOptions.SkipAbsent) != 0) return 0;
        if (file >= 0) ThePlan.Keep(step.Keep, file);
        return file;
    }

    public static long Close(in PlanStep step) => Kernel.Call(SystemCall.close, ThePlan.Slot(step.Into));

    // What these make lies in filesystems that this process mounted itself, or, with no Trusted option, in a root that others
    // may write to: there the parent is resolved first.
    public static long Directory(in PlanStep step)
    {
        long made;
        if ((step.Options & StepOptions.CreateDirectory) != 0) made = Paths.Make(ThePlan.Slot(step.Into), ThePlan.At(step.Path), false);
        else made = Kernel.Call(SystemCall.mkdirat, ThePlan.Slot(step.Into), (long)ThePlan.At(step.Path), step.Flags);
        if (made == -Constants.EEXIST && (step.Options & StepOptions.Exists) != 0) made = 0;
        return made < 0 || (step.Options & StepOptions.Owner) == 0 ? made : Own(step, step.Value);
    }

    public static long Node(in PlanStep step)
    {
        long made = Kernel.Call(SystemCall.mknodat, ThePlan.Slot(step.Into), (long)ThePlan.At(step.Path), step.Flags, (long)step.Value);
        if (made == -Constants.EEXIST && (step.Options & StepOptions.Exists) != 0) made = 0;
        return made < 0 || (step.Options & StepOptions.Owner) == 0 ? made : Own(step, step.Other);
    }

    public static long Symlink(in PlanStep step)
    {
        long made = Kernel.Call(SystemCall.symlinkat, (long)ThePlan.At(step.Text), ThePlan.Slot(step.Into), (long)ThePlan.At(step.Path));
        return made == -Constants.EEXIST && (step.Options & StepOptions.Exists) != 0 ? 0 : made;
    }

    static long Own(in PlanStep step, ulong owner)
        => Kernel.Call(SystemCall.fchownat, ThePlan.Slot(step.Into), (long)ThePlan.At(step.Path), (long)(uint)owner, (long)(owner >> 32), Constants.AT_SYMLINK_NOFOLLOW);

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
