using Kist.Linux;
using Kist.Runtime;
using Kist.Runtime.Cgroups;
using Kist.Runtime.Steps;
using Kist.Spec;
using Kist.Tests.Support;

namespace Kist.Tests.Unit.Runtime;

/// <summary>What has to come before what, whatever is asked for.</summary>
public sealed class PlanOrderTests
{
    [Test]
    public async Task The_cgroup_is_there_before_the_clone_that_is_born_in_it()
    {
        LaunchPlan plan = Plans.Create(Plans.Engine);
        var clone = (CloneContainer)plan.Steps[Plans.IndexOf(plan, step => step is CloneContainer)];
        await Assert.That(clone.Cgroup).IsEqualTo("/sys/fs/cgroup/kist-one");
        await Assert.That(Plans.IndexOf(plan, step => step is MakeCgroups)).IsLessThan(Plans.IndexOf(plan, step => step is CloneContainer));
    }

    [Test]
    public async Task On_cgroup_v1_every_hierarchy_is_entered_before_the_cgroup_namespace_is_made()
    {
        LaunchPlan plan = Plans.Create(Plans.Engine, Plans.Facts(Plans.V1));
        int unshare = Plans.IndexOf(plan, "make a cgroup namespace");
        int[] joins = [.. plan.Steps.Index().Where(item => item.Item is JoinCgroup).Select(item => item.Index)];
        await Assert.That(joins.Length).IsEqualTo(6);
        await Assert.That(joins.Max()).IsLessThan(unshare);
    }

    [Test]
    public async Task The_clone_makes_no_cgroup_namespace_which_would_be_rooted_at_the_callers_cgroup()
    {
        LaunchPlan plan = Plans.Create(Plans.Engine);
        var clone = (CloneContainer)plan.Steps[Plans.IndexOf(plan, step => step is CloneContainer)];
        await Assert.That(clone.Namespaces & CloneFlag.CLONE_NEWCGROUP).IsEqualTo(0ul);
    }

    [Test]
    public async Task Id_maps_are_the_first_thing_after_the_clone()
    {
        LaunchPlan plan = Plans.Create(Plans.WithUserNamespace(Plans.Engine));
        await Assert.That(Plans.IndexOf(plan, step => step is WriteIdMaps)).IsEqualTo(Plans.IndexOf(plan, step => step is CloneContainer) + 1);
    }

    [Test]
    public async Task Limits_are_written_before_the_container_is_let_go_on()
    {
        LaunchPlan plan = Plans.Create(Plans.Engine);
        int go = Plans.IndexOf(plan, step => step is LetGo);
        await Assert.That(Plans.IndexOf(plan, "write \"100\" to /sys/fs/cgroup/kist-one/pids.max")).IsLessThan(go);
        await Assert.That(Plans.IndexOf(plan, step => step is FilterDevices)).IsLessThan(go);
        await Assert.That(Plans.IndexOf(plan, "wait until the host side")).IsLessThan(Plans.IndexOf(plan, "become user"));
    }

    [Test]
    public async Task Controllers_are_switched_on_before_limits_are_written()
    {
        LaunchPlan plan = Plans.Create(Plans.Engine);
        await Assert.That(Plans.IndexOf(plan, step => step is EnableControllers)).IsLessThan(Plans.IndexOf(plan, "write \"100\""));
    }

    [Test]
    public async Task On_cgroup_v1_a_cpuset_has_its_processors_before_anything_enters_it()
    {
        LaunchPlan plan = Plans.Create(Plans.WithLinux(Plans.Engine, linux => linux with { Resources = new() { Cpu = new() { Cpus = "0" } } }), Plans.Facts(Plans.V1));
        await Assert.That(Plans.IndexOf(plan, "write \"0\" to /sys/fs/cgroup/cpuset/kist-one/cpuset.cpus")).IsLessThan(Plans.IndexOf(plan, step => step is CloneContainer));
    }

    [Test]
    public async Task A_sysctl_is_written_before_proc_sys_is_made_read_only()
    {
        LaunchPlan plan = Plans.Create(Plans.WithLinux(Plans.Default, linux => linux with { Sysctl = new Dictionary<string, string> { ["kernel.msgmax"] = "1000" } }));
        await Assert.That(Plans.IndexOf(plan, "write \"1000\" to /proc/sys/kernel/msgmax")).IsLessThan(Plans.IndexOf(plan, "mount /proc/sys on itself"));
    }

    [Test]
    public async Task The_root_is_entered_after_everything_that_the_host_has_was_bound()
    {
        LaunchPlan plan = Plans.Create(Plans.Engine with { Mounts = [.. Plans.Engine.Mounts, new() { Destination = "/data", Type = "bind", Source = "/srv", Options = ["bind"] }] });
        await Assert.That(Plans.IndexOf(plan, "bind /srv on /data")).IsLessThan(Plans.IndexOf(plan, step => step is EnterRoot));
    }

    [Test]
    public async Task The_root_is_made_read_only_after_everything_was_made_in_it()
    {
        LaunchPlan plan = Plans.Create(Plans.Default);
        int readOnly = Plans.IndexOf(plan, "make /, ro");
        int last = plan.Steps.Index().Last(item => item.Item is MakeNode or MakeSymlink or MountFilesystem or MaskPath).Index;
        await Assert.That(readOnly).IsGreaterThan(last);
    }

    [Test]
    public async Task Without_no_new_privileges_the_filter_is_loaded_while_capabilities_are_there()
    {
        LaunchPlan plan = Filtered(noNewPrivileges: false);
        await Assert.That(Plans.IndexOf(plan, step => step is LoadSeccompFilter)).IsLessThan(Plans.IndexOf(plan, "leave 14 capabilities"));
        await Assert.That(Plans.IndexOf(plan, step => step is LoadSeccompFilter)).IsLessThan(Plans.IndexOf(plan, step => step is SetCapabilities));
    }

    [Test]
    public async Task With_no_new_privileges_only_the_program_comes_after_the_filter()
    {
        LaunchPlan plan = Filtered(noNewPrivileges: true);
        await Assert.That(Plans.IndexOf(plan, "gain no new privileges")).IsLessThan(Plans.IndexOf(plan, step => step is LoadSeccompFilter));
        await Assert.That(Plans.IndexOf(plan, step => step is LoadSeccompFilter)).IsEqualTo(plan.Steps.Count - 2);
    }

    static LaunchPlan Filtered(bool noNewPrivileges) => LaunchPlan.Create(
        Plans.Request(Plans.With(Plans.Engine, process => process with { NoNewPrivileges = noNewPrivileges })) with { Seccomp = new SeccompChoice.Default() }, Plans.Facts());

    [Test]
    public async Task The_filter_is_compiled_before_the_container_is_let_go_on()
    {
        LaunchPlan plan = Filtered(noNewPrivileges: false);
        await Assert.That(Plans.IndexOf(plan, step => step is PrepareSeccompFilter)).IsLessThan(Plans.IndexOf(plan, step => step is LetGo));
    }

    [Test]
    public async Task Groups_are_left_before_the_user_changes_and_capabilities_are_set_after()
    {
        LaunchPlan plan = Plans.Create(Plans.With(Plans.Engine, process => process with { User = new() { Uid = 1000, Gid = 100 } }));
        int user = Plans.IndexOf(plan, "become user 1000");
        await Assert.That(Plans.IndexOf(plan, step => step is SetGroups)).IsLessThan(Plans.IndexOf(plan, "become group 100"));
        await Assert.That(Plans.IndexOf(plan, "become group 100")).IsLessThan(user);
        await Assert.That(Plans.IndexOf(plan, "keep capabilities")).IsLessThan(user);
        await Assert.That(Plans.IndexOf(plan, step => step is SetCapabilities)).IsGreaterThan(user);
    }

    [Test]
    public async Task Dying_with_the_parent_is_asked_for_after_the_last_change_of_identity_which_would_clear_it()
    {
        LaunchPlan plan = LaunchPlan.Create(Plans.Request(Plans.With(Plans.Engine, process => process with { User = new() { Uid = 1000 } })) with { DieWithParent = true }, Plans.Facts());
        int die = Plans.IndexOf(plan, "die with the process");
        await Assert.That(die).IsGreaterThan(Plans.IndexOf(plan, "become user"));
        await Assert.That(die).IsGreaterThan(Plans.IndexOf(plan, step => step is SetCapabilities));
    }

    [Test]
    public async Task Descriptors_are_closed_before_the_program_and_whoever_stays_as_process_1()
    {
        LaunchPlan plan = LaunchPlan.Create(Plans.Request(Plans.Engine) with { Init = true, PreserveDescriptors = 2 }, Plans.Facts());
        await Assert.That(Plans.IndexOf(plan, "close descriptors from 5 on")).IsLessThan(Plans.IndexOf(plan, "fork; stay as process 1"));
        await Assert.That(plan.Steps[^1]).IsTypeOf<ExecuteProgram>();
    }

    [Test]
    public async Task Each_side_waits_for_what_the_other_sends()
    {
        LaunchPlan plan = Plans.Create(Plans.With(Plans.Engine, process => process with { Terminal = true }));
        Step[] host = [.. plan.Steps.Where(step => step is FetchTerminal or LetGo or AwaitProgram)];
        await Assert.That(Items.Of(host.Select(step => step.GetType()))).IsEqualTo(Items.Of([typeof(FetchTerminal), typeof(LetGo), typeof(AwaitProgram)]));
        await Assert.That(Plans.IndexOf(plan, "tell the host side that the terminal")).IsLessThan(Plans.IndexOf(plan, "wait until the host side"));
    }
}
