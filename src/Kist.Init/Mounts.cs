using System;

namespace Kist.Init;

/// <summary>mount_attr, mount_setattr(2).</summary>
struct MountAttributes { public ulong Set, Clear, Propagation, UserNamespace; }

static unsafe class Mounts
{
    public static long Filesystem(in PlanStep step)
    {
        long context = Kernel.Call(SystemCall.fsopen, (long)ThePlan.At(step.Text), Constants.FSOPEN_CLOEXEC);
        if (context < 0) return ThePlan.Fail(Stage.OpenFilesystem, context);
        long result = Configure(context, step.Data);
        if (result >= 0)
        {
            result = Kernel.Call(SystemCall.fsmount, context, Constants.FSMOUNT_CLOEXEC, step.Flags);
            if (result < 0) ThePlan.Fail(Stage.Mount, result);
        }
        if (result < 0) ReadMessage(context);
        Kernel.Call(SystemCall.close, context);
        if (result < 0) return result;
        if ((step.Options & StepOptions.Detached) == 0) return Attach(step, result);
        ThePlan.Keep(step.Keep, result);
        return 0;
    }

    /// <summary>
    /// Sets pairs of key and value and creates the superblock. An empty value is a flag; an empty key ends the list.
    /// </summary>
    static long Configure(long context, uint options)
    {
        for (byte* key = ThePlan.At(options); options != 0 && *key != 0;)
        {
            byte* value = key + Bytes.Length(key) + 1;
            long set;
            if (*value == 0) set = Kernel.Call(SystemCall.fsconfig, context, Constants.FSCONFIG_SET_FLAG, (long)key);
            else set = Kernel.Call(SystemCall.fsconfig, context, Constants.FSCONFIG_SET_STRING, (long)key, (long)value);
            if (set < 0) return ThePlan.Fail(Stage.Configure, set);
            key = value + Bytes.Length(value) + 1;
        }
        long created = Kernel.Call(SystemCall.fsconfig, context, Constants.FSCONFIG_CMD_CREATE);
        return created < 0 ? ThePlan.Fail(Stage.Create, created) : created;
    }

    static void ReadMessage(long context)
    {
        long length = Kernel.Call(SystemCall.read, context, (long)ThePlan.Header->Message, PlanHeader.MessageSize - 1);
        ThePlan.Header->Message[length < 0 ? 0 : length] = 0;
    }

    // The target is opened before the clone is made: to close a clone that found no place costs an RCU grace period.
    public static long Bind(in PlanStep step)
    {
        bool detached = (step.Options & StepOptions.Detached) != 0, trusted = (step.Options & StepOptions.Trusted) != 0;
        long target = detached || trusted ? 0 : Paths.Target(step);
        if (target == -Constants.ENOENT && (step.Options & StepOptions.SkipAbsent) != 0) return 0;
        if (target < 0) return Target(target);
        long clone = Clone(step);
        if (clone < 0) ThePlan.Fail(Stage.Source, clone);
        if (detached)
        {
            ThePlan.Keep(step.Keep, clone);
            return clone;
        }
        // Where nobody else makes names there is no race between the look at the source and the mount on it.
        if (clone == -Constants.ENOENT && (step.Options & StepOptions.SkipAbsent) != 0 && trusted) return 0;
        if (trusted) return clone < 0 ? clone : Place(step, clone, ThePlan.Slot(step.Into), (long)ThePlan.At(step.Path));
        long result = clone < 0 ? clone : Place(step, clone, target, Bytes.Address("\0"u8));
        Kernel.Call(SystemCall.close, target);
        return result;
    }

    /// <summary>A detached clone of the step's source, with its attributes set.</summary>
    static long Clone(in PlanStep step)
    {
        long flags = Constants.OPEN_TREE_CLONE | Constants.O_CLOEXEC | Constants.AT_EMPTY_PATH;
        if ((step.Options & StepOptions.Recursive) != 0) flags |= Constants.AT_RECURSIVE;
        long below = (step.Options & StepOptions.RecursiveAttributes) != 0 ? Constants.AT_RECURSIVE : 0;
        MountAttributes change = new() { Set = step.Flags, Clear = step.Value, Propagation = step.Other };
        bool changes = (step.Flags | step.Value | step.Other) != 0;

        int from = ThePlan.Slot(step.From);
        byte* path = ThePlan.At(step.Text);
        long source = -1;
        if ((step.Options & StepOptions.SourceInRoot) != 0)
        {
            source = Paths.Resolve(from, path, Constants.O_PATH);
            if (source < 0) return source;
            from = (int)source;
            path = (byte*)Bytes.Address("\0"u8);
        }
        long clone = changes && below != 0 == ((flags & Constants.AT_RECURSIVE) != 0) && (step.Options & StepOptions.OpenTreeAttr) != 0
            ? Kernel.Call(SystemCall.open_tree_attr, from, (long)path, flags, (long)&change, sizeof(MountAttributes))
            : Kernel.Call(SystemCall.open_tree, from, (long)path, flags);
        if (source >= 0) Kernel.Call(SystemCall.close, source);
        if (clone < 0 || !changes || (step.Options & StepOptions.OpenTreeAttr) != 0 && below != 0 == ((flags & Constants.AT_RECURSIVE) != 0)) return clone;
        long set = Kernel.Call(SystemCall.mount_setattr, clone, Bytes.Address("\0"u8), below | Constants.AT_EMPTY_PATH, (long)&change, sizeof(MountAttributes));
        if (set >= 0) return clone;
        Kernel.Call(SystemCall.close, clone);
        return set;
    }

    public static long AttachSlot(in PlanStep step)
    {
        long target = Paths.Target(step);
        if (target < 0) return Target(target);
        long moved = Kernel.Call(SystemCall.move_mount, ThePlan.Slot(step.From), Bytes.Address("\0"u8), target, Bytes.Address("\0"u8),
            Constants.MOVE_MOUNT_F_EMPTY_PATH | Constants.MOVE_MOUNT_T_EMPTY_PATH);
        Kernel.Call(SystemCall.close, target);
        if (step.Keep != 0) ThePlan.Keep(step.Keep, ThePlan.Slot(step.From));
        else Kernel.Call(SystemCall.close, ThePlan.Slot(step.From));
        return moved < 0 ? ThePlan.Fail(Stage.Attach, moved) : moved;
    }

    /// <summary>Moves a new mount to its place.</summary>
    static long Attach(in PlanStep step, long mount)
    {
        if ((step.Options & StepOptions.Trusted) != 0) return Place(step, mount, ThePlan.Slot(step.Into), (long)ThePlan.At(step.Path));
        long target = Paths.Target(step);
        if (target < 0)
        {
            Kernel.Call(SystemCall.close, mount);
            return Target(target);
        }
        long result = Place(step, mount, target, Bytes.Address("\0"u8));
        Kernel.Call(SystemCall.close, target);
        return result;
    }

    /// <summary>move_mount(2), after which the mount's descriptor is kept or closed.</summary>
    static long Place(in PlanStep step, long mount, long directory, long path)
    {
        // Who starts the container may name its root by a symbolic link; nothing else is placed through one.
        long moved = Kernel.Call(SystemCall.move_mount, mount, Bytes.Address("\0"u8), directory, path,
            Constants.MOVE_MOUNT_F_EMPTY_PATH | Constants.MOVE_MOUNT_T_EMPTY_PATH | (step.Keep == Slot.Root ? Constants.MOVE_MOUNT_T_SYMLINKS : 0));
        if (step.Keep != 0 && moved >= 0) ThePlan.Keep(step.Keep, mount);
        else Kernel.Call(SystemCall.close, mount);
        return moved < 0 ? ThePlan.Fail(Stage.Attach, moved) : moved;
    }

    public static long SetAttributes(in PlanStep step)
    {
        MountAttributes change = new() { Set = step.Flags, Clear = step.Value, Propagation = step.Other };
        long below = (step.Options & StepOptions.RecursiveAttributes) != 0 ? Constants.AT_RECURSIVE : 0;
        byte* path = ThePlan.At(step.Path);
        if (*path == 0 || (step.Options & StepOptions.Trusted) != 0)
            return Kernel.Call(SystemCall.mount_setattr, ThePlan.Slot(step.Into), (long)path, below | Constants.AT_EMPTY_PATH, (long)&change, sizeof(MountAttributes));
        long target = Paths.Target(step);
        if (target == -Constants.ENOENT && (step.Options & StepOptions.SkipAbsent) != 0) return 0;
        if (target < 0) return Target(target);
        long set = Kernel.Call(SystemCall.mount_setattr, target, Bytes.Address("\0"u8), below | Constants.AT_EMPTY_PATH, (long)&change, sizeof(MountAttributes));
        Kernel.Call(SystemCall.close, target);
        return set;
    }

    // The device and the empty directory are descriptors of what this process made itself, never names that an image could
    // redirect (CVE-2025-31133).
    public static long Mask(in PlanStep step)
    {
        int directory = ThePlan.Slot(step.Into);
        byte* path = ThePlan.At(step.Path);
        bool trusted = (step.Options & StepOptions.Trusted) != 0;
        if (!trusted)
        {
            long target = Paths.Target(step);
            if (target == -Constants.ENOENT || target == -Constants.ENOTDIR) return 0;
            if (target < 0) return Target(target);
            directory = (int)target;
            path = (byte*)Bytes.Address("\0"u8);
        }
        FileStatus status;
        long result = FileStatus.Read(directory, path, &status);
        if (trusted && result == -Constants.ENOENT) return 0;
        if (result >= 0)
        {
            bool hidesDirectory = (status.Mode & Constants.S_IFMT) == Constants.S_IFDIR;
            ushort cover = hidesDirectory ? step.Extra : step.From;
            if (hidesDirectory && ThePlan.Slot(cover) < 0)
            {
                // The first directory gets the mount itself: before Linux 6.15 there is no clone of a mount that is nowhere.
                result = MakeEmpty(cover);
                if (result >= 0) result = Kernel.Call(SystemCall.move_mount, result, Bytes.Address("\0"u8), directory, (long)path,
                    Constants.MOVE_MOUNT_F_EMPTY_PATH | Constants.MOVE_MOUNT_T_EMPTY_PATH);
            }
            else
            {
                result = Kernel.Call(SystemCall.open_tree, ThePlan.Slot(cover), Bytes.Address("\0"u8),
                    Constants.OPEN_TREE_CLONE | Constants.O_CLOEXEC | Constants.AT_EMPTY_PATH);
                if (result >= 0) result = Place(step, result, directory, (long)path);
            }
        }
        if (!trusted) Kernel.Call(SystemCall.close, directory);
        return result;
    }

    /// <summary>One empty, read-only directory, which all masked directories show.</summary>
    static long MakeEmpty(ushort slot)
    {
        long context = Kernel.Call(SystemCall.fsopen, Bytes.Address("tmpfs\0"u8), Constants.FSOPEN_CLOEXEC);
        if (context < 0) return context;
        long result = Kernel.Call(SystemCall.fsconfig, context, Constants.FSCONFIG_SET_STRING, Bytes.Address("mode\0"u8), Bytes.Address("755\0"u8));
        if (result >= 0) result = Kernel.Call(SystemCall.fsconfig, context, Constants.FSCONFIG_CMD_CREATE);
        if (result >= 0) result = Kernel.Call(SystemCall.fsmount, context, Constants.FSMOUNT_CLOEXEC, Constants.MOUNT_ATTR_RDONLY_NOSUID_NODEV_NOEXEC);
        Kernel.Call(SystemCall.close, context);
        if (result >= 0) ThePlan.Keep(slot, result);
        return result;
    }

    /// <summary>Notes that the target is what failed, unless a part of it is named already.</summary>
    static long Target(long result)
    {
        if (ThePlan.Header->FailedStage == Stage.Whole) ThePlan.Fail(Stage.Target, result);
        return result;
    }
}
