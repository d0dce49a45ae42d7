using Kist.Engine.Host;

namespace Kist.Tests.Unit.Engine;

/// <summary>What is masked, what of it can be opened, and what the current directory shows.</summary>
public sealed class HostViewSecretsTests
{
    static readonly HostMachine Debian = new($"/ ext4\n{HostMachine.Usual}", """
        /etc/wireguard/
        /home/alice/.bash_history
        /home/alice/.config/gcloud/
        /tmp/build/
        /run/docker.sock =
        /run/user/1000/project/
        /srv/alice/ 750 1000
        """);

    static readonly HostMachine Alice = Debian;

    static HostViewResult View(string currentDirectory, params string[] open) => Alice.View(currentDirectory, home: "/home/alice", open: open);

    [Test]
    [Arguments("/etc/shadow")]
    [Arguments("/etc/ssl/private/key.pem")]
    [Arguments("/etc/wireguard/wg0.conf")]
    [Arguments("/var/lib/docker/volumes")]
    public async Task Secrets_are_masked(string path) => await Assert.That(View("/usr").Shown(path)).IsEqualTo("masked");

    [Test]
    public async Task What_this_machine_does_not_have_is_not_in_the_list_of_masked_paths() =>
        await Assert.That(View("/usr").MaskedPaths.Text()).IsEqualTo(new[] { "/etc/shadow", "/etc/ssl/private", "/etc/wireguard", "/var/lib/docker" }.Text());

    [Test]
    public async Task A_secret_that_is_a_link_is_masked_where_it_points_to() =>
        await Assert.That(new HostMachine("/ ext4", "/etc/letsencrypt -> /srv/letsencrypt\n/srv/letsencrypt/").View().MaskedPaths).Contains("/srv/letsencrypt");

    [Test]
    public async Task Mounts_below_a_masked_directory_are_not_mounted() =>
        await Assert.That(new HostMachine("/ ext4\n/var/lib/docker ext4\n/var/lib/docker/overlay2/x/merged overlay").View().Lines("/var/lib")).IsEmpty();

    [Test]
    public async Task The_home_directory_is_there_empty_and_its_owners()
    {
        HostViewResult view = HostView.Create(Alice.Request() with { Home = "/home/alice", Uid = 1000, Gid = 1000 });
        await Assert.That(view.Lines("/home").Text()).IsEqualTo(new[] { "empty /home 755 0", "dir /home/alice 700 1000" }.Text());
        await Assert.That(view.Home).IsEqualTo("/home/alice");
    }

    [Test]
    public async Task A_home_directory_elsewhere_is_masked_there()
    {
        HostViewResult view = HostView.Create(Alice.Request() with { Home = "/srv/alice", Uid = 1000 });
        await Assert.That(view.Lines("/srv").Text()).IsEqualTo(new[] { "empty /srv/alice 700 1000" }.Text());
    }

    [Test]
    public async Task A_home_directory_that_is_a_link_is_found_by_its_name()
    {
        HostViewResult view = new HostMachine("/ ext4\n/data ext4", "/home/carol -> /data/carol\n/data/carol/").View(home: "/home/carol");
        await Assert.That(view.Lines("/home").Text()).IsEqualTo(new[] { "empty /home 755 0", "link /home/carol -> /data/carol" }.Text());
        await Assert.That(view.Lines("/data").Text()).IsEqualTo(new[] { "overlay /data", "empty /data/carol 700 0" }.Text());
    }

    [Test]
    [Arguments("/")]
    [Arguments("/usr/bin")]
    [Arguments("/var")]
    [Arguments("/etc")]
    [Arguments("/nonexistent")]
    [Arguments("relative")]
    [Arguments("")]
    public async Task A_system_accounts_home_does_not_take_the_system_away(string home)
    {
        HostViewResult view = Alice.View(home: home);
        await Assert.That(view.Shown("/usr/bin/ls")).IsEqualTo("overlay /");
        await Assert.That(view.Home).IsNull();
    }

    [Test]
    public async Task The_current_directory_stays_visible_in_a_masked_home_and_its_siblings_do_not()
    {
        HostViewResult view = View("/home/alice/src/app");
        await Assert.That(view.Lines("/home").Text()).IsEqualTo(new[]
        {
            "empty /home 755 0", "dir /home/alice 700 0", "dir /home/alice/src 755 0", "overlay /home/alice/src/app",
        }.Text());
        await Assert.That(view.Root.Parts.Single(part => part.Destination == "/home/alice/src/app").Uid).IsEqualTo(1000u);
        await Assert.That(view.CurrentDirectoryShown).IsTrue();
        await Assert.That(view.Warnings()).IsEqualTo("");
    }

    [Test]
    public async Task Mounts_below_the_current_directory_are_shown_with_it() =>
        await Assert.That(new HostMachine("/ ext4\n/home ext4\n/home/alice/src/app/data xfs\n/home/bob/data xfs").View("/home/alice/src/app", home: "/home/alice").Lines("/home").Text())
            .IsEqualTo(new[] { "empty /home 755 0", "dir /home/alice 700 0", "dir /home/alice/src 755 0", "overlay /home/alice/src/app", "overlay /home/alice/src/app/data" }.Text());

    [Test]
    public async Task A_current_directory_on_a_server_is_read_only_and_that_is_said()
    {
        HostViewResult view = new HostMachine("/ ext4\n/home nfs4").View("/home/alice/src/app", home: "/home/alice");
        await Assert.That(view.Shown("/home/alice/src/app/x")).IsEqualTo("ro /home/alice/src/app");
        await Assert.That(view.Warnings()).Contains("the current directory is read-only");
    }

    [Test]
    [Arguments("/home/alice", "is your home directory: it is masked; share it with -v .:.")]
    [Arguments("/home", "is /home, where home directories are: it is masked; share it with -v .:.")]
    [Arguments("/root", "is /root, where home directories are: it is masked; share it with -v .:.")]
    [Arguments("/", "the current directory is /")]
    [Arguments("/tmp", "is /tmp, which is the container's own; share it with -v .:.")]
    [Arguments("/etc/ssl/private", "is masked, because it holds secrets")]
    [Arguments("/var/lib/docker/volumes", "is masked, because /var/lib/docker holds secrets")]
    [Arguments("/home/alice/.ssh", "is masked, because it holds secrets")]
    [Arguments("/proc/self", "lies in /proc, which is the container's own")]
    public async Task A_current_directory_that_is_not_shown_is_said_with_the_way_to_share_it(string directory, string expected) =>
        await Assert.That(View(directory).Warnings()).Contains(expected);

    [Test]
    public async Task A_current_directory_that_is_masked_stays_masked()
    {
        await Assert.That(View("/etc/ssl/private").Shown("/etc/ssl/private")).IsEqualTo("masked");
        await Assert.That(View("/home/alice").Shown("/home/alice/x")).IsEqualTo("dir /home/alice 700 0");
        await Assert.That(View("/home/alice/.ssh").Shown("/home/alice/.ssh")).IsEqualTo("dir /home/alice 700 0");
    }

    [Test]
    [Arguments("/tmp/build")]
    [Arguments("/run/user/1000/project")]
    public async Task A_current_directory_in_the_containers_own_directories_is_shown_copy_on_write(string directory) =>
        await Assert.That(View(directory).Shown(directory)).IsEqualTo($"overlay {directory}");

    [Test]
    public async Task Keys_in_a_current_directory_above_them_are_masked()
    {
        HostViewResult view = View("/home/alice/.config");
        await Assert.That(view.Shown("/home/alice/.config/x")).IsEqualTo("overlay /home/alice/.config");
        await Assert.That(view.Shown("/home/alice/.config/gcloud/x")).IsEqualTo("masked");
    }

    [Test]
    public async Task An_opened_item_is_shown_and_the_others_are_not()
    {
        HostViewResult view = View("/usr", "/etc/shadow", "/var/lib/docker");
        await Assert.That(view.MaskedPaths.Text()).IsEqualTo(new[] { "/etc/ssl/private", "/etc/wireguard" }.Text());
        await Assert.That(view.Warnings()).IsEqualTo("");
    }

    [Test]
    public async Task An_opened_home_shows_its_files_but_not_its_keys_and_history()
    {
        HostViewResult view = View("/usr", "/home/alice");
        await Assert.That(view.Shown("/home/alice/notes")).IsEqualTo("overlay /home/alice");
        await Assert.That(view.Shown("/home/alice/.ssh/id")).IsEqualTo("masked");
        await Assert.That(view.Shown("/home/alice/.bash_history")).IsEqualTo("masked");
        await Assert.That(view.Shown("/home/bob/notes")).IsEqualTo("empty /home 755 0");
    }

    [Test]
    public async Task Opened_keys_are_shown_in_a_home_that_stays_masked()
    {
        HostViewResult view = View("/usr", "~/.ssh");
        await Assert.That(view.Shown("/home/alice/.ssh/id")).IsEqualTo("overlay /home/alice/.ssh");
        await Assert.That(view.Shown("/home/alice/notes")).IsEqualTo("dir /home/alice 700 0");
    }

    [Test]
    public async Task All_homes_can_be_opened_at_once()
    {
        HostViewResult view = View("/home/alice", "/home");
        await Assert.That(view.Shown("/home/bob/notes")).IsEqualTo("overlay /");
        await Assert.That(view.Shown("/home/alice/.ssh/id")).IsEqualTo("masked");
        await Assert.That(view.Warnings()).IsEqualTo("");
    }

    [Test]
    public async Task A_file_in_a_masked_directory_can_be_opened_alone()
    {
        HostViewResult view = new HostMachine("/ ext4", "/etc/ssl/private/one.pem\n/etc/ssl/private/two.pem").View(open: ["/etc/ssl/private/one.pem"]);
        await Assert.That(view.Lines("/etc").Text()).IsEqualTo(new[] { "empty /etc/ssl/private 755 0", "ro-file /etc/ssl/private/one.pem" }.Text());
        await Assert.That(view.MaskedPaths).DoesNotContain("/etc/ssl/private");
    }

    [Test]
    public async Task A_socket_is_shown_only_if_it_is_opened()
    {
        await Assert.That(View("/usr").Lines("/run/docker.sock")).IsEmpty();
        await Assert.That(View("/usr", "/run/docker.sock").Lines("/run/docker.sock").Text()).IsEqualTo(new[] { "ro-file /run/docker.sock" }.Text());
    }

    [Test]
    public async Task The_users_directory_in_run_is_empty_unless_it_is_opened()
    {
        HostViewRequest request = Alice.Request() with { Uid = 1000, Gid = 1000 };
        await Assert.That(HostView.Create(request).Shown("/run/user/1000/bus")).IsEqualTo("dir /run/user/1000 700 1000");
        await Assert.That(HostView.Create(request with { Open = ["/run/user/1000"] }).Shown("/run/user/1000/bus")).IsEqualTo("ro /run/user/1000");
    }

    [Test]
    public async Task A_home_directory_in_tmp_is_empty_with_the_current_directory_in_it()
    {
        HostViewResult view = new HostMachine("/ ext4", "/tmp/home/project/").View("/tmp/home/project", home: "/tmp/home");
        await Assert.That(view.Lines("/tmp").Text()).IsEqualTo(new[] { "empty /tmp 1777 0", "dir /tmp/home 700 0", "overlay /tmp/home/project" }.Text());
    }

    [Test]
    public async Task Opening_the_directory_above_opens_nothing_and_names_what_is_masked_in_it() =>
        await Assert.That(View("/usr", "/etc").Warnings()).Contains("still masked in it are /etc/shadow, /etc/ssl/private, /etc/wireguard");

    [Test]
    [Arguments("/no/such/file", "there is no such file")]
    [Arguments("etc/shadow", "not an absolute path")]
    [Arguments("/proc/kcore", "the container's own")]
    [Arguments("/tmp", "the container's own")]
    public async Task What_cannot_be_opened_is_said(string path, string expected) => await Assert.That(new HostMachine($"/ ext4\n{HostMachine.Usual}", "/proc/kcore").View(open: [path]).Warnings()).Contains(expected);

    [Test]
    public async Task The_name_servers_file_is_found_where_it_is_generated_but_not_the_resolvers_socket()
    {
        HostViewResult view = new HostMachine($"/ ext4\n{HostMachine.Usual}", """
            /etc/resolv.conf -> ../run/systemd/resolve/stub-resolv.conf
            /run/systemd/resolve/stub-resolv.conf
            /run/systemd/resolve/io.systemd.Resolve =
            """).View();
        await Assert.That(view.Lines("/run/systemd").Text()).IsEqualTo(new[]
        {
            "dir /run/systemd 755 0", "dir /run/systemd/resolve 755 0", "ro-file /run/systemd/resolve/stub-resolv.conf",
        }.Text());
    }

    [Test]
    public async Task Links_on_the_way_to_the_name_servers_file_are_kept()
    {
        HostViewResult view = new HostMachine($"/ ext4\n{HostMachine.Usual}", """
            /etc/resolv.conf -> /var/run/resolvconf/resolv.conf
            /run/resolvconf/resolv.conf -> ../NetworkManager/resolv.conf
            /run/NetworkManager/resolv.conf
            """).View();
        await Assert.That(view.Lines("/run/resolvconf")).Contains("link /run/resolvconf/resolv.conf -> ../NetworkManager/resolv.conf");
        await Assert.That(view.Lines("/run/NetworkManager")).Contains("ro-file /run/NetworkManager/resolv.conf");
    }

    [Test]
    public async Task A_link_that_leads_in_circles_ends_in_a_view_without_it() =>
        await Assert.That(new HostMachine("/ ext4", "/etc/resolv.conf -> /run/a\n/run/a -> /run/b\n/run/b -> /run/a").View().Lines("/run").Any(line => line.StartsWith("ro", StringComparison.Ordinal))).IsFalse();
}
