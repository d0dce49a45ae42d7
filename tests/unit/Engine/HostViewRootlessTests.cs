using Kist.Engine.Host;
using Kist.Linux;
using Kist.Runtime;

namespace Kist.Tests.Unit.Engine;

/// <summary>The view in a user namespace, where a lower layer may have no mount below.</summary>
public sealed class HostViewRootlessTests
{
    static readonly HostMachine Laptop = new($"/ ext4\n{HostMachine.Usual}\n/boot/efi vfat", "/run/x.sock =\n/initrd.img -> boot/initrd\n/notes\n/pipe =\n/lost+found/");

    [Test]
    public async Task The_root_is_put_together_from_its_entries() =>
        await Assert.That(Laptop.View(rootless: true).Lines().Where(line => !line.Contains("/run")).Text()).IsEqualTo(new[]
        {
            "empty / 755 0", "link /bin -> usr/bin", "dir /boot 755 0", "ro /boot/efi", "ro-file /boot/vmlinuz", "dir /dev 755 0", "overlay /etc",
            "dir /home 755 0", "dir /home/alice 700 0", "link /initrd.img -> boot/initrd", "ro-file /notes", "dir /proc 555 0", "dir /root 700 0",
            "dir /sys 555 0", "dir /tmp 1777 0", "overlay /usr", "overlay /var", "empty /var/tmp 1777 0",
        }.Text());

    [Test]
    public async Task No_overlay_has_a_mount_below_it()
    {
        HostMachine machine = new($"/ ext4\n{HostMachine.Usual}\n/var ext4\n/var/log ext4\n/var/lib/docker ext4\n/usr/local/share xfs\n/opt/a/b/c ext4\n/home ext4\n/home/alice/src/app/deep/er ext4",
            "/opt/a/x/\n/opt/a/b/y/\n/usr/local/bin/\n/home/alice/src/app/deep/z/");
        HostViewResult view = machine.View("/home/alice/src/app", rootless: true);
        foreach (string overlay in view.Lines().Where(line => line.StartsWith("overlay", StringComparison.Ordinal)).Select(line => line["overlay ".Length..]))
            await Assert.That(machine.Mounts.Mounts.Any(mount => PathOrder.IsBelow(mount.MountPoint, overlay))).IsFalse().Because(overlay);
        foreach (string shown in new[] { "/usr/bin", "/usr/local/bin", "/usr/local/share", "/opt/a/x", "/opt/a/b/y", "/opt/a/b/c", "/var/log", "/var/lib/dpkg", "/home/alice/src/app/deep/z", "/home/alice/src/app/deep/er" })
            await Assert.That(Overlaid(view, shown)).IsTrue().Because(shown);
    }

    static bool Overlaid(HostViewResult view, string path) => view.Shown(path) is ['o', 'v', 'e', 'r', ..];

    [Test]
    public async Task A_directory_is_made_before_what_is_in_it()
    {
        HostViewResult view = new HostMachine($"/ ext4\n{HostMachine.Usual}\n/opt/a/b/c ext4\n/net autofs\n/net/server/data nfs4", "/opt/a/x/").View("/home/alice/src/app", rootless: true);
        HashSet<string> there = ["/"];
        foreach (RootPart part in view.Root.Parts)
        {
            if (part.Destination != "/") await Assert.That(there.Any(directory => directory != "/" && PathOrder.IsBelow(part.Destination, directory) || PathOrder.Parent(part.Destination) == directory)).IsTrue().Because(part.Destination);
            there.Add(part.Destination);
        }
    }

    [Test]
    public async Task The_current_directory_is_an_overlay_in_a_home_that_is_not_shown() =>
        await Assert.That(Laptop.View("/home/alice/src/app", rootless: true).Lines("/home").Text())
            .IsEqualTo(new[] { "dir /home 755 0", "dir /home/alice 700 0", "dir /home/alice/src 755 0", "overlay /home/alice/src/app" }.Text());

    [Test]
    public async Task A_masked_file_or_directory_that_would_be_made_by_name_is_not_made_or_empty()
    {
        HostViewResult view = new HostMachine($"/ ext4\n{HostMachine.Usual}\n/etc/hosts ext4 file\n/var/lib/docker ext4\n/var/lib/docker/overlay2/x/merged overlay").View(rootless: true);
        await Assert.That(view.Lines("/etc").Text()).IsEqualTo(new[] { "dir /etc 755 0", "ro-file /etc/hosts", "ro-file /etc/passwd", "overlay /etc/ssl" }.Text());
        await Assert.That(view.Shown("/etc/ssl/private/key.pem")).IsEqualTo("masked");
        await Assert.That(view.Lines("/var/lib").Text()).IsEqualTo(new[] { "dir /var/lib 755 0", "dir /var/lib/docker 755 0", "overlay /var/lib/dpkg" }.Text());
    }

    [Test]
    public async Task A_large_directory_with_mounts_in_it_is_one_read_only_bind_and_masked_inside()
    {
        string files = string.Join('\n', Enumerable.Range(0, 100).Select(i => $"/etc/file{i}"));
        HostViewResult view = new HostMachine($"/ ext4\n{HostMachine.Usual}\n/etc/hosts ext4 file", files).View(rootless: true);
        await Assert.That(view.Lines("/etc").Text()).IsEqualTo(new[] { "ro /etc" }.Text());
        await Assert.That(view.Shown("/etc/shadow")).IsEqualTo("masked");
        await Assert.That(view.Details()).Contains("/etc (it is large and has mounts in it)");
    }

    [Test]
    public async Task A_directory_of_a_hundred_mounts_is_not_large()
    {
        string mounts = string.Join('\n', Enumerable.Range(0, 100).Select(i => $"/srv/{i} ext4"));
        HostViewResult view = new HostMachine($"/ ext4\n{HostMachine.Usual}\n{mounts}").View(rootless: true);
        await Assert.That(view.Lines("/srv").Count(line => line.StartsWith("overlay /srv/", StringComparison.Ordinal))).IsEqualTo(100);
    }

    [Test]
    public async Task A_directory_that_cannot_be_listed_is_bound_as_it_is()
    {
        HostMachine machine = new($"/ ext4\n{HostMachine.Usual}\n/opt/closed/x ext4") { Unlistable = { "/opt/closed" } };
        await Assert.That(machine.View(rootless: true).Lines("/opt").Text()).IsEqualTo(new[] { "dir /opt 755 0", "ro /opt/closed" }.Text());
    }

    [Test]
    public async Task The_hosts_sockets_pipes_and_lost_found_are_not_shown() =>
        await Assert.That(Laptop.View(rootless: true).Lines().Any(line => line.Contains("pipe") || line.Contains("lost") || line.Contains("sock"))).IsFalse();

    [Test]
    public async Task Snaps_are_one_bind_here_too() =>
        await Assert.That(new HostMachine($"/ ext4\n{HostMachine.Usual}\n/snap/a/1 squashfs\n/snap/b/2 squashfs", "/snap/bin/").View(rootless: true).Lines("/snap").Text()).IsEqualTo(new[] { "ro /snap" }.Text());

    [Test]
    public async Task Nothing_belongs_to_an_owner_that_the_user_cannot_give() =>
        await Assert.That(Laptop.View("/home/alice/src/app", rootless: true).Root.Parts.All(part => part is { Uid: 0, Gid: 0 })).IsTrue();

    [Test]
    public async Task The_home_directory_belongs_to_whom_the_command_runs_as() =>
        await Assert.That(HostView.Create(Laptop.Request(rootless: true) with { Uid = 33, Gid = 33 }).Shown("/home/alice/x")).IsEqualTo("dir /home/alice 700 33");

    [Test]
    public async Task Layers_are_marked_with_user_attributes() =>
        await Assert.That(Laptop.View(rootless: true).Root.UserXattr).IsTrue();

    [Test]
    [Arguments("6.6", null)]
    [Arguments("6.5", "/home/alice/.local/share/kist/scratch")]
    [Arguments("5.14", "/home/alice/.local/share/kist/scratch")]
    public async Task Before_Linux_6_6_writes_go_to_a_private_directory(string kernel, string? expected) =>
        await Assert.That(HostView.Create(Laptop.Request(rootless: true) with { Kernel = KernelVersion.Parse(kernel), PrivateDirectory = "/home/alice/.local/share/kist/scratch" }).Root.DiskScratch)
            .IsEqualTo(expected);

    [Test]
    public async Task A_private_directory_inside_what_is_shown_is_an_error_that_says_so() =>
        await Assert.That(() => HostView.Create(Laptop.Request(rootless: true) with { Kernel = new(6, 5), PrivateDirectory = "/usr/scratch" }))
            .Throws<KistException>().WithMessageContaining("it lies in /usr");

    [Test]
    public async Task With_mapped_ids_root_sees_the_machine_as_one_overlay_and_mounts_that_cannot_map_ids_read_only()
    {
        HostMachine machine = new($"/ ext4\n{HostMachine.Usual}\n/srv zfs\n/opt xfs");
        HostViewResult view = HostView.Create(machine.Request() with { UserNamespace = true, IdMapped = true, Kernel = new(6, 18), Ids = 500, CurrentDirectory = "/home/alice/src/app" });
        await Assert.That(view.Lines()[0]).IsEqualTo("overlay /");
        await Assert.That(view.Shown("/opt/x")).IsEqualTo("overlay /opt");
        await Assert.That(view.Shown("/srv/x")).IsEqualTo("ro /srv");
        await Assert.That(view.Root.IdMapped).IsTrue();
        await Assert.That(view.Root.Parts.Single(part => part.Destination == "/home/alice/src/app").Uid).IsEqualTo(65534u);
    }

    [Test]
    [Arguments("ext4", "6.18", null)]
    [Arguments("ext4", "6.12", "6.15")]
    [Arguments("overlay", "6.18", "overlay")]
    [Arguments("zfs", "6.18", "zfs")]
    public async Task Where_ids_cannot_be_mapped_the_reason_is_known(string fsType, string kernel, string? reason)
    {
        string? why = HostView.WhyNotIdMapped(new HostMachine($"/ {fsType}").Mounts, KernelVersion.Parse(kernel));
        if (reason is null) await Assert.That(why).IsNull();
        else await Assert.That(why).Contains(reason);
    }
}
