using System.Buffers;
using System.Text.Json;
using Kist.Linux;
using Kist.Runtime;
using Kist.Runtime.Cgroups;
using Kist.Runtime.Steps;
using Kist.Spec;
using Kist.Tests.Support;

namespace Kist.Tests.Unit.Runtime;

/// <summary>What a plan says about itself, and what it refuses.</summary>
public sealed class PlanContentTests
{
    static RuntimeSpec Everything => Plans.With(Plans.WithLinux(Plans.Engine, linux => linux with
    {
        RootfsPropagation = "slave",
        Devices = [new("/dev/fuse", 'c', 10, 229, 0x1B6, 0, 0)],
        Sysctl = new Dictionary<string, string> { ["kernel.msgmax"] = "1000", ["net/ipv4/conf/eth0.1/forwarding"] = "1" },
        Resources = new()
        {
            Memory = new() { Limit = 1 << 20, Swap = 2 << 20, Reservation = 1 << 19 }, Cpu = new() { Period = 50_000, Shares = 3, Cpus = "0", Mems = "0" }, PidsLimit = 3,
            Devices = [new(false, 'a', null, null, "rwm")],
        },
    }), process => process with
    {
        Terminal = true, OomScoreAdj = 5, Rlimits = [new("RLIMIT_CORE", 0, ulong.MaxValue)], NoNewPrivileges = true,
        User = new() { Uid = 1, Gid = 2, Umask = 7, AdditionalGids = [3, 4] }, Capabilities = process.Capabilities! with { Inheritable = 1, Ambient = 1 },
    }) with { Hostname = "here", Domainname = "example", Root = new("rootfs", Readonly: true) };

    [Test]
    public async Task Every_step_says_what_it_does_and_why()
    {
        foreach (CgroupLayout layout in (CgroupLayout[])[Plans.V1, Plans.V2])
            foreach (Step step in Plans.Create(Everything, Plans.Facts(layout)).Steps)
            {
                await Assert.That(step.Operation).IsNotEmpty();
                await Assert.That(step.Why).IsNotEmpty();
                await Assert.That(step.SystemCall).IsNotEmpty();
            }
    }

    [Test]
    public async Task Every_field_that_a_step_names_is_there_in_the_document()
    {
        ArrayBufferWriter<byte> buffer = new();
        RuntimeSpecWriter.Write(Everything, buffer);
        using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory);
        foreach (CgroupLayout layout in (CgroupLayout[])[Plans.V1, Plans.V2])
            foreach (Step step in Plans.Create(Everything, Plans.Facts(layout)).Steps)
                if (step.Field != "")
                    await Assert.That(Resolves(document.RootElement, step.Field)).IsTrue().Because($"{step.Operation} names {step.Field}");
    }

    static bool Resolves(JsonElement element, string pointer)
    {
        foreach (string part in pointer.Split('/')[1..])
        {
            string name = part.Replace("~1", "/").Replace("~0", "~");
            if (element.ValueKind == JsonValueKind.Array && int.TryParse(name, out int index) && index < element.GetArrayLength()) element = element[index];
            else if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)) return false;
        }
        return true;
    }

    [Test]
    public async Task The_same_request_has_the_same_plan() => await Assert.That(Plans.Text(Plans.Create(Everything))).IsEqualTo(Plans.Text(Plans.Create(Everything)));

    public static IEnumerable<Func<(string Field, RuntimeSpec Spec)>> Unsupported()
    {
        RuntimeSpec spec = Plans.Default;
        Resources none = spec.Linux.Resources;
        yield return () => ("/linux/namespaces/0/path", Plans.WithLinux(spec, linux => linux with { Namespaces = [new(NamespaceType.Network, "/run/netns/a")] }));
        yield return () => ("/hooks", spec with { Hooks = new() { Prestart = [new() { Path = "/bin/true" }] } });
        yield return () => ("/hooks", spec with { Hooks = new() { Poststop = [new() { Path = "/bin/true" }] } });
        yield return () => ("/linux/intelRdt", Plans.WithLinux(spec, linux => linux with { IntelRdt = new() }));
        yield return () => ("/linux/memoryPolicy", Plans.WithLinux(spec, linux => linux with { MemoryPolicy = new("MPOL_BIND", "0", []) }));
        yield return () => ("/linux/netDevices", Plans.WithLinux(spec, linux => linux with { NetDevices = new Dictionary<string, string?> { ["eth0"] = null } }));
        yield return () => ("/linux/mountLabel", Plans.WithLinux(spec, linux => linux with { MountLabel = "system_u:object_r:a_t:s0" }));
        yield return () => ("/process/apparmorProfile", Plans.With(spec, process => process with { ApparmorProfile = "a" }));
        yield return () => ("/process/selinuxLabel", Plans.With(spec, process => process with { SelinuxLabel = "a" }));
        yield return () => ("/process/scheduler", Plans.With(spec, process => process with { Scheduler = new() { Policy = "SCHED_FIFO" } }));
        yield return () => ("/process/ioPriority", Plans.With(spec, process => process with { IoPriority = new("IOPRIO_CLASS_IDLE", 0) }));
        yield return () => ("/linux/resources/blockIO", Plans.WithLinux(spec, linux => linux with { Resources = none with { BlockIo = new() } }));
        yield return () => ("/linux/resources/hugepageLimits", Plans.WithLinux(spec, linux => linux with { Resources = none with { HugepageLimits = [new("2MB", 1)] } }));
        yield return () => ("/linux/resources/memory/swappiness", Plans.WithLinux(spec, linux => linux with { Resources = none with { Memory = new() { Swappiness = 3 } } }));
        yield return () => ("/linux/resources/cpu/realtimeRuntime", Plans.WithLinux(spec, linux => linux with { Resources = none with { Cpu = new() { RealtimeRuntime = 3 } } }));
        yield return () => ("/linux/seccomp/listenerPath", Plans.WithLinux(spec, linux => linux with { Seccomp = new() { DefaultAction = SeccompAction.Allow, ListenerPath = "/run/a" } }));
        yield return () => ("/mounts/0/uidMappings", spec with { Mounts = [new() { Destination = "/a", Type = "bind", Source = "/", Options = ["bind", "idmap"] }] });
        yield return () => ("/mounts/0/options", spec with { Mounts = [new() { Destination = "/a", Type = "tmpfs", Options = ["tmpcopyup"] }] });
        yield return () => ("/mounts/0/options", spec with { Mounts = [new() { Destination = "/a", Type = "tmpfs", Options = ["=3"] }] });
        yield return () => ("/mounts/0/source", spec with { Mounts = [new() { Destination = "/a", Type = "bind" }] });
        yield return () => ("/mounts/0/type", spec with { Mounts = [new() { Destination = "/a" }] });
        yield return () => ("/mounts", Plans.WithoutNamespace(spec, NamespaceType.Mount));
        yield return () => ("/process", spec with { Process = null });
        yield return () => ("/process/args", Plans.With(spec, process => process with { Args = [] }));
        yield return () => ("/root", spec with { Root = null });
        yield return () => ("/linux/uidMappings", Plans.WithNamespace(spec, NamespaceType.User));
        yield return () => ("/process/terminal", Plans.With(spec, process => process with { Terminal = true }) with { Mounts = [] });
    }

    [Test]
    [MethodDataSource(nameof(Unsupported))]
    public async Task What_cannot_be_had_is_an_error_that_begins_with_the_field(string field, RuntimeSpec spec)
    {
        KistException? error = null;
        try
        {
            Plans.Create(spec);
        }
        catch (KistException caught)
        {
            error = caught;
        }
        await Assert.That(error?.Message ?? "no error").StartsWith(field + ":");
    }

    [Test]
    [Arguments(false, "/linux/resources/pids: cannot be enforced here: no control groups")]
    [Arguments(true, "/linux/resources/pids: cannot be enforced here: cgroup v1 cannot be delegated")]
    public async Task A_limit_that_cannot_be_enforced_is_never_left_out(bool v1, string message)
    {
        HostFacts facts = Plans.Facts(v1 ? Plans.V1 : CgroupLayout.None, root: false);
        await Assert.That(() => Plans.Create(Plans.Engine, facts)).Throws<KistException>().WithMessageContaining(message);
    }

    [Test]
    public async Task A_limit_of_a_user_makes_the_cgroup_a_must()
    {
        LaunchPlan plan = LaunchPlan.Create(Plans.Request(Plans.WithUserNamespace(Plans.Engine)) with { CgroupOptional = true }, Plans.Facts(root: false));
        await Assert.That(((MakeCgroups)plan.Steps[Plans.IndexOf(plan, step => step is MakeCgroups)]).Optional).IsFalse();
    }

    [Test]
    public async Task A_limit_that_says_nothing_needs_no_controller()
    {
        LaunchPlan plan = Plans.Create(Plans.WithLinux(Plans.Engine, linux => linux with { Resources = new() { Memory = new() { DisableOomKiller = false } } }));
        await Assert.That(plan.Steps.Any(step => step is EnableControllers)).IsFalse();
    }

    [Test]
    public async Task Offsets_of_clocks_need_a_kernel_whose_execve_enters_the_namespace()
    {
        RuntimeSpec spec = Plans.WithLinux(Plans.WithNamespace(Plans.Default, NamespaceType.Time), linux => linux with { TimeOffsets = new Dictionary<string, TimeOffset> { ["boottime"] = new(1, 0) } });
        await Assert.That(() => Plans.Create(spec, Plans.Facts(major: 6, minor: 1))).Throws<KistException>().WithMessageContaining("/linux/timeOffsets: this kernel is Linux 6.1");
        await Assert.That(Plans.Has(Plans.Create(spec, Plans.Facts(major: 6, minor: 3)), "write \"boottime 1 0")).IsTrue();
    }

    [Test]
    public async Task Capabilities_that_the_caller_lacks_are_left_out_and_said()
    {
        LaunchPlan plan = Plans.Create(Plans.Default, Plans.Facts() with { Capabilities = Plans.AllCapabilities & ~(1UL << 5) });
        await Assert.That(Items.Of(plan.Warnings)).IsEqualTo(Items.Of(["CAP_KILL is left out: this process does not have it itself"]));
        await Assert.That(Plans.Has(plan, "set capabilities: 2 effective, 2 permitted, 0 inheritable")).IsTrue();
    }

    [Test]
    public async Task In_a_user_namespace_every_capability_can_be_had()
    {
        LaunchPlan plan = Plans.Create(Plans.WithUserNamespace(Plans.Default), Plans.Facts() with { Capabilities = 0 });
        await Assert.That(plan.Warnings).IsEmpty();
    }

    [Test]
    [Arguments("/proc/")]
    [Arguments("//proc")]
    [Arguments("proc")]
    public async Task However_it_is_written_proc_is_the_mount_that_masks_start_from(string destination)
    {
        RuntimeSpec spec = Plans.Default with { Mounts = [new() { Destination = destination, Type = "proc", Source = "proc" }, .. Plans.Default.Mounts.Skip(1)] };
        await Assert.That(Plans.Text(Plans.Create(spec))).IsEqualTo(Plans.Text(Plans.Create(Plans.Default)));
    }

    [Test]
    public async Task A_program_without_a_slash_is_looked_for_where_PATH_says()
    {
        LaunchPlan plan = Plans.Create(Plans.With(Plans.Default, process => process with { Args = ["ls"], Env = ["PATH=/a:/b::relative"] }));
        await Assert.That(Items.Of(((ExecuteProgram)plan.Steps[^1]).Candidates)).IsEqualTo(Items.Of(["/a/ls", "/b/ls", "./ls", "relative/ls"]));
    }

    [Test]
    public async Task With_one_mapped_group_of_a_users_no_groups_are_set_and_asking_for_them_is_an_error()
    {
        RuntimeSpec spec = DefaultSpec.Create(rootless: true, 1000, 1000, unifiedCgroups: true);
        await Assert.That(Plans.Create(spec, Plans.Facts(root: false)).Steps.Any(step => step is SetGroups)).IsFalse();
        spec = Plans.With(spec, process => process with { User = new() { AdditionalGids = [5] } });
        await Assert.That(() => Plans.Create(spec, Plans.Facts(root: false))).Throws<KistException>().WithMessageContaining("/process/user/additionalGids: cannot be set");
    }
}
