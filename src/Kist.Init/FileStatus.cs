using System.Runtime.InteropServices;

namespace Kist.Init;

/// <summary>statx(2)'s structure, which is the same on every architecture: only what is used here has a name.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
unsafe struct FileStatus
{
    const int STATX_TYPE_MODE = 3;

    [FieldOffset(28)] public ushort Mode;

    public static long Read(int directory, byte* path, FileStatus* status)
        => Kernel.Call(SystemCall.statx, directory, (long)path, Constants.AT_EMPTY_PATH, STATX_TYPE_MODE, (long)status);
}
