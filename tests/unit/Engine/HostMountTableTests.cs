using System.Text;
using Kist.Linux;

namespace Kist.Tests.Unit.Engine;

public sealed class HostMountTableTests
{
    static MountTable Parse(string text) => MountTable.Parse(Encoding.UTF8.GetBytes(text));

    static string Visible(string text) => string.Join(' ', Parse(text).Mounts.Where(mount => mount.Visible).Select(mount => $"{mount.Id}:{mount.MountPoint}"));

    [Test]
    public async Task A_line_is_read_field_by_field()
    {
        Mount mount = Parse("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue\n").Mounts[0];
        await Assert.That((mount.Id, mount.ParentId, mount.Root, mount.MountPoint, mount.FsType, mount.Source, mount.Readonly))
            .IsEqualTo((36, 35, "/mnt1", "/mnt2", "ext3", "/dev/root", false));
    }

    [Test]
    [Arguments("36 35 98:0 / /mnt ro,noatime - ext4 /dev/sda1 rw", true)]
    [Arguments("36 35 98:0 / /mnt rw,noatime - iso9660 /dev/sr0 ro,nojoliet", true)]
    [Arguments("36 35 98:0 / /mnt rw,noatime - tmpfs root rw,rootcontext=x", false)]
    public async Task A_mount_is_read_only_by_itself_or_by_its_filesystem(string line, bool expected) =>
        await Assert.That(Parse(line).Mounts[0].Readonly).IsEqualTo(expected);

    [Test]
    public async Task Optional_fields_may_be_missing_and_a_source_may_be_empty()
    {
        Mount mount = Parse("36 35 0:9 / /x rw - tmpfs  rw").Mounts[0];
        await Assert.That((mount.FsType, mount.Source)).IsEqualTo(("tmpfs", ""));
    }

    [Test]
    public async Task Blanks_tabs_newlines_and_backslashes_in_names_are_decoded() =>
        await Assert.That(Parse(@"36 35 0:9 /a\134b /mnt/My\040Disk\011\012\043 rw - vfat /dev/sdb\0401 rw").Mounts[0] is
            { Root: @"/a\b", MountPoint: "/mnt/My Disk\t\n#", Source: "/dev/sdb 1" }).IsTrue();

    [Test]
    public async Task An_escape_is_three_octal_digits_and_nothing_else() =>
        await Assert.That(Parse(@"36 35 0:9 / /a\09z\04 rw - vfat x rw").Mounts[0].MountPoint).IsEqualTo(@"/a\09z\04");

    [Test]
    [Arguments("")]
    [Arguments("\n\n")]
    [Arguments("garbage")]
    [Arguments("1 x 8:1 / / rw - ext4 a rw")]
    [Arguments("1 2 8:1 / relative rw - ext4 a rw")]
    [Arguments("1 2 8:1 / /x rw shared:1")]
    [Arguments("99999999999 2 8:1 / /x rw - ext4 a rw")]
    public async Task What_is_not_a_mount_is_left_out(string text) => await Assert.That(Parse(text).Mounts.Count).IsEqualTo(0);

    [Test]
    public async Task A_mount_under_a_later_one_on_the_same_directory_is_invisible() =>
        await Assert.That(Visible("""
            1 0 8:1 / / rw - ext4 a rw
            2 1 8:2 / /mnt rw - ext4 b rw
            3 2 8:3 / /mnt rw - ext4 c rw
            """)).IsEqualTo("1:/ 3:/mnt");

    [Test]
    public async Task A_mount_under_a_later_one_on_a_directory_above_is_invisible() =>
        await Assert.That(Visible("""
            1 0 8:1 / / rw - ext4 a rw
            2 1 8:2 / /srv/data rw - ext4 b rw
            3 2 8:4 / /srv/data/deep rw - ext4 d rw
            4 1 8:3 / /srv rw - ext4 c rw
            5 4 8:5 / /srv/other rw - ext4 e rw
            """)).IsEqualTo("1:/ 4:/srv 5:/srv/other");

    [Test]
    public async Task A_mount_at_the_same_path_inside_the_covering_one_is_visible() =>
        await Assert.That(Visible("""
            1 0 8:1 / / rw - ext4 a rw
            2 1 8:2 / /srv/data rw - ext4 b rw
            3 1 8:3 / /srv rw - ext4 c rw
            4 3 8:4 / /srv/data rw - ext4 d rw
            """)).IsEqualTo("1:/ 3:/srv 4:/srv/data");

    [Test]
    public async Task A_name_that_begins_like_another_is_not_below_it() =>
        await Assert.That(Visible("""
            1 0 8:1 / / rw - ext4 a rw
            2 1 8:2 / /srv rw - ext4 b rw
            3 1 8:3 / /srv-old rw - ext4 c rw
            4 2 8:4 / /srv/x rw - ext4 d rw
            5 1 8:3 / /srv.d/x rw - ext4 c rw
            """)).IsEqualTo("1:/ 2:/srv 4:/srv/x 3:/srv-old 5:/srv.d/x");

    [Test]
    public async Task The_first_root_of_an_initramfs_is_hidden_by_the_real_one() =>
        await Assert.That(Visible("""
            1 1 0:1 / / rw - rootfs rootfs rw
            20 1 8:1 / / rw - ext4 a rw
            21 20 0:5 / /proc rw - proc proc rw
            """)).IsEqualTo("20:/ 21:/proc");

    [Test]
    public async Task In_a_chroot_to_a_plain_directory_its_mounts_are_visible_though_its_root_is_not_listed() =>
        await Assert.That(Visible("""
            40 33 0:5 / /proc rw - proc proc rw
            41 33 8:1 / /srv rw - ext4 a rw
            42 41 8:2 / /srv/x rw - ext4 b rw
            """)).IsEqualTo("40:/proc 41:/srv 42:/srv/x");

    [Test]
    public async Task Mounts_that_lead_in_circles_do_not_hold_the_reader() =>
        await Assert.That(Parse("""
            1 0 8:1 / / rw - ext4 a rw
            2 3 8:2 / /x rw - ext4 b rw
            3 2 8:3 / /x rw - ext4 c rw
            4 1 8:3 / /x rw - ext4 c rw
            5 4 8:3 / /x rw - ext4 c rw
            4 5 8:3 / /x rw - ext4 c rw
            """).Mounts.Count).IsEqualTo(6);
}
