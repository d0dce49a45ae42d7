using Kist.Engine.Configuration;
using Kist.Linux;
using Kist.Runtime.CommandLine;
using Kist.Spec;

namespace Kist.Tests.Unit.Engine;

/// <summary>Every flag of kist run: what it does to the specification, or to the launch.</summary>
public sealed class RunFlagTests
{
    const ulong SysAdmin = 1UL << 21, NetRaw = 1UL << 13, Chown = 1;

    /// <summary>A value that is taken, for each option that has one.</summary>
    static string ValueOf(Option option) => option.Name switch
    {
        "env" => "A=1", "env-file" => "vars", "volume" => ".:/w", "mount" => "type=tmpfs,dst=/t", "device" => "/dev/fuse", "ulimit" => "nofile=5", "cap-add" or "cap-drop" => "CHOWN",
        "sysctl" => "net.a=1", "annotation" => "a=b", "security-opt" => "no-new-privileges", "workdir" or "tmpfs" or "open" => "/w", "entrypoint" or "user" => "root", "stop-signal" => "INT",
        "network" or "net" => "none", "pid" or "uts" or "ipc" or "userns" or "cgroupns" => "host", "memory-swap" => "-1", "cpuset-cpus" => "0", "hostname" or "name" => "some-name", _ => "5",
    };

    [Test]
    public async Task Every_option_of_the_table_is_read()
    {
        foreach (Option option in RunFlags.Table)
        {
            if (option.Name == "help")
                continue;
            List<string> words = [$"--{option.Name}"];
            if (!option.IsSwitch)
                words.Add(ValueOf(option));
            if (option.Name == "memory-swap")
                words.InsertRange(0, ["-m", "1g"]);
            words.Add(option.Name is "open" or "disk" ? "@host" : "./root");
            RunOptions? options = RunOptionsParser.Parse(words.ToArray(), RunFlags.Run, TypedRun.Caller);
            await Assert.That(options is null).IsFalse().Because($"--{option.Name} is in the table and nobody reads it");
        }
    }

    [Test]
    public async Task Every_letter_stands_for_one_option()
    {
        foreach (Option option in RunFlags.Table)
            if (option.Letter != '\0')
                await Assert.That(RunFlags.Table.Count(other => other.Letter == option.Letter)).IsEqualTo(1);
    }

    [Test]
    public async Task Help_is_asked_for_and_nothing_runs()
    {
        await Assert.That(RunOptionsParser.Parse(["--help"], RunFlags.Run, TypedRun.Caller)).IsNull();
        await Assert.That(TypedRun.Options("./root ls --help").Command).IsEquivalentTo(["ls", "--help"]);
    }

    [Test]
    public async Task Defaults_are_Dockers()
    {
        RuntimeSpec spec = TypedRun.Spec("./root");
        await Assert.That(spec.Process!.Args).IsEquivalentTo(["/bin/sh"]);
        await Assert.That(spec.Process.Cwd).IsEqualTo("/");
        await Assert.That(spec.Process.Terminal).IsFalse();
        await Assert.That(spec.Process.NoNewPrivileges).IsFalse();
        await Assert.That(spec.Process.Env).IsEquivalentTo(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=0123456789ab", "HOME=/root"]);
        await Assert.That(ulong.PopCount(spec.Process.Capabilities!.Bounding)).IsEqualTo(14ul);
        await Assert.That(spec.Process.Capabilities).IsEqualTo(new Capabilities(0xA80425FB, 0xA80425FB, 0, 0xA80425FB, 0));
        await Assert.That(spec.Hostname).IsEqualTo("0123456789ab");
        await Assert.That(spec.Root).IsEqualTo(new Root("/home/me/work/root", false));
        await Assert.That(spec.Linux.Namespaces.Select(item => item.Type)).IsEquivalentTo(
            [NamespaceType.Mount, NamespaceType.Pid, NamespaceType.Ipc, NamespaceType.Uts, NamespaceType.Network, NamespaceType.Cgroup]);
        await Assert.That(spec.Mounts.Select(mount => mount.Destination)).IsEquivalentTo(["/proc", "/sys", "/sys/fs/cgroup", "/dev", "/dev/pts", "/dev/mqueue", "/dev/shm"]);
        await Assert.That(spec.MountAt("/dev/shm")!.Options).Contains("size=67108864");
        await Assert.That(spec.Linux.MaskedPaths).Contains("/proc/kcore");
        await Assert.That(spec.Linux.ReadonlyPaths).Contains("/proc/sys");
        await Assert.That(spec.Linux.Resources.Memory).IsNull();
        await Assert.That(SpecBuilder.UsesDefaultSeccomp(TypedRun.Options("./root"))).IsTrue();
    }

    [Test]
    public async Task The_document_is_one_that_the_runtime_takes()
    {
        foreach (string line in (string[])["./root", "--privileged ./root", "-m 64m --cpus 2 --device /dev/fuse -v .:/w --tmpfs /t ./root", "--network host --pid host --ipc host --uts host --cgroupns host ./root"])
            await Assert.That(() => SpecValidator.Validate(TypedRun.Spec(line))).ThrowsNothing();
    }

    [Test]
    [Arguments("-m 512k", 524288L, 1048576L)]
    [Arguments("-m 64m", 67108864L, 134217728L)]
    [Arguments("--memory=1g --memory-swap 2g", 1073741824L, 2147483648L)]
    [Arguments("-m 1.5GiB --memory-swap=-1", 1610612736L, -1L)]
    [Arguments("-m 1000b --memory-swap 1000", 1000L, 1000L)]
    public async Task Memory_limits_are_bytes(string flags, long memory, long both)
    {
        MemoryResources limits = TypedRun.Spec($"{flags} ./root").Linux.Resources.Memory!;
        await Assert.That((limits.Limit!.Value, limits.Swap!.Value)).IsEqualTo((memory, both));
    }

    [Test]
    public async Task Processor_limits_are_quota_period_shares_and_a_list()
    {
        CpuResources cpu = TypedRun.Spec("--cpus 1.5 --cpu-shares 512 --cpuset-cpus 0-1,3 ./root").Linux.Resources.Cpu!;
        await Assert.That((cpu.Quota, cpu.Period, cpu.Shares, cpu.Cpus)).IsEqualTo((150_000L, 100_000UL, 512UL, "0-1,3"));
        await Assert.That(TypedRun.Spec("-c 1 ./root").Linux.Resources.Cpu!.Shares).IsEqualTo(2ul);
        await Assert.That(TypedRun.Spec("--cpus 0 ./root").Linux.Resources.Cpu).IsNull();
    }

    [Test]
    [Arguments("100", 100L)]
    [Arguments("0", -1L)]
    [Arguments("-1", -1L)]
    public async Task Pids_are_limited_or_not(string value, long limit) =>
        await Assert.That(TypedRun.Spec($"--pids-limit {value} ./root").Linux.Resources.PidsLimit).IsEqualTo(limit);

    [Test]
    public async Task Ulimits_are_soft_and_hard()
    {
        RuntimeSpec spec = TypedRun.Spec("--ulimit nofile=100:200 --ulimit core=0 --ulimit memlock=-1 ./root");
        await Assert.That(spec.Process!.Rlimits).IsEquivalentTo(
            [new Rlimit("RLIMIT_NOFILE", 100, 200), new Rlimit("RLIMIT_CORE", 0, 0), new Rlimit("RLIMIT_MEMLOCK", ulong.MaxValue, ulong.MaxValue)]);
    }

    [Test]
    [Arguments("--cap-add SYS_ADMIN", SysAdmin, 0UL)]
    [Arguments("--cap-add=cap_sys_admin", SysAdmin, 0UL)]
    [Arguments("--cap-drop net_raw", 0UL, NetRaw)]
    [Arguments("--cap-drop ALL --cap-add CHOWN", Chown, SysAdmin | NetRaw)]
    [Arguments("--cap-add ALL --cap-drop NET_RAW", SysAdmin | Chown, NetRaw)]
    [Arguments("--cap-add CHOWN,SYS_ADMIN", SysAdmin | Chown, 0UL)]
    public async Task Capabilities_are_added_and_dropped(string flags, ulong has, ulong lacks)
    {
        ulong bounding = TypedRun.Spec($"{flags} ./root").Process!.Capabilities!.Bounding;
        await Assert.That(bounding & has).IsEqualTo(has);
        await Assert.That(bounding & lacks).IsEqualTo(0ul);
        await Assert.That(bounding & ~CapabilityTable.All).IsEqualTo(0ul);
    }

    [Test]
    public async Task All_means_what_this_process_has_and_in_a_user_namespace_all()
    {
        await Assert.That(TypedRun.Spec("--cap-add ALL ./root", TypedRun.Machine with { Capabilities = Chown }).Process!.Capabilities!.Bounding).IsEqualTo(Chown);
        await Assert.That(TypedRun.Spec("--cap-add ALL ./root", TypedRun.Rootless with { Capabilities = 0 }).Process!.Capabilities!.Bounding).IsEqualTo(CapabilityTable.All);
    }

    [Test]
    public async Task Who_is_not_root_has_capabilities_in_the_bounding_set_alone()
    {
        Process process = TypedRun.Spec("-u alice ./root").Process!;
        await Assert.That(process.Capabilities).IsEqualTo(new Capabilities(0xA80425FB, 0, 0, 0, 0));
        await Assert.That((process.User.Uid, process.User.Gid)).IsEqualTo((1000u, 1000u));
        await Assert.That(process.Env).Contains("HOME=/home/alice");
    }

    [Test]
    public async Task Privileged_has_all_of_it()
    {
        RuntimeSpec spec = TypedRun.Spec("--privileged ./root");
        await Assert.That(spec.Process!.Capabilities!.Effective).IsEqualTo(CapabilityTable.All);
        await Assert.That(spec.Linux.MaskedPaths.Count + spec.Linux.ReadonlyPaths.Count).IsEqualTo(0);
        await Assert.That(spec.MountAt("/sys")!.Options).Contains("rw");
        await Assert.That(spec.MountAt("/sys/fs/cgroup")!.Options).Contains("rw");
        await Assert.That(spec.Linux.Devices.Select(device => device.Path)).IsEquivalentTo(["/dev/kvm"]);
        await Assert.That(spec.Linux.Resources.Devices).IsEquivalentTo([new DeviceRule(true, 'a', null, null, "rwm")]);
        await Assert.That(SpecBuilder.UsesDefaultSeccomp(TypedRun.Options("--privileged ./root"))).IsFalse();
    }

    [Test]
    public async Task Security_options_take_effect()
    {
        await Assert.That(TypedRun.Spec("--security-opt no-new-privileges ./root").Process!.NoNewPrivileges).IsTrue();
        await Assert.That(TypedRun.Spec("--security-opt no-new-privileges:false ./root").Process!.NoNewPrivileges).IsFalse();
        await Assert.That(SpecBuilder.UsesDefaultSeccomp(TypedRun.Options("--security-opt seccomp=unconfined ./root"))).IsFalse();
        await Assert.That(TypedRun.Spec("--security-opt systempaths=unconfined ./root").Linux.MaskedPaths.Count).IsEqualTo(0);
        Seccomp profile = new() { DefaultAction = SeccompAction.Allow };
        RuntimeSpec spec = TypedRun.Spec("--security-opt seccomp=p.json ./root", TypedRun.Machine with { ReadProfile = (file, _) => file == "p.json" ? profile : throw new KistException(file) });
        await Assert.That(spec.Linux.Seccomp).IsEqualTo(profile);
    }

    [Test]
    [Arguments("--pid host", NamespaceType.Pid)]
    [Arguments("--ipc host", NamespaceType.Ipc)]
    [Arguments("--uts host", NamespaceType.Uts)]
    [Arguments("--network host", NamespaceType.Network)]
    [Arguments("--net=host", NamespaceType.Network)]
    [Arguments("--cgroupns host", NamespaceType.Cgroup)]
    public async Task The_hosts_namespace_is_no_new_one(string flags, NamespaceType type)
    {
        await Assert.That(TypedRun.Spec($"{flags} ./root").Linux.Namespaces.Any(item => item.Type == type)).IsFalse();
        await Assert.That(TypedRun.Spec("./root").Linux.Namespaces.Any(item => item.Type == type)).IsTrue();
    }

    [Test]
    public async Task What_belongs_to_a_hosts_namespace_is_bound_from_the_host()
    {
        await Assert.That(TypedRun.Spec("--ipc host ./root").MountAt("/dev/shm")!.Source).IsEqualTo("/dev/shm");
        await Assert.That(TypedRun.Spec("--ipc none ./root").MountAt("/dev/shm")).IsNull();
        await Assert.That(TypedRun.Spec("--uts host ./root").Hostname).IsNull();
        await Assert.That(TypedRun.Spec("--uts host ./root").Process!.Env).Contains("HOSTNAME=thishost");
        await Assert.That(TypedRun.Spec("--network host ./root").Hostname).IsEqualTo("thishost");
        await Assert.That(TypedRun.Spec("--network host ./root").MountAt("/etc/hosts")!.Options).Contains("ro");
        await Assert.That(TypedRun.Spec("--network host ./root").MountAt("/etc/resolv.conf")).IsNull();
        await Assert.That(TypedRun.Spec("--network host ./root", TypedRun.Rootless).MountAt("/sys")!.Type).IsEqualTo("bind");
        await Assert.That(TypedRun.Spec("--pid host ./root", TypedRun.Rootless).MountAt("/proc")!.Type).IsEqualTo("bind");
        await Assert.That(TypedRun.Spec("--cgroupns host --privileged ./root", TypedRun.Rootless).MountAt("/sys/fs/cgroup")!.Options).Contains("ro");
    }

    [Test]
    public async Task Volumes_are_binds_with_absolute_sources()
    {
        RuntimeSpec spec = TypedRun.Spec("-v .:/w:ro -v ../x:/y:rslave,nosuid -v /a/./b/../c:/z:bind ./root");
        await Assert.That(spec.MountAt("/w")!.Source).IsEqualTo("/home/me/work");
        await Assert.That(spec.MountAt("/w")!.Options).IsEquivalentTo(["rbind", "ro", "rprivate"]);
        await Assert.That(spec.MountAt("/y")!.Source).IsEqualTo("/home/me/x");
        await Assert.That(spec.MountAt("/y")!.Options).IsEquivalentTo(["rbind", "rslave", "nosuid"]);
        await Assert.That(spec.MountAt("/z")!.Source).IsEqualTo("/a/c");
        await Assert.That(spec.MountAt("/z")!.Options).IsEquivalentTo(["bind", "rprivate"]);
    }

    [Test]
    public async Task A_relative_place_starts_at_the_working_directory()
    {
        await Assert.That(TypedRun.Spec("-v .:. -w /src ./root").MountAt("/src")!.Source).IsEqualTo("/home/me/work");
        await Assert.That(TypedRun.Spec("-v .:. @host", TypedRun.Machine with { WorkingDirectory = "/home/me/work" }).MountAt("/home/me/work")!.Source).IsEqualTo("/home/me/work");
        await Assert.That(TypedRun.Error("-v .:. ./root")).Contains("give that with -w");
    }

    [Test]
    public async Task Mounts_in_words_are_the_same()
    {
        RuntimeSpec spec = TypedRun.Spec("--mount type=bind,src=.,dst=/w,readonly,bind-propagation=rslave --mount type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1777 --mount type=bind,\"source=/a,b\",destination=/c ./root");
        await Assert.That(spec.MountAt("/w")!.Options).IsEquivalentTo(["rbind", "ro", "rslave"]);
        await Assert.That(spec.MountAt("/t")!.Options).IsEquivalentTo(["noexec", "nosuid", "nodev", "size=1048576", "mode=1777"]);
        await Assert.That(spec.MountAt("/c")!.Source).IsEqualTo("/a,b");
    }

    [Test]
    public async Task A_mount_of_the_users_replaces_the_default_one_and_parents_come_first()
    {
        RuntimeSpec spec = TypedRun.Spec("-v /x:/a/b/c --tmpfs /a --tmpfs /dev/shm:size=1m ./root");
        await Assert.That(spec.Mounts.Count(mount => mount.Destination == "/dev/shm")).IsEqualTo(1);
        await Assert.That(spec.MountAt("/dev/shm")!.Options).Contains("size=1048576");
        List<string> order = [.. spec.Mounts.Select(mount => mount.Destination)];
        await Assert.That(order.IndexOf("/a")).IsLessThan(order.IndexOf("/a/b/c"));
        await Assert.That(TypedRun.Spec("-v /dev:/dev ./root").Mounts.Count(mount => mount.Destination.StartsWith("/dev", StringComparison.Ordinal))).IsEqualTo(1);
    }

    [Test]
    public async Task Devices_are_made_or_bound_where_they_cannot_be_made()
    {
        RuntimeSpec spec = TypedRun.Spec("--device /dev/net/tun:/dev/tap:rw ./root");
        await Assert.That(spec.Linux.Devices[0].Path).IsEqualTo("/dev/tap");
        await Assert.That(spec.Linux.Resources.Devices).IsEquivalentTo([new DeviceRule(false, 'a', null, null, "rwm"), new DeviceRule(true, 'c', 10, 200, "rw")]);
        RuntimeSpec rootless = TypedRun.Spec("--device /dev/net/tun:/dev/tap ./root", TypedRun.Rootless);
        await Assert.That(rootless.Linux.Devices.Count).IsEqualTo(0);
        await Assert.That(rootless.MountAt("/dev/tap")!.Source).IsEqualTo("/dev/net/tun");
        await Assert.That(TypedRun.Error("--device /dev/net/tun:r ./root", TypedRun.Rootless)).Contains("without root");
    }

    [Test]
    public async Task The_environment_has_each_name_once_and_the_last_one_wins()
    {
        IReadOnlyList<string> environment = TypedRun.Spec("-e A=0 --env-file vars -e A=2 -e EDITOR -e EMPTY -e NOTSET -e HOME=/h -t ./root").Process!.Env;
        await Assert.That(environment).IsEquivalentTo(
            ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=0123456789ab", "TERM=xterm", "HOME=/h", "A=2", "B=two words", "EDITOR=vi", "EMPTY="]);
    }

    [Test]
    public async Task Host_takes_over_what_is_no_secret_and_nothing_else()
    {
        SpecFacts facts = TypedRun.Machine with { Environment = ["PATH=/opt/bin", "HOME=/home/me", "LANG=de_DE.UTF-8"] };
        await Assert.That(TypedRun.Spec("@host", facts).Process!.Env).IsEquivalentTo(["PATH=/opt/bin", "HOME=/", "LANG=de_DE.UTF-8"]);
        await Assert.That(TypedRun.Spec("-u alice @host", facts).Process!.Env).Contains("HOME=/home/alice");
    }

    [Test]
    public async Task The_rest_takes_effect()
    {
        RuntimeSpec spec = TypedRun.Spec("-t -w /a/../b --read-only --hostname box --annotation a=b=c --sysctl net/ipv4/ip_forward=1 --shm-size 1m --entrypoint /bin/echo ./root one two");
        await Assert.That(spec.Process!.Terminal).IsTrue();
        await Assert.That(spec.Process.Cwd).IsEqualTo("/b");
        await Assert.That(spec.Process.Args).IsEquivalentTo(["/bin/echo", "one", "two"]);
        await Assert.That(spec.Root!.Readonly).IsTrue();
        await Assert.That(spec.Hostname).IsEqualTo("box");
        await Assert.That(spec.Annotations["a"]).IsEqualTo("b=c");
        await Assert.That(spec.Linux.Sysctl["net.ipv4.ip_forward"]).IsEqualTo("1");
        await Assert.That(spec.MountAt("/dev/shm")!.Options).Contains("size=1048576");
        RunOptions options = TypedRun.Options("-i --init --trace --no-pivot --stop-signal int --stop-timeout -1 --timeout 5 --name my-box --disk 1g --open ~/.ssh --open .npmrc @host");
        await Assert.That((options.Interactive, options.Init, options.Trace, options.NoPivot)).IsEqualTo((true, true, true, true));
        await Assert.That((options.StopSignal, options.StopTimeout, options.Timeout)).IsEqualTo((Signal.SIGINT, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(5)));
        await Assert.That((options.Name, options.Disk)).IsEqualTo(("my-box", 1UL << 30));
        await Assert.That(options.Open).IsEquivalentTo(["~/.ssh", "/home/me/work/.npmrc"]);
        await Assert.That(TypedRun.Options("--userns auto ./root").UserNamespace).IsEqualTo(NamespaceMode.Private);
    }

    [Test]
    [Arguments("@host ls", SourceKind.Host, "/")]
    [Arguments("./root", SourceKind.Directory, "./root")]
    [Arguments(".", SourceKind.Directory, ".")]
    [Arguments("/srv/root:O", SourceKind.Overlay, "/srv/root")]
    [Arguments("--rootfs root", SourceKind.Directory, "root")]
    [Arguments("--rootfs root:O", SourceKind.Overlay, "root")]
    [Arguments("debian:12", SourceKind.Image, "debian:12")]
    public async Task Source_is_the_host_a_directory_or_an_image(string line, SourceKind kind, string path) =>
        await Assert.That(TypedRun.Options(line).Source).IsEqualTo(new Source(kind, path));
}
