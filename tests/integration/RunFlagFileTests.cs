using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Flags about files: what of the host is shared, what is the container's own, and where it may write.</summary>
public sealed class RunFlagFileTests : IDisposable
{
    readonly TemporaryDirectory folder = new();

    public void Dispose() => folder.Dispose();

    [Test]
    public async Task A_directory_is_shared_for_writing()
    {
        folder.File("theirs", "from the host");
        await Assert.That(await Busybox.Output($"-v {folder.Path}:/data", "cat /data/theirs; echo back > /data/ours")).IsEqualTo("from the host");
        await Assert.That(await File.ReadAllTextAsync(folder.Path + "/ours")).IsEqualTo("back\n");
    }

    [Test]
    [Arguments("-v {0}:/data:ro"), Arguments("--mount type=bind,src={0},dst=/data,readonly"), Arguments("--mount type=bind,source={0},target=/data,ro=true")]
    public async Task A_read_only_share_cannot_be_written_to(string flag)
    {
        folder.File("theirs", "from the host");
        CommandResult result = await Busybox.Run(string.Format(flag, folder.Path), "cat /data/theirs; touch /data/ours");
        await Assert.That(result.Text).IsEqualTo("from the host");
        await Assert.That(result.Errors).Contains("Read-only file system");
        await Assert.That(File.Exists(folder.Path + "/ours")).IsFalse();
    }

    [Test]
    public async Task A_file_is_shared_and_its_place_is_made()
    {
        string file = folder.File("one", "1\n");
        await Assert.That(await Busybox.Output($"-v {file}:/a/b/c", "cat /a/b/c; echo 2 >> /a/b/c")).IsEqualTo("1");
        await Assert.That(await File.ReadAllTextAsync(file)).IsEqualTo("1\n2\n");
    }

    [Test]
    public async Task Relative_places_start_at_the_two_working_directories()
    {
        folder.File("sub/file", "found");
        await Assert.That((await (await Busybox.Command("-w /var -v ./sub:here", "cat /var/here/file")).In(folder.Path).Run()).Succeeded().Text).IsEqualTo("found");
        await Assert.That((await (await Busybox.Command("-v .:/all", "cat /all/sub/file")).In(folder.Path).Run()).Succeeded().Text).IsEqualTo("found");
    }

    [Test]
    public async Task A_source_that_is_not_there_or_is_a_name_is_refused()
    {
        await Busybox.Refuses($"-v {folder.Path}/absent:/data", $"cannot share {folder.Path}/absent: ENOENT");
        await Busybox.Refuses("-v name:/data", "\"name\" is the name of a volume");
    }

    [Test]
    [NotInParallel]
    [Arguments("rslave", "seen"), Arguments("rshared", "seen"), Arguments("rprivate", "unseen"), Arguments("", "unseen")]
    public async Task Mounts_that_the_host_makes_later_are_followed_where_that_is_asked_for(string propagation, string expected)
    {
        Requirements.Root();
        string mount = Requirements.Program("mount"), umount = Requirements.Program("umount"), shared = folder.Path + "/shared";
        Directory.CreateDirectory(shared);
        (await KistCommand.Program(mount, "-t", "tmpfs", "tmpfs", shared).Run()).Succeeded();
        try
        {
            (await KistCommand.Program(mount, "--make-shared", shared).Run()).Succeeded();
            Directory.CreateDirectory(shared + "/later");
            using RunningCommand running = (await Busybox.Command($"-v {shared}:/data{(propagation == "" ? "" : ":" + propagation)}",
                "echo ready; while ! test -e /data/go; do usleep 10000; done; test -e /data/later/inside && echo seen || echo unseen")).Start();
            await running.Printed("ready");
            (await KistCommand.Program(mount, "-t", "tmpfs", "tmpfs", shared + "/later").Run()).Succeeded();
            await File.WriteAllTextAsync(shared + "/later/inside", "");
            await File.WriteAllTextAsync(shared + "/go", "");
            await Assert.That((await running.End()).Succeeded().Output).IsEqualTo($"ready\n{expected}\n");
        }
        finally
        {
            await KistCommand.Program(umount, "-R", "-l", shared).Run();
        }
    }

    [Test]
    public async Task Mounts_below_a_shared_directory_come_along_unless_only_itself_is_asked_for()
    {
        string below = "test -d /host/proc/1 && echo with || echo without";
        await Assert.That(await Busybox.Output("-v /:/host:ro", below)).IsEqualTo("with");
        await Assert.That(await Busybox.Output("-v /:/host:ro,bind", below)).IsEqualTo("without");
        await Assert.That(await Busybox.Output("--mount type=bind,src=/,dst=/host,ro,bind-nonrecursive", below)).IsEqualTo("without");
    }

    [Test]
    [Arguments("--tmpfs /t:size=2m,mode=711", "2048", "drwx--x--x"), Arguments("--mount type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=700", "1024", "drwx------")]
    public async Task A_directory_in_memory_has_the_size_and_mode_that_were_given(string flag, string kilobytes, string mode)
    {
        string[] words = (await Busybox.Output(flag, "df -k /t | tail -n 1; ls -ld /t; echo x > /t/x")).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        await Assert.That(words[0]).IsEqualTo("tmpfs");
        await Assert.That(words[1]).IsEqualTo(kilobytes);
        await Assert.That(words[6]).IsEqualTo(mode);
    }

    [Test]
    public async Task A_directory_in_memory_is_for_everybody_and_runs_nothing_unless_told()
    {
        string script = "ls -ld /t | cut -c 1-10; cp /bin/busybox /t/; /t/busybox true && echo runs";
        await Assert.That((await Busybox.Run("--tmpfs /t", script)).Output).IsEqualTo("drwxrwxrwt\n");
        await Assert.That((await Busybox.Run("--tmpfs /t:exec", script)).Output).IsEqualTo("drwxrwxrwt\nruns\n");
    }

    [Test]
    public async Task A_read_only_root_refuses_writes_and_its_tmpfs_and_shares_take_them()
    {
        CommandResult result = await Busybox.Run($"--read-only --tmpfs /t -v {folder.Path}:/data", "touch /t/x /data/x /dev/shm/x && echo taken; touch /x");
        await Assert.That(result.Text).IsEqualTo("taken");
        await Assert.That(result.Errors).Contains("/x: Read-only file system");
        await Assert.That(result.ExitCode).IsEqualTo(1);
    }

    [Test]
    public async Task A_directory_without_a_slash_is_a_source_with_rootfs()
    {
        Requirements.Root();
        string root = await RootFilesystems.Busybox();
        KistCommand Command(params string[] flags) => new KistCommand(["run", .. flags, Path.GetFileName(root), "echo", "ran"]).In(Path.GetDirectoryName(root)!);
        await Assert.That((await Command("--rootfs").Run()).Succeeded().Text).IsEqualTo("ran");
        await Assert.That((await Command().Run()).Errors).Contains($"for the directory of that name write ./{Path.GetFileName(root)}");
    }

    [Test]
    [Arguments(""), Arguments(":O")]
    public async Task A_source_may_be_a_symbolic_link(string suffix)
    {
        Requirements.Root();
        string link = folder.Path + "/link";
        File.CreateSymbolicLink(link, await RootFilesystems.Busybox());
        await Assert.That((await new KistCommand("run", link + suffix, "echo", "ran").Run()).Succeeded().Text).IsEqualTo("ran");
    }

    [Test]
    public async Task In_place_writes_stay_and_copy_on_write_nothing_does()
    {
        Requirements.Root();
        using TemporaryDirectory root = await RootFilesystems.Copy(await RootFilesystems.Busybox());
        string script = "echo new > /file; rm /bin/cat; mkdir /made; test -e /file && ! test -e /bin/cat && echo written";
        await Assert.That((await new KistCommand("run", root.Path + ":O", "sh", "-c", script).Run()).Succeeded().Text).IsEqualTo("written");
        await Assert.That(File.Exists(root.Path + "/file") || Directory.Exists(root.Path + "/made")).IsFalse();
        await Assert.That(File.Exists(root.Path + "/bin/cat")).IsTrue();
        await Assert.That((await new KistCommand("run", root.Path, "sh", "-c", script).Run()).Succeeded().Text).IsEqualTo("written");
        await Assert.That(await File.ReadAllTextAsync(root.Path + "/file")).IsEqualTo("new\n");
        await Assert.That(File.Exists(root.Path + "/bin/cat")).IsFalse();
    }

    [Test]
    public async Task What_is_written_is_limited_and_a_full_disk_is_named()
    {
        // It stays a moment, as kist can look at its root only while it runs.
        CommandResult result = await Busybox.Run("--disk 2m", "usleep 500000; dd if=/dev/zero of=/big bs=1M count=5; exit 3");
        await Assert.That(result.ExitCode).IsEqualTo(3);
        await Assert.That(result.Errors).Contains("No space left on device");
        await Assert.That(result.Errors).Contains("kist: the container's disk was full: 2 MiB for all that it writes; --disk SIZE gives it more");
        await Assert.That((await Busybox.Run("--disk 8m", "dd if=/dev/zero of=/big bs=1M count=5")).ExitCode).IsEqualTo(0);
    }

    [Test]
    public async Task What_the_machine_view_masks_is_opened_item_by_item()
    {
        Requirements.Root();
        Task<CommandResult> Run(params string[] flags) => new KistCommand(["run", .. flags, "@host", "sh", "-c", "cat /etc/shadow | wc -l"]).In("/").Run();
        await Assert.That((await Run()).Text).IsEqualTo("0");
        await Assert.That((await Run("--userns", "host", "--open", "/etc/shadow")).Succeeded().Text).IsEqualTo($"{(await File.ReadAllLinesAsync("/etc/shadow")).Length}");
        await Busybox.Refuses("--open /etc/shadow", "--open shows what @host masks");
    }

    [Test]
    public async Task Shared_memory_has_the_size_that_was_given_or_64_megabytes()
    {
        string script = "df -k /dev/shm | tail -n 1 | awk '{print $1, $2}'";
        await Assert.That(await Busybox.Output("", script)).IsEqualTo("shm 65536");
        await Assert.That(await Busybox.Output("--shm-size 3m", script)).IsEqualTo("shm 3072");
    }

    [Test]
    public async Task A_device_of_the_host_can_be_used_and_only_as_allowed()
    {
        string read = "head -c 2 /dev/nought | od -An -tx1; ";
        await Assert.That((await Busybox.Output("--device /dev/zero:/dev/nought", read + "echo x > /dev/nought && echo wrote")).Trim()).IsEqualTo("00 00\nwrote");
        // Those that every container has (zero among them) are allowed whatever is said: this one is not.
        if (!File.Exists("/dev/loop-control"))
            Skip.Test("needs /dev/loop-control");
        await Assert.That((await Busybox.Run("--device /dev/loop-control", "exec 3<>/dev/loop-control && echo opened")).Text).IsEqualTo("opened");
        await Assert.That((await Busybox.Run("--device /dev/loop-control:r", "exec 3</dev/loop-control && echo read; (exec 3>/dev/loop-control) || echo refused")).Text).IsEqualTo("read\nrefused");
        await Assert.That((await Busybox.Run("", "mknod /l c 10 237; (exec 3</l) || echo refused")).Text).IsEqualTo("refused");
    }

    [Test]
    public async Task What_is_no_device_is_refused()
    {
        await Busybox.Refuses("--device /dev/no-such", "--device /dev/no-such: ENOENT");
        await Busybox.Refuses("--device /etc/passwd", "--device /etc/passwd: it is no device; -v shares a file or directory");
    }
}
