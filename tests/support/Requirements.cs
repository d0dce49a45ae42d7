using TUnit.Core;

namespace Kist.Tests.Support;

/// <summary>What a test needs of the machine. Without it the test is skipped, with the reason.</summary>
public static class Requirements
{
    public static bool IsRoot { get; } = Environment.UserName == "root";

    public static void Root()
    {
        if (!IsRoot)
            Skip.Test("needs root");
    }

    public static void NotRoot()
    {
        if (IsRoot)
            Skip.Test("is about users other than root");
    }

    /// <summary>The unified hierarchy, alone on /sys/fs/cgroup.</summary>
    public static void CgroupV2()
    {
        if (!File.Exists("/sys/fs/cgroup/cgroup.controllers"))
            Skip.Test("needs pure cgroup v2");
    }

    public static void CgroupV1()
    {
        if (File.Exists("/sys/fs/cgroup/cgroup.controllers"))
            Skip.Test("needs cgroup v1");
    }

    /// <summary>A program in PATH, or in the directories of the administrator's.</summary>
    public static string Program(string name)
    {
        string path = (Environment.GetEnvironmentVariable("PATH") ?? "") + ":/usr/sbin:/sbin:/usr/bin:/bin";
        foreach (string directory in path.Split(':', StringSplitOptions.RemoveEmptyEntries))
            if (File.Exists(Path.Combine(directory, name)))
                return Path.Combine(directory, name);
        Skip.Test($"needs {name}");
        return "";
    }
}
