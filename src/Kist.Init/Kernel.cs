global using Kist.Linux;
global using Kist.Plan;
using System;
using System.Runtime;
using System.Runtime.CompilerServices;

namespace Kist.Init;

static class Kernel
{
    /// <summary>The bare system call: a result, or -errno.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "kist_syscall")]
    internal static extern long Call(SystemCall number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0);
}

/// <summary>The kernel's constants, under their own names; those that differ between processors are in SystemCall.*.cs.</summary>
static class Constants
{
    public const int EPERM = 1, ENOENT = 2, EINTR = 4, EAGAIN = 11, EACCES = 13, EEXIST = 17, ENOTDIR = 20, EINVAL = 22, EPIPE = 32, ELOOP = 40, ENOSYS = 38;
    public const int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_EMPTY_PATH = 0x1000, AT_RECURSIVE = 0x8000;
    public const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0x40, O_EXCL = 0x80, O_NOCTTY = 0x100, O_CLOEXEC = 0x80000, O_PATH = 0x200000;
    public const int RESOLVE_NO_XDEV = 1, RESOLVE_NO_MAGICLINKS = 2, RESOLVE_NO_SYMLINKS = 4, RESOLVE_BENEATH = 8, RESOLVE_IN_ROOT = 16;
    public const int PROC_SUPER_MAGIC = 0x9fa0;
    public const int PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1, MNT_DETACH = 2, CLOCK_MONOTONIC = 1, CLOSE_RANGE_CLOEXEC = 4;
    public const int FSOPEN_CLOEXEC = 1, FSMOUNT_CLOEXEC = 1, FSCONFIG_SET_FLAG = 0, FSCONFIG_SET_STRING = 1, FSCONFIG_SET_FD = 5, FSCONFIG_CMD_CREATE = 6;
    public const int OPEN_TREE_CLONE = 1, MOVE_MOUNT_F_EMPTY_PATH = 4, MOVE_MOUNT_T_SYMLINKS = 0x10, MOVE_MOUNT_T_EMPTY_PATH = 0x40, MS_MOVE = 0x2000, MOUNT_ATTR_RDONLY_NOSUID_NODEV_NOEXEC = 15;
    public const int S_IFMT = 0xF000, S_IFDIR = 0x4000, S_IFREG = 0x8000, S_IFCHR = 0x2000;
    public const int SIGKILL = 9, SIGCHLD = 17, SIG_SETMASK = 2, SIG_BLOCK = 0, PR_SET_PDEATHSIG = 1;
}

/// <summary>The plan that this process executes.</summary>
static unsafe class ThePlan
{
    static PlanHeader* s_header;
    static int* s_slots;

    public static PlanHeader* Header => s_header;

    public static bool Map(int descriptor, int size)
    {
        long memory = Kernel.Call(SystemCall.mmap, 0, size, Constants.PROT_READ | Constants.PROT_WRITE, Constants.MAP_SHARED, descriptor);
        if (memory < 0) return false;
        Kernel.Call(SystemCall.close, descriptor);
        s_header = (PlanHeader*)memory;
        if (s_header->Version != PlanHeader.CurrentVersion) return false;
        s_slots = (int*)At(s_header->Slots);
        return true;
    }

    public static byte* At(uint offset) => (byte*)s_header + offset;

    public static int Slot(ushort slot) => s_slots[slot];

    public static void Keep(ushort slot, long descriptor) => s_slots[slot] = (int)descriptor;

    /// <summary>Notes which part of a step failed, and hands its -errno on.</summary>
    public static long Fail(Stage stage, long result)
    {
        s_header->FailedStage = stage;
        return result;
    }
}

static unsafe class Bytes
{
    /// <summary>The address of a literal, which lies in the executable and does not move.</summary>
    public static long Address(ReadOnlySpan<byte> literal) { fixed (byte* first = literal) return (long)first; }

    public static int Length(byte* text)
    {
        int length = 0;
        while (text[length] != 0) length++;
        return length;
    }

    public static int Number(byte* digits)
    {
        int value = 0;
        for (; *digits != 0; digits++) value = value * 10 + (*digits - '0');
        return value;
    }
}
