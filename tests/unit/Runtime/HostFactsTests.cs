using System.Text;
using Kist.Linux;
using Kist.Runtime;
using Kist.Runtime.Cgroups;
using Kist.Spec;
using Kist.Tests.Support;

namespace Kist.Tests.Unit.Runtime;

/// <summary>What is read about a machine: versions, cgroups, ids.</summary>
public sealed class HostFactsTests
{
    [Test]
    [Arguments("6.18.44-generic", 6, 18)]
    [Arguments("5.14.0-503.el9.x86_64", 5, 14)]
    [Arguments("6.1", 6, 1)]
    [Arguments("7.0-rc1", 7, 0)]
    [Arguments("6.12+deb13-amd64", 6, 12)]
    [Arguments("", 0, 0)]
    [Arguments("linux", 0, 0)]
    [Arguments("6", 0, 0)]
    public async Task A_kernels_version_is_what_comes_before_the_rest(string release, int major, int minor) =>
        await Assert.That(KernelVersion.Parse(release)).IsEqualTo(new KernelVersion(major, minor));

    [Test]
    public async Task Versions_are_compared_by_number()
    {
        await Assert.That(new KernelVersion(5, 14).IsAtLeast(5, 4)).IsTrue();
        await Assert.That(new KernelVersion(6, 1).IsAtLeast(5, 14)).IsTrue();
        await Assert.That(new KernelVersion(6, 1).IsAtLeast(6, 12)).IsFalse();
    }

    [Test]
    public async Task The_unified_hierarchy_is_one_tree()
    {
        CgroupLayout layout = CgroupLayout.Parse("0::/user.slice/a.scope\n"u8, unified: true);
        await Assert.That(layout.Version).IsEqualTo(CgroupVersion.V2);
        await Assert.That(Items.Of(layout.Hierarchies)).IsEqualTo(Items.Of([new CgroupHierarchy("", "/sys/fs/cgroup", "/user.slice/a.scope")]));
        await Assert.That(layout.Find("memory")).IsEqualTo(layout.Hierarchies[0]);
    }

    [Test]
    public async Task The_old_hierarchies_are_found_by_each_of_their_controllers()
    {
        CgroupLayout layout = CgroupLayout.Parse("4:cpu,cpuacct:/a:b\n2:pids:/\n1:name=systemd:/init.scope\n"u8, unified: false);
        await Assert.That(layout.Version).IsEqualTo(CgroupVersion.V1);
        await Assert.That(layout.Find("cpuacct")).IsEqualTo(new CgroupHierarchy("cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/a:b"));
        await Assert.That(layout.Find("cpu")).IsEqualTo(layout.Find("cpuacct"));
        await Assert.That(layout.Find("cp")).IsNull();
        await Assert.That(layout.Find("memory")).IsNull();
        await Assert.That(layout.Hierarchies[2].Directory).IsEqualTo("/sys/fs/cgroup/systemd");
    }

    [Test]
    public async Task Old_hierarchies_with_an_empty_unified_one_are_hybrid()
    {
        CgroupLayout layout = CgroupLayout.Parse("2:pids:/\n0::/\n"u8, unified: false);
        await Assert.That(layout.Version).IsEqualTo(CgroupVersion.Hybrid);
        await Assert.That(layout.Hierarchies.Count).IsEqualTo(1);
    }

    [Test]
    [Arguments("")]
    [Arguments("nonsense\n:\n")]
    [Arguments("2:pids:/\n")]
    public async Task Where_the_unified_tree_is_not_listed_there_is_none(string text) =>
        await Assert.That(CgroupLayout.Parse(Encoding.UTF8.GetBytes(text), unified: true).Version).IsEqualTo(CgroupVersion.None);

    [Test]
    [Arguments(2ul, 1ul)]
    [Arguments(1ul, 1ul)]
    [Arguments(1024ul, 100ul)]
    [Arguments(262144ul, 10000ul)]
    [Arguments(ulong.MaxValue, 10000ul)]
    public async Task Shares_are_weights_with_the_same_ends_and_the_same_default(ulong shares, ulong weight) =>
        await Assert.That(CgroupLimits.Weight(shares)).IsEqualTo(weight);

    [Test]
    public async Task More_shares_are_never_less_weight()
    {
        ulong last = 0;
        for (ulong shares = 1; shares <= 263000; shares++)
        {
            ulong weight = CgroupLimits.Weight(shares);
            if (weight < last || weight is 0 or > 10000) Assert.Fail($"{shares} shares are the weight {weight}, and one share less is {last}");
            last = weight;
        }
        await Assert.That(last).IsEqualTo(10000ul);
    }

    [Test]
    [Arguments("me:100000:65536\n", new uint[] { 1, 100000, 65536 })]
    [Arguments("1000:100000:10\nme:300000:20\n", new uint[] { 1, 100000, 10, 11, 300000, 20 })]
    [Arguments("you:1:2\nmeme:1:2\nm:1:2\n", new uint[] { })]
    [Arguments("me:100000:65536", new uint[] { 1, 100000, 65536 })]
    [Arguments("me:100000:0\nme:a:1\nme::\nme:1\n::\n:100:1\nme:4294967295:1\nme:-1:5\n", new uint[] { })]
    [Arguments("me:1:4294967295\n", new uint[] { })]
    public async Task Subordinate_ids_follow_one_another_from_1_on(string text, uint[] expected)
    {
        uint[] found = [.. IdMaps.Ranges(Encoding.UTF8.GetBytes(text), "me", 1000).SelectMany(map => (uint[])[map.ContainerId, map.HostId, map.Size])];
        await Assert.That(found.SequenceEqual(expected)).IsTrue().Because(string.Join(", ", found));
    }

    [Test]
    public async Task A_user_without_a_name_has_ids_by_number_only() =>
        await Assert.That(Items.Of(IdMaps.Ranges("1000:5:6\n:7:8\n"u8.ToArray(), null, 1000))).IsEqualTo(Items.Of([new IdMapping(1, 5, 6)]));

    [Test]
    public async Task A_users_name_is_that_of_the_first_line_with_the_uid()
    {
        byte[] passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\nme:x:1000:1000::/:\nalias:x:1000:1000::/:\nlong:x:10001:1::/:\n"u8.ToArray();
        await Assert.That(IdMaps.UserName(passwd, 1000)).IsEqualTo("me");
        await Assert.That(IdMaps.UserName(passwd, 100)).IsNull();
    }

    [Test]
    [Arguments("a")]
    [Arguments("0123456789abcdef")]
    [Arguments("")]
    public async Task Nobodys_ids_lie_where_they_are_kept_for_containers(string id)
    {
        IdMaps maps = IdMaps.ForNobody(id);
        await Assert.That(maps.Uids[0].Size).IsEqualTo(65536u);
        await Assert.That(maps.Uids[0].HostId).IsBetween(524288u, 1879048191u - 65535);
        await Assert.That(Items.Of(maps.Uids)).IsEqualTo(Items.Of(IdMaps.ForNobody(id).Gids));
    }

    [Test]
    public async Task Why_user_namespaces_are_forbidden_always_has_an_answer()
    {
        await Assert.That(UserNamespaces.WhyForbidden(Errno.EPERM)).Contains("user namespace").Or.Contains("restricts them").Or.Contains("root only");
        await Assert.That(UserNamespaces.Value("/proc/sys/kernel/no_such_parameter")).IsNull();
    }
}
