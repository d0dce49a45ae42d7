using System.Text;
using Kist.Linux;
using Kist.Plan;
using Kist.Runtime;
using Kist.Runtime.Cgroups;
using Kist.Runtime.Launch;
using Kist.Runtime.Steps;
using Kist.Spec;

namespace Kist.Tests.Support;

/// <summary>Plans of machines that are made up, and plans as text. Nothing here looks at the machine that the test runs on.</summary>
static class Plans
{
    public const ulong AllCapabilities = (1UL << 41) - 1;

    public static CgroupLayout V1 => CgroupLayout.Parse("3:memory:/\n2:cpu,cpuacct:/\n4:cpuset:/\n5:pids:/\n6:devices:/\n1:name=systemd:/\n"u8, unified: false);
    public static CgroupLayout Hybrid => CgroupLayout.Parse("2:memory:/\n1:name=systemd:/user.slice\n0::/user.slice\n"u8, unified: false);
    public static CgroupLayout V2 => CgroupLayout.Parse("0::/user.slice/user-1000.slice/session-1.scope\n"u8, unified: true);

    /// <summary>A newest kernel with cgroup v2, seen by root, unless said otherwise.</summary>
    public static HostFacts Facts(CgroupLayout? cgroups = null, bool root = true, int major = 6, int minor = 18) => new()
    {
        Kernel = new(major, minor),
        Uid = root ? 0u : 1000,
        Gid = root ? 0u : 1000,
        Capabilities = root ? AllCapabilities : 0,
        LastCapability = 40,
        OpenTreeAttr = (major, minor).CompareTo((6, 15)) >= 0,
        Cgroups = cgroups ?? V2,
    };

    public static LaunchRequest Request(RuntimeSpec spec) => new() { Spec = spec, Id = "one", Bundle = "/bundle", StateDirectory = "/run/kist/containers/one" };

    public static LaunchPlan Create(RuntimeSpec spec, HostFacts? facts = null) => LaunchPlan.Create(Request(spec), facts ?? Facts());

    /// <summary>`runc spec`, and no terminal.</summary>
    public static RuntimeSpec Default => With(DefaultSpec.Create(rootless: false, unifiedCgroups: true), process => process with { Terminal = false });

    public static RuntimeSpec With(RuntimeSpec spec, Func<Process, Process> change) => spec with { Process = change(spec.Process!) };

    public static RuntimeSpec WithLinux(RuntimeSpec spec, Func<LinuxSpec, LinuxSpec> change) => spec with { Linux = change(spec.Linux) };

    public static RuntimeSpec WithNamespace(RuntimeSpec spec, NamespaceType type) => WithLinux(spec, linux => linux with { Namespaces = [.. linux.Namespaces, new(type)] });

    public static RuntimeSpec WithoutNamespace(RuntimeSpec spec, NamespaceType type) =>
        WithLinux(spec, linux => linux with { Namespaces = [.. linux.Namespaces.Where(item => item.Type != type)] });

    /// <summary>With a user namespace that maps 65,536 ids that belong to nobody.</summary>
    public static RuntimeSpec WithUserNamespace(RuntimeSpec spec) => WithLinux(WithNamespace(spec, NamespaceType.User), linux => linux with
    {
        UidMappings = [new(0, 1_000_000, 65536)], GidMappings = [new(0, 1_000_000, 65536)],
    });

    /// <summary>What engines ask for: 14 capabilities, their masks, a shared memory of 64 MB.</summary>
    public static RuntimeSpec Engine
    {
        get
        {
            const ulong Capabilities = 0xA80425FB;
            RuntimeSpec spec = With(Default, process => process with
            {
                Args = ["ps", "aux"], Capabilities = new(Capabilities, Capabilities, 0, Capabilities, 0), Rlimits = [], NoNewPrivileges = false,
            });
            return spec with
            {
                Root = new("/var/lib/images/busybox"), Hostname = "one",
                Linux = spec.Linux with { CgroupsPath = "/kist-one", Resources = spec.Linux.Resources with { PidsLimit = 100 } },
            };
        }
    }

    /// <summary>A plan as its golden file has it: a line for each step, with what it is for, and the options that its words do not say.</summary>
    public static unsafe string Text(LaunchPlan plan)
    {
        using PlanEncoder encoder = new(plan);
        PlanStep* encoded = (PlanStep*)((byte*)encoder.Header + encoder.Header->Steps);
        StringBuilder text = new();
        foreach (Step step in plan.Steps)
        {
            text.Append(step.Side == Side.Host ? "host   " : "inside ").Append(step.Operation.Replace("\n", "\\n"));
            if (step.Side == Side.Container && encoded++->Options is var options and not 0) text.Append(" (").Append(options).Append(')');
            text.Append("\n           ").Append(step.SystemCall).Append(step.Field == "" ? "" : $" for {step.Field}").Append(": ").Append(step.Why).Append('\n');
        }
        foreach (InheritedFile file in plan.Inherited) text.Append("hands on ").Append(file.Path).Append(file.Tree is null ? "" : ", a clone of the tree").Append('\n');
        foreach (string warning in plan.Warnings) text.Append("warns: ").Append(warning).Append('\n');
        return text.ToString();
    }

    /// <summary>The position of the one step that does this.</summary>
    public static int IndexOf(LaunchPlan plan, Predicate<Step> wanted)
    {
        int found = -1;
        for (int i = 0; i < plan.Steps.Count; i++)
        {
            if (!wanted(plan.Steps[i])) continue;
            if (found >= 0) throw new InvalidOperationException($"there are two: {plan.Steps[found].Operation}, {plan.Steps[i].Operation}");
            found = i;
        }
        return found >= 0 ? found : throw new InvalidOperationException($"there is none in:\n{Text(plan)}");
    }

    public static int IndexOf(LaunchPlan plan, string operation) => IndexOf(plan, step => step.Operation.StartsWith(operation, StringComparison.Ordinal));

    public static bool Has(LaunchPlan plan, string operation) => plan.Steps.Any(step => step.Operation.StartsWith(operation, StringComparison.Ordinal));
}
