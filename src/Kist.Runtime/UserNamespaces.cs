using Kist.Linux;

namespace Kist.Runtime;

/// <summary>Why a host forbids user namespaces, and how to allow them.</summary>
public static class UserNamespaces
{
    /// <summary>Names the switch that is off: a sysctl or a security module.</summary>
    public static string WhyForbidden(Errno errno)
    {
        if (Value("/proc/sys/user/max_user_namespaces") == "0")
            return "this host allows no user namespaces: sysctl user.max_user_namespaces is 0; allow them with: sysctl -w user.max_user_namespaces=15000";
        if (Value("/proc/sys/kernel/unprivileged_userns_clone") == "0")
            return "this host allows them to root only: sysctl kernel.unprivileged_userns_clone is 0; allow them with: sysctl -w kernel.unprivileged_userns_clone=1";
        if (Value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1")
            return "AppArmor on this host restricts them: sysctl kernel.apparmor_restrict_unprivileged_userns is 1; load a profile for kist that grants userns, or: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
        return errno is Errno.ENOSPC or Errno.EUSERS
            ? "the limit of user namespaces, or of their depth, is reached (sysctl user.max_user_namespaces)"
            : "a security module, a seccomp filter or a chroot around this process forbids user namespaces";
    }

    /// <summary>A sysctl's value, or null where the kernel has none.</summary>
    public static string? Value(string path) => Kernel.ReadFile(Kernel.AT_FDCWD, path, out _) is { } text ? System.Text.Encoding.ASCII.GetString(text).Trim() : null;
}
