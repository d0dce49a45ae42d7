using System.Text;
using Kist.Engine.Host;

namespace Kist.Tests.Unit.Engine;

/// <summary>The view of several machines, as root.</summary>
public sealed class HostViewTests
{
    static readonly HostMachine Debian = new($"/ ext4\n{HostMachine.Usual}\n/boot/efi vfat");

    [Test]
    public async Task A_plain_machine_is_one_overlay_with_the_containers_own_directories_in_it() =>
        await Assert.That(Debian.View().Lines().Text()).IsEqualTo(new[]
        {
            "overlay /", "ro /boot/efi", "empty /home 755 0", "empty /root 700 0", "empty /run 755 0", "dir /run/lock 1777 0", "dir /run/user 755 0",
            "dir /run/user/0 700 0", "empty /tmp 1777 0", "empty /var/tmp 1777 0",
        }.Text());

    [Test]
    public async Task Usr_var_and_srv_on_mounts_of_their_own_are_overlays_of_their_own_and_home_is_not_shown()
    {
        HostViewResult view = new HostMachine($"/ ext4\n/usr xfs\n/home ext4\n/var btrfs\n/var/lib/data f2fs\n/srv zfs\n{HostMachine.Usual}").View();
        await Assert.That(view.Lines().Where(line => line.StartsWith("overlay", StringComparison.Ordinal)).Text())
            .IsEqualTo(new[] { "overlay /", "overlay /srv", "overlay /usr", "overlay /var", "overlay /var/lib/data" }.Text());
        await Assert.That(view.Lines("/home").Text()).IsEqualTo(new[] { "empty /home 755 0" }.Text());
    }

    [Test]
    [Arguments("vfat")]
    [Arguments("exfat")]
    [Arguments("nfs4")]
    [Arguments("cifs")]
    [Arguments("9p")]
    [Arguments("virtiofs")]
    [Arguments("fuse.sshfs")]
    [Arguments("ceph")]
    [Arguments("somethingnew")]
    public async Task A_filesystem_that_cannot_be_a_lower_layer_is_shown_read_only_and_that_is_said(string fsType)
    {
        HostViewResult view = new HostMachine($"/ ext4\n/mnt/x {fsType}").View();
        await Assert.That(view.Shown("/mnt/x/file")).IsEqualTo("ro /mnt/x");
        await Assert.That(view.Details()).Contains($"/mnt/x ({fsType})");
    }

    [Test]
    [Arguments("squashfs")]
    [Arguments("erofs")]
    [Arguments("iso9660")]
    public async Task An_image_is_bound_read_only_without_a_word_because_nothing_is_lost(string fsType)
    {
        HostViewResult view = new HostMachine($"/ ext4\n/mnt/x {fsType}").View();
        await Assert.That(view.Shown("/mnt/x/file")).IsEqualTo("ro /mnt/x");
        await Assert.That(view.Details()).IsEqualTo("");
    }

    [Test]
    public async Task What_is_mounted_in_a_recursive_bind_is_not_mounted_again() =>
        await Assert.That(new HostMachine("/ ext4\n/mnt/x nfs4\n/mnt/x/deep nfs4\n/mnt/x/disk ext4").View().Lines("/mnt").Text()).IsEqualTo(new[] { "ro /mnt/x" }.Text());

    [Test]
    public async Task The_kernels_own_filesystems_are_skipped_wherever_they_are() =>
        await Assert.That(new HostMachine("/ ext4\n/srv/chroot/proc proc\n/srv/chroot/sys sysfs\n/srv/chroot/dev devtmpfs\n/srv/chroot/dev/shm tmpfs\n/var/lib/nfs/rpc_pipefs rpc_pipefs\n/opt/ns nsfs").View()
            .Lines().Where(line => line.Contains("/srv") || line.Contains("rpc") || line.Contains("/opt"))).IsEmpty();

    [Test]
    public async Task Nothing_below_the_containers_own_directories_is_mounted() =>
        await Assert.That(new HostMachine($"/ ext4\n{HostMachine.Usual}\n/tmp tmpfs\n/tmp/a ext4\n/var/tmp/b ext4\n/run/docker/netns/x nsfs\n/dev/shm tmpfs").View().Lines()
            .Where(line => line.StartsWith("overlay", StringComparison.Ordinal) || line.StartsWith("ro", StringComparison.Ordinal)).Text()).IsEqualTo(new[] { "overlay /" }.Text());

    [Test]
    public async Task What_an_automounter_mounted_is_shown_at_its_path_though_the_automounter_is_not() =>
        await Assert.That(new HostMachine("/ ext4\n/net autofs\n/net/server/data nfs4").View().Lines("/net").Text())
            .IsEqualTo(new[] { "dir /net/server 755 0", "ro /net/server/data" }.Text());

    [Test]
    public async Task A_mount_that_another_one_hides_has_no_part()
    {
        HostMachine machine = new("/ ext4", "/srv/data/");
        HostViewResult view = HostView.Create(machine.Request() with
        {
            Mounts = Kist.Linux.MountTable.Parse("1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /srv/data rw - ext4 b rw\n3 1 8:3 / /srv rw - ext4 c rw\n"u8),
        });
        await Assert.That(view.Lines("/srv").Text()).IsEqualTo(new[] { "overlay /srv" }.Text());
    }

    [Test]
    public async Task A_hundred_snaps_are_one_bind()
    {
        StringBuilder mounts = new($"/ ext4\n{HostMachine.Usual}\n");
        for (int i = 0; i < 100; i++) mounts.Append($"/snap/app{i}/{i} squashfs\n");
        await Assert.That(new HostMachine(mounts.ToString()).View().Lines("/snap").Text()).IsEqualTo(new[] { "ro /snap" }.Text());
    }

    [Test]
    public async Task A_hundred_disks_are_a_hundred_overlays()
    {
        StringBuilder mounts = new("/ ext4\n");
        for (int i = 0; i < 100; i++) mounts.Append($"/srv/disk{i} xfs\n");
        await Assert.That(new HostMachine(mounts.ToString()).View().Lines("/srv").Length).IsEqualTo(100);
    }

    [Test]
    public async Task In_docker_the_overlay_root_is_a_lower_layer_and_bound_files_stay_files() =>
        await Assert.That(new HostMachine($"/ overlay\n/proc proc\n/dev tmpfs\n/sys sysfs\n/etc/resolv.conf ext4 file\n/etc/hosts ext4 file").View().Lines().Where(line => !line.Contains("/run")).Text())
            .IsEqualTo(new[]
            {
                "overlay /", "ro-file /etc/hosts", "ro-file /etc/resolv.conf", "empty /home 755 0", "empty /root 700 0", "empty /tmp 1777 0", "empty /var/tmp 1777 0",
            }.Text());

    [Test]
    public async Task An_overlay_that_is_stacked_too_deep_is_shown_read_only_and_that_is_said()
    {
        HostMachine machine = new("/ overlay\n/srv ext4") { TooDeep = { "/" } };
        HostViewResult view = machine.View();
        await Assert.That(view.Lines()[0]).IsEqualTo("ro-alone /");
        await Assert.That(view.Shown("/srv/x")).IsEqualTo("overlay /srv");
        await Assert.That(view.Details()).Contains("/ (overlay)");
    }

    [Test]
    public async Task Btrfs_subvolumes_are_overlays_each() =>
        await Assert.That(new HostMachine($"/ btrfs\n/home btrfs\n/var/log btrfs\n/.snapshots btrfs\n{HostMachine.Usual}").View().Lines()
            .Where(line => line.StartsWith("overlay", StringComparison.Ordinal)).Text()).IsEqualTo(new[] { "overlay /", "overlay /.snapshots", "overlay /var/log" }.Text());

    [Test]
    public async Task On_NixOS_the_system_is_found_through_run()
    {
        HostViewResult view = new HostMachine($"/ ext4\n/nix/store ext4\n{HostMachine.Usual}\n/run/wrappers tmpfs\n/run/keys ramfs", """
            /nix/store/abc-system/sw/
            /run/current-system -> /nix/store/abc-system
            /run/booted-system -> /nix/store/abc-system
            /run/keys/secret
            """).View();
        await Assert.That(view.Lines("/run").Text()).IsEqualTo(new[]
        {
            "empty /run 755 0", "link /run/booted-system -> /nix/store/abc-system", "link /run/current-system -> /nix/store/abc-system",
            "dir /run/lock 1777 0", "dir /run/user 755 0", "dir /run/user/0 700 0", "ro /run/wrappers",
        }.Text());
        await Assert.That(view.Shown("/nix/store/abc-system")).IsEqualTo("overlay /nix/store");
    }

    [Test]
    public async Task Under_WSL_drives_are_read_only_and_Windows_users_are_masked()
    {
        HostViewResult view = new HostMachine($"/ ext4\n{HostMachine.Usual}\n/init rootfs file\n/mnt/wsl tmpfs\n/mnt/c 9p\n/usr/lib/wsl/drivers 9p\n/usr/lib/wsl/lib overlay", "/mnt/c/Users/").View();
        await Assert.That(view.Shown("/mnt/c/Windows")).IsEqualTo("ro /mnt/c");
        await Assert.That(view.Shown("/mnt/c/Users/alice")).IsEqualTo("masked");
        await Assert.That(view.Shown("/init")).IsEqualTo("ro-file /init");
        await Assert.That(view.Shown("/usr/lib/wsl/lib/x")).IsEqualTo("overlay /usr/lib/wsl/lib");
    }

    [Test]
    public async Task In_a_chroot_whose_root_is_not_in_the_table_the_view_begins_with_an_overlay_of_it() =>
        await Assert.That(new HostMachine("/proc proc").View().Lines()[0]).IsEqualTo("overlay /");

    [Test]
    public async Task Homes_that_are_links_are_masked_where_they_really_are() =>
        await Assert.That(new HostMachine("/ xfs\n/var xfs", "/home -> var/home\n/root -> var/roothome\n/var/home/alice/\n/var/roothome/").View().Lines("/var").Text())
            .IsEqualTo(new[] { "overlay /var", "empty /var/home 755 0", "empty /var/roothome 700 0", "empty /var/tmp 1777 0" }.Text());

    [Test]
    public async Task Own_directories_that_the_machine_lacks_are_made()
    {
        HostMachine machine = new("/ ext4") { Unseen = { "/var/tmp", "/var", "/proc" } };
        await Assert.That(machine.View().Lines().Where(line => line.Contains("/var") || line.Contains("/proc")).Text())
            .IsEqualTo(new[] { "dir /proc 555 0", "dir /var 755 0", "dir /var/tmp 1777 0", "empty /var/tmp 1777 0" }.Text());
    }

    [Test]
    public async Task A_mount_that_cannot_be_looked_at_is_named()
    {
        HostMachine machine = new("/ ext4\n/mnt/private fuse.sshfs") { Unseen = { "/mnt/private" } };
        HostViewResult view = machine.View();
        await Assert.That(view.Lines("/mnt")).IsEmpty();
        await Assert.That(view.Warnings()).Contains("/mnt/private cannot be shown");
    }

    [Test]
    public async Task A_mount_whose_name_is_not_UTF8_is_named()
    {
        HostMachine machine = new("/ ext4", "/mnt/\uFFFD/");
        HostViewResult view = HostView.Create(machine.Request() with { Mounts = Kist.Linux.MountTable.Parse("1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /mnt/\xFF rw - ext4 b rw\n"u8.ToArray().Select(b => b == 0xC3 ? (byte)0xFF : b).Where(b => b != 0xBF).ToArray()) });
        await Assert.That(view.Lines("/mnt")).IsEmpty();
        await Assert.That(view.Warnings()).Contains("its name is not UTF-8");
    }

    [Test]
    public async Task Writes_go_to_a_tmpfs_of_the_size_that_was_asked_for()
    {
        HostViewResult view = HostView.Create(Debian.Request() with { DiskSize = 123456789, Kernel = new(5, 15) });
        await Assert.That((view.Root.ScratchSize, view.Root.DiskScratch, view.Root.UserXattr)).IsEqualTo((123456789UL, null, false));
    }
}
