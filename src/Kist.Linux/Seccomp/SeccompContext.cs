namespace Kist.Linux;

/// <summary>A filter under construction, scmp_filter_ctx. Dispose it.</summary>
public readonly unsafe ref struct SeccompContext
{
    readonly nint context;

    /// <summary>seccomp_init(3) for the native architecture; see <see cref="IsValid"/>.</summary>
    public SeccompContext(uint defaultAction) => context = LibSeccomp.seccomp_init(defaultAction);

    /// <summary>False if the library refused the default action or had no memory.</summary>
    public bool IsValid => context != 0;

    /// <summary>seccomp_attr_set(3): 0 or -errno.</summary>
    public int Set(ScmpAttribute attribute, uint value) => LibSeccomp.seccomp_attr_set(context, attribute, value);

    /// <summary>seccomp_arch_add(3): 0 or -errno.</summary>
    public int AddArchitecture(uint token) => LibSeccomp.seccomp_arch_add(context, token);

    /// <summary>seccomp_arch_remove(3): 0 or -errno.</summary>
    public int RemoveArchitecture(uint token) => LibSeccomp.seccomp_arch_remove(context, token);

    /// <summary>seccomp_rule_add_array(3): 0 or -errno.</summary>
    public int AddRule(uint action, int number, ReadOnlySpan<ScmpArgument> arguments)
    {
        fixed (ScmpArgument* first = arguments)
            return LibSeccomp.seccomp_rule_add_array(context, action, number, (uint)arguments.Length, first);
    }

    /// <summary>The program, sock_filter after sock_filter, or null and -errno.</summary>
    /// <param name="error">0 or -errno.</param>
    public byte[]? Export(out int error)
    {
        // Through a memfd, not a pipe: a pipe's buffer may be as small as a page for users with many pipes.
        int memfd;
        fixed (byte* name = "seccomp"u8)
            memfd = (int)Kernel.Call(SystemCall.memfd_create, (nint)name, 1 /* MFD_CLOEXEC */);
        if (memfd < 0)
        {
            error = memfd;
            return null;
        }
        byte[]? program = null;
        error = LibSeccomp.seccomp_export_bpf(context, memfd);
        long size = error < 0 ? 0 : Kernel.Call(SystemCall.lseek, memfd, 0, 2 /* SEEK_END */);
        if (error == 0 && size < 0)
            error = (int)size;
        if (error == 0)
        {
            program = new byte[size];
            long rewound = Kernel.Call(SystemCall.lseek, memfd, 0, 0 /* SEEK_SET */);
            fixed (byte* start = program)
                size -= Kernel.Call(SystemCall.read, memfd, (nint)start, (nint)size);
            if (rewound != 0 || size != 0)
            {
                error = -(int)Errno.EIO;
                program = null;
            }
        }
        _ = Kernel.Call(SystemCall.close, memfd);
        return program;
    }

    /// <summary>seccomp_release(3).</summary>
    public void Dispose()
    {
        if (context != 0)
            LibSeccomp.seccomp_release(context);
    }
}
