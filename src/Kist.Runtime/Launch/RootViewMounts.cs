using Kist.Linux;
using Kist.Plan;
using Kist.Runtime.Planning;
using Kist.Runtime.Steps;

namespace Kist.Runtime.Launch;

/// <summary>
/// The mounts of a root view that only the host's root can make: lower layers seen through the container's id maps (idmapped
/// mounts, Linux 5.12; as overlay layers 5.19; given to overlayfs detached, by descriptor, 6.15). They are sent over the channel
/// in the order in which the plan attaches them.
/// </summary>
static class RootViewMounts
{
    const int MessageLimit = 200;

    /// <summary>Makes and sends them.</summary>
    /// <returns>A descriptor of the scratch, which the caller closes.</returns>
    public static int Send(LaunchPlan plan, RootView view, int pid, int channel, Step step)
    {
        List<int> mounts = [];
        int userNamespace = Kernel.OpenAt(Kernel.AT_FDCWD, $"/proc/{pid}/ns/user", OpenFlags.O_RDONLY);
        try
        {
            Check(step, userNamespace, "the container's user namespace");
            int scratch = Kernel.MountDetached("tmpfs", [("source", "kist"), ("size", $"{view.ScratchSize}"), ("mode", "755")], [], 0, out string message);
            Check(step, scratch, "the scratch", message);
            mounts.Add(scratch);
            Check(step, Kernel.MkdirAt(scratch, "root", 0x1ED), "the scratch");
            uint root = plan.Request.Spec.Linux.UidMappings[0].HostId, group = plan.Request.Spec.Linux.GidMappings[0].HostId;
            for (int i = 0; i < view.Parts.Count; i++)
            {
                RootPart part = view.Parts[i];
                if (part.Kind == RootPartKind.Overlay) mounts.Add(Overlay(part, i, scratch, userNamespace, root, group, step));
                else if (part.Kind == RootPartKind.Empty) mounts.Add(Empty(part, i, scratch, root, group, step));
                else if (part.Kind == RootPartKind.Bind) mounts.Add(Bind(part, userNamespace, step));
            }
            Check(step, Kernel.FchownAt(scratch, "", root, group, Kernel.AT_EMPTY_PATH), "the scratch");
            for (int sent = 0; sent < mounts.Count;)
            {
                int count = int.Min(MessageLimit, mounts.Count - sent);
                Check(step, Kernel.SendDescriptors(channel, (byte)ChannelByte.Descriptors, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(mounts).Slice(sent, count)), "the channel");
                sent += count;
            }
            int kept = mounts[0];
            mounts.RemoveAt(0);
            return kept;
        }
        finally
        {
            Kernel.Close(userNamespace);
            foreach (int mount in mounts) Kernel.Close(mount);
        }
    }

    static int Overlay(RootPart part, int index, int scratch, int userNamespace, uint root, uint group, Step step)
    {
        int lower = Kernel.OpenTree(Kernel.AT_FDCWD, part.Source, clone: true, recursive: false);
        Check(step, lower, part.Source);
        int upper = -1, work = -1;
        try
        {
            Check(step, Kernel.SetIdMap(lower, userNamespace), part.Source, "this filesystem cannot be shown through id maps");
            upper = MakeDirectory(scratch, $"u{index}", part, root, group, step);
            work = MakeDirectory(scratch, $"w{index}", part with { Mode = 0x1C0 }, root, group, step);
            int overlay = Kernel.MountDetached("overlay", [("source", "kist"), ("redirect_dir", "nofollow"), ("index", "off"), ("metacopy", "off"), ("xino", "off"), ("volatile", null)],
                [("lowerdir+", lower), ("upperdir", upper), ("workdir", work)], 0, out string message);
            Check(step, overlay, part.Source, message);
            return overlay;
        }
        finally
        {
            Kernel.Close(lower);
            Kernel.Close(upper);
            Kernel.Close(work);
        }
    }

    static int Empty(RootPart part, int index, int scratch, uint root, uint group, Step step)
    {
        int directory = MakeDirectory(scratch, $"e{index}", part, root, group, step);
        int clone = Kernel.OpenTree(directory, "", clone: true, recursive: false);
        Kernel.Close(directory);
        Check(step, clone, part.Destination);
        return clone;
    }

    static int Bind(RootPart part, int userNamespace, Step step)
    {
        int clone = Kernel.OpenTree(Kernel.AT_FDCWD, part.Source, clone: true, part.Recursive);
        Check(step, clone, part.Source);
        // A clone of a shared mount is its peer: what the container mounts on it would appear on the host.
        Check(step, Kernel.SetMountAttributes(clone, 0, true, 0, MountFlag.MS_SLAVE), part.Source);
        // Where the filesystem cannot be idmapped its files are nobody's in the container, which is the safe side.
        if (!part.Recursive) _ = Kernel.SetIdMap(clone, userNamespace);
        if (part.Readonly) Check(step, Kernel.SetMountAttributes(clone, MountAttribute.MOUNT_ATTR_RDONLY, part.Recursive), part.Source);
        return clone;
    }

    static int MakeDirectory(int scratch, string name, RootPart part, uint root, uint group, Step step)
    {
        Check(step, Kernel.MkdirAt(scratch, name, part.Mode), name);
        int directory = Kernel.OpenAt(scratch, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW);
        Check(step, directory, name);
        // mkdir(2) heeds the umask, and the owner is whom the container's root is outside.
        _ = Kernel.Fchmod(directory, part.Mode);
        _ = Kernel.FchownAt(directory, "", root + part.Uid, group + part.Gid, Kernel.AT_EMPTY_PATH);
        return directory;
    }

    static void Check(Step step, long result, string on, string message = "")
    {
        if (result >= 0) return;
        KistException error = LaunchError.Of(step, (Errno)(int)-result, on);
        throw message == "" ? error : new KistException($"{error.Message}; {message}");
    }
}
