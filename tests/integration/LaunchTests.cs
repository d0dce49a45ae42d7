using System.Globalization;
using Kist.Linux;
using Kist.Runtime;
using Kist.Runtime.Launch;
using Kist.Spec;
using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Plans that are executed: what is so inside, and that a launch that fails leaves nothing behind.</summary>
[NotInParallel]
public sealed class LaunchTests : IDisposable
{
    readonly TemporaryDirectory folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>busybox with a shell script, and /tmp, which is this test's.</summary>
    async Task<RuntimeSpec> Spec(string script)
    {
        Requirements.Root();
        string root = await RootFilesystems.Busybox();
        string result = Directory.CreateDirectory(folder.Path + "/out").FullName;
        Directory.CreateDirectory(folder.Path + "/state");
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0x1ED);
        File.SetUnixFileMode(result, (UnixFileMode)0x1FF);
        RuntimeSpec spec = Plans.With(Plans.Default, process => process with { Args = ["/bin/sh", "-ec", script], Env = ["PATH=/bin"] });
        spec = Plans.WithLinux(spec, linux => linux with { CgroupsPath = "/kist-test-" + Path.GetFileName(folder.Path)[10..], Resources = Resources.None });
        return spec with { Root = new(root), Mounts = [.. spec.Mounts, new() { Destination = "/tmp", Type = "bind", Source = result, Options = ["bind"] }] };
    }

    LaunchRequest Request(RuntimeSpec spec) => new()
    {
        Spec = spec, Id = "test", Bundle = folder.Path, StateDirectory = folder.Path + "/state", NullInput = false,
    };

    string Run(RuntimeSpec spec, Func<LaunchRequest, LaunchRequest>? change = null)
    {
        LaunchRequest request = Request(spec);
        using RunningContainer container = RunningContainer.Start(LaunchPlan.Create(change?.Invoke(request) ?? request, HostFacts.Probe()));
        int status = container.Wait();
        string output = File.Exists(folder.Path + "/out/result") ? File.ReadAllText(folder.Path + "/out/result") : "";
        return status == 0 ? output.Trim() : throw new InvalidOperationException($"status {status}: {output}");
    }

    [Test]
    public async Task In_a_new_user_namespace_no_capability_is_lost_before_the_plan_drops_it()
    {
        RuntimeSpec spec = Plans.WithUserNamespace(await Spec("grep CapEff /proc/self/status > /tmp/result"));
        spec = Plans.With(spec, process => process with { Capabilities = new(CapabilityTable.All, CapabilityTable.All, 0, CapabilityTable.All, 0) });
        string line = Run(spec);
        ulong all = ulong.MaxValue >> 63 - HostFacts.Probe().LastCapability;
        await Assert.That(ulong.Parse(line.Split('\t')[1], NumberStyles.HexNumber)).IsEqualTo(all);
    }

    [Test]
    public async Task Only_the_capabilities_that_were_asked_for_are_left()
    {
        string[] lines = Run(await Spec("grep Cap /proc/self/status > /tmp/result")).Split('\n');
        await Assert.That(Items.Of(lines)).IsEqualTo(Items.Of(["CapInh:\t0000000000000000", "CapPrm:\t0000000020000420", "CapEff:\t0000000020000420", "CapBnd:\t0000000020000420", "CapAmb:\t0000000000000000"]));
    }

    [Test]
    public async Task Each_namespace_is_another_than_this_machines()
    {
        RuntimeSpec spec = Plans.WithNamespace(Plans.WithUserNamespace(await Spec("cd /proc/self/ns; for n in pid net mnt ipc uts user cgroup time; do readlink $n; done > /tmp/result")), NamespaceType.Time);
        string[] inside = Run(spec).Split('\n');
        await Assert.That(inside.Length).IsEqualTo(8);
        foreach (string line in inside)
            await Assert.That(line).IsNotEqualTo(new FileInfo("/proc/self/ns/" + line.Split(':')[0]).LinkTarget);
    }

    [Test]
    public async Task A_namespace_that_was_not_asked_for_is_this_machines()
    {
        RuntimeSpec spec = Plans.WithoutNamespace(await Spec("readlink /proc/self/ns/net > /tmp/result"), NamespaceType.Network);
        await Assert.That(Run(spec)).IsEqualTo(new FileInfo("/proc/self/ns/net").LinkTarget);
    }

    [Test]
    public async Task A_sysctl_of_the_containers_own_is_set_although_proc_sys_is_read_only()
    {
        RuntimeSpec spec = Plans.WithLinux(await Spec("cat /proc/sys/kernel/msgmax > /tmp/result; ! echo 5 2>/dev/null > /proc/sys/kernel/msgmax"),
            linux => linux with { Sysctl = new Dictionary<string, string> { ["kernel.msgmax"] = "4321" } });
        await Assert.That(Run(spec)).IsEqualTo("4321");
    }

    [Test]
    public async Task The_process_has_no_descriptor_but_the_standard_ones()
    {
        string[] descriptors = Run(await Spec("cd /proc/self/fd; echo * > /tmp/result")).Split(' ');
        // The shell's own redirection and the directory that it lists.
        await Assert.That(Items.Of(descriptors.Where(number => int.Parse(number) < 3))).IsEqualTo(Items.Of(["0", "1", "2"]));
        await Assert.That(descriptors.Length).IsLessThanOrEqualTo(5);
    }

    [Test]
    public async Task Without_a_mount_namespace_the_root_is_changed_and_nothing_is_mounted()
    {
        RuntimeSpec spec = Plans.WithLinux(Plans.WithoutNamespace(await Spec("ls / > /result"), NamespaceType.Mount), linux => linux with { MaskedPaths = [], ReadonlyPaths = [] });
        using TemporaryDirectory root = await RootFilesystems.Copy(spec.Root!.Path);
        Leaks leaks = Leaks.Watch();
        Run(spec with { Mounts = [], Root = new(root.Path) });
        await Assert.That(await File.ReadAllTextAsync(root.Path + "/result")).Contains("bin\n").And.DoesNotContain("home");
        await Assert.That(leaks.Found()).IsEmpty();
    }

    [Test]
    public async Task Clocks_have_the_offsets_that_were_asked_for()
    {
        if (!HostFacts.Probe().Kernel.IsAtLeast(6, 3)) Skip.Test("needs Linux 6.3");
        RuntimeSpec spec = Plans.WithLinux(Plans.WithNamespace(await Spec("cut -d. -f1 /proc/uptime > /tmp/result"), NamespaceType.Time),
            linux => linux with { TimeOffsets = new Dictionary<string, TimeOffset> { ["boottime"] = new(1_000_000, 0) } });
        await Assert.That(long.Parse(Run(spec))).IsGreaterThan(1_000_000);
    }

    [Test]
    public async Task With_init_the_program_is_not_process_1_and_its_status_is_the_containers()
    {
        RuntimeSpec spec = await Spec("echo $$ > /tmp/result; cat /proc/1/comm >> /tmp/result");
        string[] lines = Run(spec, request => request with { Init = true }).Split('\n');
        await Assert.That(lines[0]).IsNotEqualTo("1");
        using RunningContainer container = RunningContainer.Start(LaunchPlan.Create(Request(await Spec("exit 7")) with { Init = true }, HostFacts.Probe()));
        await Assert.That(container.Wait()).IsEqualTo(7);
    }

    [Test]
    public async Task A_trace_has_a_time_for_every_step()
    {
        RuntimeSpec spec = await Spec("true");
        LaunchPlan plan = LaunchPlan.Create(Request(spec) with { Trace = true }, HostFacts.Probe());
        using RunningContainer container = RunningContainer.Start(plan);
        container.Wait();
        await Assert.That(Items.Of(container.Timings.Select(timing => timing.Step))).IsEqualTo(Items.Of(plan.Steps));
        foreach (StepTiming timing in container.Timings)
        {
            await Assert.That(timing.Begin).IsGreaterThan(0ul);
            // Of execve, which does not return, there is a beginning only.
            if (timing.Step != plan.Steps[^1]) await Assert.That(timing.End).IsGreaterThanOrEqualTo(timing.Begin);
        }
    }

    [Test]
    public async Task A_container_that_is_disposed_of_while_it_runs_leaves_nothing()
    {
        RuntimeSpec spec = await Spec("sleep 1000 & sleep 1000");
        Leaks leaks = Leaks.Watch();
        RunningContainer.Start(LaunchPlan.Create(Request(spec), HostFacts.Probe())).Dispose();
        await Assert.That(await leaks.FoundWithin(TimeSpan.FromSeconds(5))).IsEmpty();
    }

    [Test]
    public async Task Without_a_pid_namespace_what_the_program_leaves_running_ends_with_the_container()
    {
        RuntimeSpec spec = Plans.WithoutNamespace(await Spec("sleep 1000 & echo $! > /tmp/result"), NamespaceType.Pid);
        Leaks leaks = Leaks.Watch();
        string process = Run(spec);
        await Assert.That(await leaks.FoundWithin(TimeSpan.FromSeconds(5))).IsEmpty();
        await Assert.That(Directory.Exists($"/proc/{process}") && !(await File.ReadAllTextAsync($"/proc/{process}/status")).Contains("State:\tZ")).IsFalse();
    }

    [Test]
    [Arguments("mount", "the source: ENOENT")]
    [Arguments("filesystem", "this kernel has no such filesystem: ENODEV")]
    [Arguments("option", "an option is refused: EINVAL")]
    [Arguments("limit", "cannot enforce /linux/resources/pids/limit")]
    [Arguments("cwd", "/absent is not in the container: make it")]
    [Arguments("hostname", "set the hostname to")]
    [Arguments("program", "cannot run \"/bin/absent\"")]
    [Arguments("rlimit", "limit RLIMIT_NOFILE to")]
    [Arguments("map", "map users")]
    [Arguments("root", "ENOENT")]
    public async Task A_start_that_fails_says_why_and_leaves_nothing(string cause, string message)
    {
        RuntimeSpec spec = await Spec("true");
        spec = cause switch
        {
            "mount" => spec with { Mounts = [.. spec.Mounts, new() { Destination = "/var", Type = "bind", Source = "/absent", Options = ["bind"] }] },
            "filesystem" => spec with { Mounts = [.. spec.Mounts, new() { Destination = "/var", Type = "absentfs", Source = "a" }] },
            "option" => spec with { Mounts = [.. spec.Mounts, new() { Destination = "/var", Type = "tmpfs", Options = ["absent=3"] }] },
            "limit" => Plans.WithLinux(spec, linux => linux with { Resources = new() { PidsLimit = 1L << 40 } }),
            "cwd" => Plans.With(spec, process => process with { Cwd = "/absent" }),
            "hostname" => spec with { Hostname = new string('h', 65) },
            "program" => Plans.With(spec, process => process with { Args = ["/bin/absent"] }),
            "rlimit" => Plans.With(spec, process => process with { Rlimits = [new("RLIMIT_NOFILE", 1UL << 40, 1UL << 40)] }),
            "map" => Plans.WithLinux(Plans.WithUserNamespace(spec), linux => linux with { UidMappings = [new(0, 1_000_000, 10), new(5, 2_000_000, 10)] }),
            _ => spec with { Root = new("/absent") },
        };
        LaunchPlan plan = LaunchPlan.Create(Request(spec), HostFacts.Probe());
        Leaks leaks = Leaks.Watch();
        string[] descriptors = Descriptors();
        KistException? error = null;
        try
        {
            RunningContainer.Start(plan).Dispose();
        }
        catch (KistException caught)
        {
            error = caught;
        }
        await Assert.That(error?.Message ?? "no error").Contains(message);
        await Assert.That(await leaks.FoundWithin(TimeSpan.FromSeconds(5))).IsEmpty();
        await Assert.That(Items.Of(Descriptors())).IsEqualTo(Items.Of(descriptors));
        await Assert.That(Directory.EnumerateFileSystemEntries(folder.Path + "/state")).IsEmpty();
    }

    /// <summary>Those of the kinds that a launch opens.</summary>
    static string[] Descriptors() => [.. Directory.EnumerateFiles("/proc/self/fd").Order().Select(path => new FileInfo(path).LinkTarget ?? "")
        .Where(target => target.Contains("kist", StringComparison.Ordinal) || target.Contains("pidfd", StringComparison.Ordinal) || target.Contains("/cgroup", StringComparison.Ordinal))];

    [Test]
    public async Task A_link_in_a_root_filesystem_leads_no_directory_and_no_link_out_of_it()
    {
        RuntimeSpec spec = await Spec("ls -d /elsewhere/* > /tmp/result");
        string outside = Directory.CreateDirectory(folder.Path + "/outside").FullName;
        using TemporaryDirectory root = await RootFilesystems.Copy(spec.Root!.Path);
        Directory.CreateDirectory(root.Path + "/elsewhere");
        File.CreateSymbolicLink(root.Path + "/evil", outside);
        Directory.CreateDirectory(root.Path + outside);
        RootView view = new([new(RootPartKind.Overlay, "/", root.Path), new(RootPartKind.Directory, "/evil/made"), new(RootPartKind.Symlink, "/evil/link", "/etc/passwd"), new(RootPartKind.Directory, "/elsewhere/here")], 1 << 20);
        await Assert.That(Run(spec with { Root = new(root.Path) }, request => request with { Root = view })).IsEqualTo("/elsewhere/here");
        await Assert.That(Directory.EnumerateFileSystemEntries(outside)).IsEmpty();
    }

    [Test]
    public async Task What_is_written_to_a_copy_on_write_root_is_gone_afterwards()
    {
        RuntimeSpec spec = await Spec("echo x > /etc/new; rm /etc/passwd; cat /etc/new > /tmp/result");
        RootView view = new([new(RootPartKind.Overlay, "/", spec.Root!.Path)], 1 << 20);
        Leaks leaks = Leaks.Watch();
        await Assert.That(Run(spec, request => request with { Root = view })).IsEqualTo("x");
        await Assert.That(File.Exists(spec.Root.Path + "/etc/new")).IsFalse();
        await Assert.That(File.Exists(spec.Root.Path + "/etc/passwd")).IsTrue();
        await Assert.That(leaks.Found()).IsEmpty();
    }

    [Test]
    public async Task Through_id_maps_root_inside_owns_the_files_and_is_nobody_outside()
    {
        if (!HostFacts.Probe().OpenTreeAttr) Skip.Test("needs Linux 6.15");
        RuntimeSpec spec = Plans.WithUserNamespace(await Spec("stat -c %u /etc/group > /tmp/result; echo x > /etc/group; id -u >> /tmp/result"));
        RootView view = new([new(RootPartKind.Overlay, "/", spec.Root!.Path)], 1 << 20) { IdMapped = true };
        await Assert.That(Run(spec, request => request with { Root = view })).IsEqualTo("0\n0");
        await Assert.That(Kernel.Stat(Kernel.AT_FDCWD, folder.Path + "/out/result", out FileStatus status)).IsEqualTo(Errno.None);
        await Assert.That(status.Uid).IsEqualTo(1_000_000u);
    }

    [Test]
    public async Task A_device_right_below_the_root_is_made()
    {
        RuntimeSpec spec = Plans.WithLinux(await Spec("stat -c %t:%T /nothing /deep/down/nothing > /tmp/result"), linux => linux with
        {
            Devices = [new("/nothing", 'c', 1, 3, null, null, null), new("/deep/down/nothing", 'c', 1, 3, null, null, null)],
        });
        using TemporaryDirectory root = await RootFilesystems.Copy(spec.Root!.Path);
        await Assert.That(Run(spec with { Root = new(root.Path) })).IsEqualTo("1:3\n1:3");
    }

    [Test]
    public async Task Descriptors_that_the_caller_does_not_have_are_not_filled_with_the_launchers_own()
    {
        LaunchRequest request = Request(await Spec("true")) with { PreserveDescriptors = 1000 };
        Leaks leaks = Leaks.Watch();
        await Assert.That(() => RunningContainer.Start(LaunchPlan.Create(request, HostFacts.Probe()))).Throws<KistException>().WithMessageContaining("was to be the caller's");
        await Assert.That(leaks.Found()).IsEmpty();
    }
}
