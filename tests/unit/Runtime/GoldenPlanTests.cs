using Kist.Runtime;
using Kist.Runtime.Cgroups;
using Kist.Spec;
using Kist.Tests.Support;

namespace Kist.Tests.Unit.Runtime;

/// <summary>
/// Whole plans, as text: tests/unit/Runtime/Golden has one file for each. A change of the planner shows there, and is reviewed like
/// code. KIST_UPDATE_GOLDEN=DIRECTORY writes the files anew.
/// </summary>
public sealed class GoldenPlanTests
{
    [Test]
    public Task The_default_document_on_cgroup_v2() => Check("default-v2", Plans.Request(DefaultSpec.Create(rootless: false, unifiedCgroups: true)), Plans.Facts());

    [Test]
    public Task The_default_document_on_the_oldest_kernel() => Check("default-v2-5.14", Plans.Request(DefaultSpec.Create(rootless: false, unifiedCgroups: true)), Plans.Facts(major: 5, minor: 14));

    [Test]
    public Task The_default_document_on_cgroup_v1() => Check("default-v1", Plans.Request(DefaultSpec.Create(rootless: false)), Plans.Facts(Plans.V1));

    [Test]
    public Task The_default_document_on_hybrid_cgroups() => Check("default-hybrid", Plans.Request(DefaultSpec.Create(rootless: false)), Plans.Facts(Plans.Hybrid, major: 6, minor: 1));

    [Test]
    public Task The_default_document_without_cgroups() => Check("default-none", Plans.Request(DefaultSpec.Create(rootless: false)), Plans.Facts(CgroupLayout.None));

    [Test]
    public Task A_user_on_cgroup_v2() =>
        Check("rootless-v2", Plans.Request(DefaultSpec.Create(rootless: true, 1000, 1000, unifiedCgroups: true)) with { CgroupOptional = true }, Plans.Facts(root: false));

    [Test]
    public Task A_user_on_cgroup_v1() => Check("rootless-v1", Plans.Request(DefaultSpec.Create(rootless: true, 1000, 1000)), Plans.Facts(Plans.V1, root: false));

    [Test]
    public Task A_users_container_with_more_ids() => Check("rootless-subids",
        Plans.Request(Plans.WithLinux(DefaultSpec.Create(rootless: true, unifiedCgroups: true), linux => linux with
        {
            UidMappings = [new(0, 1000, 1), new(1, 100000, 65536)], GidMappings = [new(0, 1000, 1), new(1, 100000, 65536)],
        })) with { CgroupOptional = true }, Plans.Facts(root: false));

    [Test]
    public Task A_foreground_run_of_the_engine() =>
        Check("engine-v2", Plans.Request(Plans.Engine) with { Seccomp = new SeccompChoice.Default(), DieWithParent = true, NullInput = true }, Plans.Facts());

    [Test]
    public Task A_foreground_run_with_init_on_cgroup_v1() =>
        Check("engine-init-v1", Plans.Request(Plans.Engine) with { Seccomp = new SeccompChoice.Default(), DieWithParent = true, Init = true }, Plans.Facts(Plans.V1, major: 6, minor: 1));

    [Test]
    public Task Root_with_a_user_namespace_opens_on_the_host_side_what_is_mounted() => Check("user-namespace",
        Plans.Request(Plans.WithUserNamespace(Plans.Engine) with
        {
            Mounts = [.. Plans.Engine.Mounts, new() { Destination = "/data", Type = "bind", Source = "/srv/data", Options = ["rbind", "ro"] }],
        }), Plans.Facts());

    [Test]
    public Task Without_pivot_root_the_root_is_moved() => Check("no-pivot", Plans.Request(Plans.Default) with { NoPivot = true }, Plans.Facts());

    [Test]
    public Task Without_a_mount_namespace_the_root_is_changed() => Check("chroot",
        Plans.Request(Plans.WithLinux(Plans.WithoutNamespace(Plans.Default with { Mounts = [] }, NamespaceType.Mount), linux => linux with { MaskedPaths = [], ReadonlyPaths = [] })), Plans.Facts());

    [Test]
    public Task Clocks_of_ones_own() => Check("time-offsets",
        Plans.Request(Plans.WithLinux(Plans.WithNamespace(Plans.Default, NamespaceType.Time), linux => linux with
        {
            TimeOffsets = new Dictionary<string, TimeOffset> { ["monotonic"] = new(86400, 5), ["boottime"] = new(-3, 0) },
        })), Plans.Facts());

    static RootView View => new(
    [
        new(RootPartKind.Overlay, "/", "/"),
        new(RootPartKind.Overlay, "/usr", "/usr"),
        new(RootPartKind.Empty, "/home", Mode: 0x1ED),
        new(RootPartKind.Directory, "/home/me/project", Uid: 1000, Gid: 1000),
        new(RootPartKind.Bind, "/srv/large", "/srv/large", Readonly: true, Recursive: true),
        new(RootPartKind.Bind, "/etc/machine-id", "/etc/machine-id", Readonly: true) { IsFile = true },
        new(RootPartKind.Symlink, "/etc/resolv.conf", "../run/resolv.conf"),
    ], 1 << 30);

    [Test]
    public Task This_machine_copy_on_write() => Check("view-root", Plans.Request(Plans.Engine) with { Root = View }, Plans.Facts());

    [Test]
    public Task This_machine_for_a_user() => Check("view-rootless",
        Plans.Request(DefaultSpec.Create(rootless: true, 1000, 1000, unifiedCgroups: true)) with { Root = View with { UserXattr = true }, CgroupOptional = true }, Plans.Facts(root: false));

    [Test]
    public Task This_machine_with_what_is_written_on_disk() => Check("view-disk",
        Plans.Request(Plans.Engine) with { Root = View with { UserXattr = true, DiskScratch = "/home/me/.cache/kist/one" } }, Plans.Facts(major: 6, minor: 1));

    [Test]
    public Task This_machine_through_id_maps() => Check("view-idmapped", Plans.Request(Plans.WithUserNamespace(Plans.Engine)) with { Root = View with { IdMapped = true } }, Plans.Facts());

    [Test]
    public Task A_bind_as_root_through_id_maps() => Check("view-idmapped-bind",
        Plans.Request(Plans.WithUserNamespace(Plans.Engine)) with { Root = new([new(RootPartKind.Bind, "/", "/srv/root")], 1 << 20) { IdMapped = true } }, Plans.Facts());

    static Resources Limits => new()
    {
        Memory = new() { Limit = 512 << 20, Reservation = 256 << 20, Swap = 1 << 30 },
        Cpu = new() { Shares = 512, Quota = 150_000, Period = 100_000, Cpus = "0-1", Mems = "0" },
        PidsLimit = 64,
    };

    [Test]
    public Task Limits_on_cgroup_v2() => Check("limits-v2",
        Plans.Request(Plans.WithLinux(Plans.Engine, linux => linux with { Resources = Limits with { Unified = new Dictionary<string, string> { ["memory.high"] = "400000000" } } })), Plans.Facts());

    [Test]
    public Task Limits_on_cgroup_v1() => Check("limits-v1", Plans.Request(Plans.WithLinux(Plans.Engine, linux => linux with { Resources = Limits })), Plans.Facts(Plans.V1));

    static RuntimeSpec Devices => Plans.WithLinux(Plans.Engine, linux => linux with
    {
        Devices = [new("/dev/fuse", 'c', 10, 229, 0x1B6, 0, 0), new("/srv/dev/disk", 'b', 8, 0, 0x180, 0, 6), new("/top", 'p', 0, 0, null, null, null)],
        Resources = new() { Devices = [new(false, 'a', null, null, "rwm"), new(true, 'c', 10, 229, "rwm"), new(true, 'b', 8, null, "r")] },
    });

    [Test]
    public Task Devices_on_cgroup_v2() => Check("devices-v2", Plans.Request(Devices), Plans.Facts());

    [Test]
    public Task Devices_on_cgroup_v1() => Check("devices-v1", Plans.Request(Devices), Plans.Facts(Plans.V1));

    [Test]
    public Task Paths_are_covered_where_proc_and_dev_are_the_images() => Check("foreign-proc",
        Plans.Request(Plans.Engine with { Mounts = [] }), Plans.Facts());

    static async Task Check(string name, LaunchRequest request, HostFacts facts)
    {
        string plan = Plans.Text(LaunchPlan.Create(request, facts));
        if (Environment.GetEnvironmentVariable("KIST_UPDATE_GOLDEN") is { Length: > 0 } directory)
            await File.WriteAllTextAsync($"{directory}/{name}.txt", plan);
        else
        {
            using Stream golden = typeof(GoldenPlanTests).Assembly.GetManifestResourceStream($"golden/{name}") ?? throw new FileNotFoundException($"no golden file {name}.txt: make it with KIST_UPDATE_GOLDEN");
            using StreamReader reader = new(golden);
            await Assert.That(plan).IsEqualTo(await reader.ReadToEndAsync());
        }
    }
}
