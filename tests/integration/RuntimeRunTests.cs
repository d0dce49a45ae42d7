using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>kist-runtime run: bundles made by others, and what their documents ask for.</summary>
public sealed class RuntimeRunTests : IDisposable
{
    readonly TemporaryDirectory folder = new();

    public void Dispose() => folder.Dispose();

    KistCommand Runtime(string bundle, params string[] flags) => KistCommand.Runtime(["--root", folder.Path + "/state", "run", .. flags, "--bundle", bundle, "kist-test-" + Path.GetFileName(folder.Path)]);

    /// <summary>Without a terminal, which a test has none of.</summary>
    static void WithoutTerminal(string bundle)
    {
        JsonNode document = JsonNode.Parse(File.ReadAllText(bundle + "/config.json"))!;
        document["process"]!["terminal"] = false;
        File.WriteAllText(bundle + "/config.json", document.ToJsonString());
    }

    static async Task<CommandResult> Script(Bundle bundle, string script) => (await bundle.Program("sh", "-c", script).Run()).Succeeded();

    static string Host(string kind) => new FileInfo($"/proc/self/ns/{kind}").LinkTarget!;

    [Test]
    [Arguments("kist-runtime"), Arguments("runc"), Arguments("crun")]
    public async Task The_document_that_a_runtime_writes_runs_on_busybox(string writer)
    {
        Requirements.Root();
        File.CreateSymbolicLink(folder.Path + "/rootfs", await RootFilesystems.Busybox());
        KistCommand spec = writer == "kist-runtime" ? KistCommand.Runtime("spec") : KistCommand.Program(Requirements.Program(writer), "spec");
        (await spec.In(folder.Path).Run()).Succeeded();
        WithoutTerminal(folder.Path);
        CommandResult result = (await Runtime(folder.Path).Input("id -u; pwd; touch /new 2>/dev/null || echo read-only; ls -d /proc/[0-9]* | head -n 1; exit 0\n").Run()).Succeeded();
        await Assert.That(result.Text).IsEqualTo("0\n/\nread-only\n/proc/1");
    }

    [Test]
    public async Task The_document_at_a_terminal_gives_a_shell_with_one()
    {
        Requirements.Root();
        File.CreateSymbolicLink(folder.Path + "/rootfs", await RootFilesystems.Busybox());
        (await KistCommand.Runtime("spec", "--bundle", folder.Path).Run()).Succeeded();
        using Pty pty = Pty.Program(KistCommand.Executable("kist-runtime"), "--root", folder.Path + "/state", "run", "--bundle", folder.Path, "kist-test-" + Path.GetFileName(folder.Path));
        pty.Expect("# ");
        pty.Type("tty; exit 3\r");
        pty.Expect("/dev/");
        await Assert.That(pty.ExitCode()).IsEqualTo(3);
        CommandResult result = await Runtime(folder.Path).Run();
        await Assert.That(result.Errors).Contains("/process/terminal is true, and standard input is no terminal");
    }

    [Test]
    public async Task A_bundle_that_umoci_unpacked_runs_as_its_image_says()
    {
        Requirements.Root();
        string umoci = Requirements.Program("umoci"), layout = folder.Path + "/layout", image = layout + ":latest";
        async Task Umoci(params string[] arguments) => (await KistCommand.Program(umoci, arguments).Run()).Succeeded();
        await Umoci("init", "--layout", layout);
        await Umoci("new", "--image", image);
        await Umoci("insert", "--image", image, await RootFilesystems.Busybox(), "/");
        await Umoci("config", "--image", image, "--config.cmd", "/bin/sh", "--config.env", "OF=the image", "--config.workingdir", "/var", "--config.user", "65534:1234");
        await Umoci("unpack", "--image", image, folder.Path + "/bundle");
        WithoutTerminal(folder.Path + "/bundle");
        CommandResult result = (await Runtime(folder.Path + "/bundle").Input("id -u; id -g; pwd; echo $OF; hostname\n").Run()).Succeeded();
        await Assert.That(result.Text).IsEqualTo("65534\n1234\n/var\nthe image\numoci-default");
    }

    [Test]
    public async Task Every_namespace_can_be_new()
    {
        using Bundle bundle = await Bundle.Create();
        bundle.Set("/linux/namespaces", """[{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}, {"type": "user"}, {"type": "cgroup"}, {"type": "time"}]""")
            .Set("/linux/uidMappings", """[{"containerID": 0, "hostID": 100000, "size": 1000}]""").Set("/linux/gidMappings", """[{"containerID": 0, "hostID": 100000, "size": 1000}]""")
            .Set("/linux/timeOffsets", """{"boottime": {"secs": 1000000}}""");
        string[] kinds = ["pid", "net", "ipc", "uts", "mnt", "user", "cgroup", "time"];
        string[] lines = (await Script(bundle, $"for kind in {string.Join(' ', kinds)}; do readlink /proc/self/ns/$kind; done; cut -d . -f 1 /proc/uptime; id -u; cut -d : -f 3 /proc/self/cgroup | sort -u")).Text.Split('\n');
        for (int i = 0; i < kinds.Length; i++)
            await Assert.That(lines[i]).IsNotEqualTo(Host(kinds[i]));
        await Assert.That(long.Parse(lines[8])).IsGreaterThan(1_000_000);
        await Assert.That(Items.Of(lines[9..])).IsEqualTo("0\n/");
    }

    [Test]
    public async Task A_namespace_that_is_not_asked_for_is_the_hosts()
    {
        using Bundle bundle = await Bundle.Create();
        bundle.Set("/linux/namespaces", """[{"type": "pid"}, {"type": "mount"}]""").Set("/hostname", null).Set("/domainname", null);
        string[] kinds = ["net", "ipc", "uts", "user", "time"];
        string[] lines = (await Script(bundle, $"for kind in {string.Join(' ', kinds)}; do readlink /proc/self/ns/$kind; done")).Text.Split('\n');
        await Assert.That(Items.Of(lines)).IsEqualTo(Items.Of(kinds.Select(Host)));
    }

    [Test]
    public async Task Without_a_mount_namespace_the_root_is_changed_all_the_same()
    {
        using Bundle bundle = await Bundle.Create();
        bundle.Set("/linux/namespaces", """[{"type": "pid"}, {"type": "uts"}]""").Set("/mounts", "[]").Set("/linux/maskedPaths", "[]").Set("/linux/readonlyPaths", "[]");
        await Assert.That((await Script(bundle, "cd ..; pwd; test -x /bin/busybox && ! test -e /boot && echo in")).Text).IsEqualTo("/\nin");
    }

    [Test]
    public async Task The_identity_and_limits_of_the_process_are_as_the_document_says()
    {
        using Bundle bundle = await Bundle.Create();
        bundle.Set("/process/user", """{"uid": 5, "gid": 6, "additionalGids": [7, 8], "umask": 23}""").Set("/process/oomScoreAdj", "123").Set("/process/noNewPrivileges", "true")
            .Set("/process/rlimits", """[{"type": "RLIMIT_NOFILE", "soft": 50, "hard": 60}]""").Set("/process/cwd", "\"/var\"").Set("/process/env", """["PATH=/bin", "ONE=1"]""")
            .Set("/domainname", "\"example.test\"").Set("/hostname", "\"box\"");
        await Assert.That((await Script(bundle, "id -u; id -G; umask; cat /proc/self/oom_score_adj; grep NoNew /proc/self/status | cut -f 2; ulimit -n; ulimit -Hn; pwd; echo $ONE; hostname; cat /proc/sys/kernel/domainname")).Text)
            .IsEqualTo("5\n6 7 8\n0027\n123\n1\n50\n60\n/var\n1\nbox\nexample.test");
    }

    [Test]
    public async Task A_32_bit_personality_is_seen()
    {
        using Bundle bundle = await Bundle.Create();
        string native = (await Script(bundle, "uname -m")).Text;
        if (native != "x86_64")
            Skip.Test("needs x86-64");
        await Assert.That((await Script(bundle.Set("/linux/personality", """{"domain": "LINUX32"}"""), "uname -m")).Text).IsEqualTo("i686");
    }

    [Test]
    public async Task A_read_only_root_and_read_only_and_masked_paths_hold()
    {
        using Bundle bundle = await Bundle.Create();
        await File.WriteAllTextAsync(bundle.Root + "/etc/secret", "s");
        Directory.CreateDirectory(bundle.Root + "/etc/hidden/below");
        bundle.Set("/root/readonly", "true").Set("/linux/maskedPaths", """["/etc/secret", "/etc/hidden", "/etc/not-there"]""").Set("/linux/readonlyPaths", """["/proc/sys", "/not-there"]""");
        await Assert.That((await Script(bundle, "cat /etc/secret | wc -c; ls /etc/hidden | wc -l; touch /new 2>&1 | grep -o 'Read.*'; (echo 9 > /proc/sys/kernel/msgmax) 2>&1 | grep -o 'Read.*'; touch /dev/shm/x && echo written")).Text)
            .IsEqualTo("0\n0\nRead-only file system\nRead-only file system\nwritten");
    }

    [Test]
    [Arguments("shared", " shared:"), Arguments("rshared", " shared:"), Arguments("private", ""), Arguments("rprivate", ""), Arguments("unbindable", " unbindable"), Arguments("runbindable", " unbindable")]
    public async Task The_propagation_of_the_root_is_seen_inside(string propagation, string optional)
    {
        using Bundle bundle = await Bundle.Create();
        string line = (await Script(bundle.Set("/linux/rootfsPropagation", $"\"{propagation}\""), "awk '$5 == \"/\"' /proc/self/mountinfo")).Text;
        // A mount of a host that shares its own has both: it is slave to the host's, and shared with its peers.
        string fields = line.Split(" - ")[0];
        await Assert.That(optional == "" ? !Regex.IsMatch(fields, " (shared|master):| unbindable") : fields.Contains(optional)).IsTrue().Because(line);
    }

    [Test]
    [NotInParallel]
    [Arguments("rslave", " master:"), Arguments("slave", " master:"), Arguments("rshared", " shared:"), Arguments("rprivate", ""), Arguments("unbindable", " unbindable")]
    public async Task The_propagation_of_a_mount_is_seen_inside(string propagation, string optional)
    {
        using Bundle bundle = await Bundle.Create();
        string mount = Requirements.Program("mount"), umount = Requirements.Program("umount"), shared = folder.Path + "/shared";
        Directory.CreateDirectory(shared);
        (await KistCommand.Program(mount, "-t", "tmpfs", "tmpfs", shared).Run()).Succeeded();
        try
        {
            (await KistCommand.Program(mount, "--make-shared", shared).Run()).Succeeded();
            bundle.Mount($$"""{"destination": "/data", "type": "bind", "source": "{{shared}}", "options": ["rbind", "{{propagation}}"]}""");
            string line = (await Script(bundle, "grep ' /data ' /proc/self/mountinfo")).Text;
            await Assert.That(line.Split(" - ")[0]).Contains(optional);
            await Assert.That(propagation == "rprivate" && Regex.IsMatch(line, "shared:|master:|unbindable")).IsFalse();
        }
        finally
        {
            await KistCommand.Program(umount, "-R", "-l", shared).Run();
        }
    }

    [Test]
    public async Task A_relative_destination_starts_at_the_root()
    {
        using Bundle bundle = await Bundle.Create();
        bundle.Mount("""{"destination": "not/made", "type": "tmpfs", "source": "tmpfs", "options": ["size=1m"]}""");
        await Assert.That((await Script(bundle, "df -k /not/made | tail -n 1 | awk '{print $1, $2}'")).Text).IsEqualTo("tmpfs 1024");
    }

    [Test]
    [Arguments("/hooks", """{"prestart": [{"path": "/bin/true"}]}"""), Arguments("/hooks", """{"poststop": [{"path": "/bin/true"}]}"""), Arguments("/process/apparmorProfile", "\"a\"")]
    [Arguments("/process/selinuxLabel", "\"a\""), Arguments("/process/scheduler", """{"policy": "SCHED_BATCH"}"""), Arguments("/process/ioPriority", """{"class": "IOPRIO_CLASS_IDLE", "priority": 1}""")]
    [Arguments("/linux/mountLabel", "\"a\""), Arguments("/linux/intelRdt", """{"closID": "a"}"""), Arguments("/linux/netDevices", """{"eth0": {}}"""), Arguments("/linux/memoryPolicy", """{"mode": "MPOL_INTERLEAVE", "nodes": "0"}""")]
    [Arguments("/linux/resources/blockIO", """{"weight": 10}"""), Arguments("/linux/resources/hugepageLimits", """[{"pageSize": "2MB", "limit": 0}]"""), Arguments("/linux/resources/rdma", """{"mlx5_1": {"hcaHandles": 3}}""")]
    [Arguments("/linux/namespaces/0/path", "\"/proc/1/ns/pid\"")]
    public async Task What_is_not_supported_is_an_error_that_names_its_field(string field, string value)
    {
        using Bundle bundle = await Bundle.Create();
        CommandResult result = await bundle.Set(field, value).Program("echo", "ran").Run();
        await Assert.That(result.ExitCode).IsEqualTo(1);
        await Assert.That(result.Errors).StartsWith($"kist-runtime: {field}: ");
        await Assert.That(result.Errors).Contains("not supported by this version of Kist");
        await Assert.That(result.Output).IsEqualTo("");
    }

    [Test]
    [Arguments("/process/cwd", "\"relative\"", "expected an absolute path"), Arguments("/process/args", "[]", "/process/args is missing"), Arguments("/ociVersion", "\"9.0\"", "expected a version 1.x")]
    [Arguments("/linux/namespaces/0/type", "\"fancy\"", "expected one of pid, network"), Arguments("/root/path", "\"/no/such\"", "/no/such")]
    public async Task What_is_wrong_is_an_error_that_names_its_field(string field, string value, string message)
    {
        using Bundle bundle = await Bundle.Create();
        CommandResult result = await bundle.Program("echo", "ran").Set(field, value).Run();
        await Assert.That(result.ExitCode).IsEqualTo(1);
        await Assert.That(result.Errors).Contains(field.Replace("/0/type", ""));
        await Assert.That(result.Errors).Contains(message);
    }

    [Test]
    public async Task Unknown_properties_are_ignored_and_unknown_capabilities_dropped_with_a_warning_for_who_asks()
    {
        using Bundle bundle = await Bundle.Create();
        string sets = """["CAP_KILL", "CAP_NOT_THERE"]""";
        bundle.Set("/process/capabilities", $$"""{"bounding": {{sets}}, "effective": {{sets}}, "permitted": {{sets}}}""").Set("/future", """{"a": 1}""").Program("grep", "CapEff", "/proc/self/status");
        CommandResult result = (await bundle.Run()).Succeeded();
        await Assert.That(result.Text).IsEqualTo("CapEff:\t0000000000000020");
        await Assert.That(result.Errors).IsEqualTo("");
        CommandResult debug = (await KistCommand.Runtime("--debug", "--root", bundle.State, "run", "--bundle", bundle.Directory, "kist-test-debug").Run()).Succeeded();
        await Assert.That(debug.Errors).Contains("warning: /process/capabilities: \"CAP_NOT_THERE\"");
    }

    [Test]
    public async Task The_number_of_its_process_is_written_to_a_file()
    {
        using Bundle bundle = await Bundle.Create();
        bundle.Program("sh", "-c", "echo ready; while :; do usleep 20000; done").Command();
        string file = folder.Path + "/pid";
        using RunningCommand running = KistCommand.Runtime("--root", bundle.State, "run", "--pid-file", file, "--bundle", bundle.Directory, "kist-test-pid-file").Start();
        await running.Printed("ready");
        int pid = 0;
        // The program may be faster than the runtime.
        for (long limit = Environment.TickCount64 + 10_000; pid == 0 && Environment.TickCount64 < limit; await Task.Yield())
            _ = File.Exists(file) && int.TryParse(await File.ReadAllTextAsync(file), out pid);
        await Assert.That(File.ReadAllText($"/proc/{pid}/cmdline")).StartsWith("sh\0-c\0echo ready");
        (await KistCommand.Program("/bin/sh", "-c", $"kill -9 {pid}").Run()).Succeeded();
        await Assert.That((await running.End()).ExitCode).IsEqualTo(137);
    }

    [Test]
    public async Task Descriptors_are_passed_on_only_when_asked_for()
    {
        using Bundle bundle = await Bundle.Create();
        bundle.Program("sh", "-c", "cat <&3 || echo none; test -e /proc/self/fd/4 && echo more").Command();
        string file = folder.File("passed", "through\n");
        Task<CommandResult> Run(string flags) => KistCommand.Program("/bin/sh", "-c", $"exec \"$0\" --root \"$1\" run {flags} --bundle \"$2\" kist-test-fds 3<{file} 4<{file}", KistCommand.Executable("kist-runtime"), bundle.State, bundle.Directory).Run();
        await Assert.That((await Run("--preserve-fds 1")).Text).IsEqualTo("through");
        await Assert.That((await Run("")).Text).IsEqualTo("none");
    }

    [Test]
    public async Task Errors_are_logged_for_the_engine_above()
    {
        string log = folder.Path + "/log";
        CommandResult result = await KistCommand.Runtime("--log", log, "--log-format", "json", "run", "--bundle", folder.Path + "/no-such", "x").Run();
        await Assert.That(result.ExitCode).IsEqualTo(1);
        using JsonDocument line = JsonDocument.Parse((await File.ReadAllLinesAsync(log)).Single());
        await Assert.That(line.RootElement.GetProperty("level").GetString()).IsEqualTo("error");
        await Assert.That(line.RootElement.GetProperty("msg").GetString()).StartsWith($"cannot read {folder.Path}/no-such/config.json: ENOENT");
        await Assert.That(DateTimeOffset.TryParse(line.RootElement.GetProperty("time").GetString(), out _)).IsTrue();
    }

    [Test]
    [Arguments("create"), Arguments("start"), Arguments("delete"), Arguments("state"), Arguments("kill"), Arguments("exec"), Arguments("nonsense")]
    public async Task A_verb_that_is_not_there_is_an_error(string verb)
    {
        CommandResult result = await KistCommand.Runtime(verb, "x").Run();
        await Assert.That(result.ExitCode).IsEqualTo(1);
        await Assert.That(result.Errors).StartsWith("kist-runtime: ").And.Contains(verb);
    }

    [Test]
    public async Task A_container_with_half_a_megabyte_starts()
    {
        using Bundle bundle = await Bundle.Create();
        CommandResult result = await bundle.Set("/linux/resources/memory", """{"limit": 524288}""").Program("sh", "-c", "exit 7").Run();
        await Assert.That(result.ExitCode).IsEqualTo(7).Because(result.Errors);
    }

    [Test]
    [Arguments(2, 130), Arguments(15, 143)]
    public async Task A_launch_that_hangs_can_be_interrupted(int signal, int status)
    {
        using Bundle bundle = await Bundle.Create();
        // kist-init is held before it changes its root.
        using RunningCommand running = bundle.Program("echo", "ran").Command()
            .Under(Requirements.Program("strace"), "-f", "-qq", "-o", "/dev/null", "-e", "trace=pivot_root", "-e", "inject=pivot_root:delay_enter=3000000").Start();
        // strace has other children for a moment, to try out what the kernel can do.
        async Task<string> Child(string parent, string name)
        {
            for (long limit = Environment.TickCount64 + 20_000; Environment.TickCount64 < limit; await Task.Yield())
                foreach (string child in Read($"/proc/{parent}/task/{parent}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    if (Read($"/proc/{child}/comm").StartsWith(name))
                        return child;
            throw new TimeoutException($"{parent} has no child {name}");
        }
        static string Read(string file)
        {
            try
            {
                return File.ReadAllText(file);
            }
            catch (IOException)
            {
                return "";
            }
        }
        string kist = await Child($"{running.Pid}", "kist-runtime"), child = await Child(kist, "");
        (await KistCommand.Program("/bin/sh", "-c", $"kill -{signal} {kist}").Run()).Succeeded();
        CommandResult result = await running.End();
        await Assert.That(result.ExitCode).IsEqualTo(status);
        await Assert.That(result.Errors).Contains("while the container was being started");
        await Assert.That(result.Output).IsEqualTo("");
        await Assert.That(Directory.Exists($"/proc/{child}")).IsFalse();
        await Assert.That(Directory.EnumerateFileSystemEntries(bundle.State + "/containers").Any()).IsFalse();
    }

    [Test]
    public async Task A_document_is_not_overwritten()
    {
        (await KistCommand.Runtime("spec", "-b", folder.Path).Run()).Succeeded();
        CommandResult again = await KistCommand.Runtime("spec", "-b", folder.Path).Run();
        await Assert.That(again.ExitCode).IsEqualTo(1);
        await Assert.That(again.Errors).Contains($"{folder.Path}/config.json exists; remove it first");
    }
}
