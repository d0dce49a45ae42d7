using System.Text;

namespace Kist.Linux;

// The mount calls by descriptor, as the host side needs them.
public static unsafe partial class Kernel
{
    const int OPEN_TREE_CLONE = 1, OPEN_TREE_CLOEXEC = 0x80000, AT_RECURSIVE = 0x8000;
    const int FSCONFIG_SET_FLAG = 0, FSCONFIG_SET_STRING = 1, FSCONFIG_SET_FD = 5, FSCONFIG_CMD_CREATE = 6;

    /// <summary>open_tree(2): a descriptor of a mount, or of a detached clone of it.</summary>
    public static int OpenTree(int directory, ReadOnlySpan<char> path, bool clone, bool recursive)
    {
        byte* name = stackalloc byte[PathMaximum];
        if (Encode(path, name) is < 0 and int error) return error;
        return (int)Block(SystemCall.open_tree, directory, (nint)name, (clone ? OPEN_TREE_CLONE : 0) | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0));
    }

    /// <summary>Shows a detached mount's owners through the maps of a user namespace: mount_setattr(2), Linux 5.12.</summary>
    public static int SetIdMap(int mount, int userNamespace)
    {
        ulong* attributes = stackalloc ulong[4] { MountAttribute.MOUNT_ATTR_IDMAP, 0, 0, (ulong)userNamespace };
        byte empty = 0;
        return (int)Block(SystemCall.mount_setattr, mount, (nint)(&empty), AT_EMPTY_PATH, (nint)attributes, 32);
    }

    /// <summary>Sets attributes of a mount, and with <paramref name="recursive"/> of those below: mount_setattr(2).</summary>
    public static int SetMountAttributes(int mount, ulong set, bool recursive, ulong clear = 0, ulong propagation = 0)
    {
        ulong* attributes = stackalloc ulong[4] { set, clear, propagation, 0 };
        byte empty = 0;
        return (int)Block(SystemCall.mount_setattr, mount, (nint)(&empty), AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), (nint)attributes, 32);
    }

    /// <summary>A new, detached mount: fsopen(2), fsconfig(2), fsmount(2).</summary>
    /// <param name="type">The filesystem.</param>
    /// <param name="options">Strings, and flags where the value is null.</param>
    /// <param name="descriptors">Options that take a descriptor.</param>
    /// <param name="attributes">MOUNT_ATTR_….</param>
    /// <param name="message">What the kernel says about a failure.</param>
    /// <returns>Its descriptor, or -errno.</returns>
    public static int MountDetached(string type, ReadOnlySpan<(string Key, string? Value)> options, ReadOnlySpan<(string Key, int Descriptor)> descriptors, ulong attributes, out string message)
    {
        byte* key = stackalloc byte[PathMaximum], value = stackalloc byte[PathMaximum];
        message = "";
        long result = Encode(type, key);
        if (result < 0) return (int)result;
        long context = Block(SystemCall.fsopen, (nint)key, 1);
        if (context < 0) return (int)context;
        result = 0;
        foreach ((string name, string? text) in options)
        {
            result = Encode(name, key);
            if (result >= 0 && text is not null) result = Encode(text, value);
            if (result >= 0) result = Block(SystemCall.fsconfig, (nint)context, text is null ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING, (nint)key, text is null ? 0 : (nint)value);
            if (result < 0) break;
        }
        for (int i = 0; i < descriptors.Length && result >= 0; i++)
        {
            _ = Encode(descriptors[i].Key, key);
            result = Block(SystemCall.fsconfig, (nint)context, FSCONFIG_SET_FD, (nint)key, 0, descriptors[i].Descriptor);
        }
        if (result >= 0) result = Block(SystemCall.fsconfig, (nint)context, FSCONFIG_CMD_CREATE);
        if (result >= 0) result = Block(SystemCall.fsmount, (nint)context, 1, (nint)attributes);
        if (result < 0)
        {
            long length = Block(SystemCall.read, (nint)context, (nint)value, PathMaximum);
            if (length > 0) message = Encoding.UTF8.GetString(value, (int)length).Trim();
        }
        Close((int)context);
        return (int)result;
    }

    /// <summary>Makes a filesystem read-only as a whole, by a descriptor of a mount of it: fspick(2), fsconfig(2).</summary>
    public static int MakeReadOnly(int mount)
    {
        const int FSPICK_CLOEXEC = 1, FSPICK_EMPTY_PATH = 8, FSCONFIG_CMD_RECONFIGURE = 7;
        byte empty = 0;
        long context = Block(SystemCall.fspick, mount, (nint)(&empty), FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
        if (context < 0) return (int)context;
        long result;
        fixed (byte* readOnly = "ro\0"u8) result = Block(SystemCall.fsconfig, (nint)context, FSCONFIG_SET_FLAG, (nint)readOnly);
        if (result >= 0) result = Block(SystemCall.fsconfig, (nint)context, FSCONFIG_CMD_RECONFIGURE);
        Close((int)context);
        return (int)result;
    }

    /// <summary>fchmod(2).</summary>
    public static int Fchmod(int descriptor, uint mode) => (int)Block(SystemCall.fchmod, descriptor, (nint)mode);

    /// <summary>dup3(2) without flags: the copy survives execve(2).</summary>
    public static int Dup(int descriptor, int copy) => (int)Call(SystemCall.dup3, descriptor, copy, 0);
}
