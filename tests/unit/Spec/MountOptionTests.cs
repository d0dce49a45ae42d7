using Kist.Linux;
using Kist.Spec;

namespace Kist.Tests.Unit.Spec;

public sealed class MountOptionTests
{
    const ulong ReadOnly = 1, NoSuid = 2, NoDev = 4, NoExec = 8, NoAtime = 0x10, StrictAtime = 0x20, Atime = 0x70, NoDirAtime = 0x80, NoSymFollow = 0x200000;

    static string Show(MountOptions o)
    {
        var parts = new List<string>();
        if (o.AttributesToSet != 0) parts.Add($"set {o.AttributesToSet:x}");
        if (o.AttributesToClear != 0) parts.Add($"clear {o.AttributesToClear:x}");
        if (o.RecursiveToSet != 0) parts.Add($"rset {o.RecursiveToSet:x}");
        if (o.RecursiveToClear != 0) parts.Add($"rclear {o.RecursiveToClear:x}");
        parts.AddRange(o.SuperblockOptions);
        foreach (MountPropagation p in o.Propagation) parts.Add($"propagation {p.Flag:x}{(p.Recursive ? " recursive" : "")}");
        if (o.Bind) parts.Add(o.RecursiveBind ? "bind recursive" : "bind");
        if (o.Remount) parts.Add("remount");
        if (o.TmpCopyUp) parts.Add("tmpcopyup");
        if (o.IdMap) parts.Add(o.RecursiveIdMap ? "idmap recursive" : "idmap");
        foreach (MountData d in o.Data) parts.Add(d.Value is null ? $"data {d.Key}" : $"data {d.Key}={d.Value}");
        return string.Join("; ", parts);
    }

    // Each row of config.md's table.
    [Test]
    [Arguments("async", "")]
    [Arguments("atime", "clear 70")]
    [Arguments("bind", "bind")]
    [Arguments("defaults", "")]
    [Arguments("dev", "clear 4")]
    [Arguments("diratime", "clear 80")]
    [Arguments("dirsync", "dirsync")]
    [Arguments("exec", "clear 8")]
    [Arguments("idmap", "idmap")]
    [Arguments("iversion", "iversion")]
    [Arguments("lazytime", "lazytime")]
    [Arguments("loud", "")]
    [Arguments("mand", "mand")]
    [Arguments("noatime", "set 10; clear 70")]
    [Arguments("nodev", "set 4")]
    [Arguments("nodiratime", "set 80")]
    [Arguments("noexec", "set 8")]
    [Arguments("noiversion", "")]
    [Arguments("nolazytime", "")]
    [Arguments("nomand", "")]
    [Arguments("norelatime", "")]
    [Arguments("nostrictatime", "clear 70")]
    [Arguments("nosuid", "set 2")]
    [Arguments("nosymfollow", "set 200000")]
    [Arguments("private", "propagation 40000")]
    [Arguments("ratime", "rclear 70")]
    [Arguments("rbind", "bind recursive")]
    [Arguments("rdev", "rclear 4")]
    [Arguments("rdiratime", "rclear 80")]
    [Arguments("relatime", "clear 70")]
    [Arguments("remount", "remount")]
    [Arguments("rexec", "rclear 8")]
    [Arguments("ridmap", "idmap recursive")]
    [Arguments("rnoatime", "rset 10; rclear 70")]
    [Arguments("rnodev", "rset 4")]
    [Arguments("rnodiratime", "rset 80")]
    [Arguments("rnoexec", "rset 8")]
    [Arguments("rnorelatime", "")]
    [Arguments("rnostrictatime", "rclear 70")]
    [Arguments("rnosuid", "rset 2")]
    [Arguments("rnosymfollow", "rset 200000")]
    [Arguments("ro", "set 1; ro")]
    [Arguments("rprivate", "propagation 40000 recursive")]
    [Arguments("rrelatime", "rclear 70")]
    [Arguments("rro", "rset 1")]
    [Arguments("rrw", "rclear 1")]
    [Arguments("rshared", "propagation 100000 recursive")]
    [Arguments("rslave", "propagation 80000 recursive")]
    [Arguments("rstrictatime", "rset 20; rclear 70")]
    [Arguments("rsuid", "rclear 2")]
    [Arguments("rsymfollow", "rclear 200000")]
    [Arguments("runbindable", "propagation 20000 recursive")]
    [Arguments("rw", "clear 1")]
    [Arguments("shared", "propagation 100000")]
    [Arguments("silent", "silent")]
    [Arguments("slave", "propagation 80000")]
    [Arguments("strictatime", "set 20; clear 70")]
    [Arguments("suid", "clear 2")]
    [Arguments("symfollow", "clear 200000")]
    [Arguments("sync", "sync")]
    [Arguments("tmpcopyup", "tmpcopyup")]
    [Arguments("unbindable", "propagation 20000")]
    public async Task An_option_of_the_table_means_what_the_specification_says(string option, string meaning)
    {
        await Assert.That(Show(MountOptions.Parse([option]))).IsEqualTo(meaning);
        await Assert.That(MountOptionTable.TryGet(option, out MountOption row)).IsTrue();
        await Assert.That(row.Name).IsEqualTo(option);
    }

    [Test]
    public async Task The_table_has_no_option_that_the_test_above_does_not_know()
    {
        await Assert.That(MountOptionTable.All.Count).IsEqualTo(62);
    }

    [Test]
    [Arguments("ro,rw", "clear 1")]
    [Arguments("rw,ro", "set 1; ro")]
    [Arguments("nosuid,nodev,suid", "set 4; clear 2")]
    [Arguments("sync,async", "")]
    [Arguments("silent,loud", "")]
    [Arguments("iversion,lazytime,mand,noiversion,nolazytime,nomand", "")]
    [Arguments("noatime,strictatime", "set 20; clear 70")]
    [Arguments("strictatime,relatime", "clear 70")]
    [Arguments("noatime,atime", "clear 70")]
    [Arguments("strictatime,atime", "set 20; clear 70")]
    [Arguments("relatime,norelatime", "")]
    [Arguments("noatime,rstrictatime", "set 10; clear 70; rset 20; rclear 70")]
    [Arguments("rro,rrw,rnosuid", "rset 2; rclear 1")]
    [Arguments("private,rslave", "propagation 40000; propagation 80000 recursive")]
    [Arguments("nosuid,strictatime,mode=755,size=65536k", "set 22; clear 70; data mode=755; data size=65536k")]
    public async Task Later_options_win_over_earlier_ones(string options, string meaning)
    {
        await Assert.That(Show(MountOptions.Parse(options.Split(',')))).IsEqualTo(meaning);
        await Assert.That(Show(MountOptions.Parse([options]))).IsEqualTo(meaning).Because("one string may hold several options");
    }

    [Test]
    [Arguments("newinstance", "data newinstance")]
    [Arguments("mode=", "data mode=")]
    [Arguments("a=b=c", "data a=b=c")]
    [Arguments("", "")]
    [Arguments(",,", "")]
    [Arguments("lowerdir=/a\\,b:/c,upperdir=/u", "data lowerdir=/a\\,b:/c; data upperdir=/u")]
    [Arguments("context=\"u:r:t:s0:c1,c2\",ro", "set 1; ro; data context=u:r:t:s0:c1,c2")]
    [Arguments("RO", "data RO")]
    public async Task What_the_table_lacks_is_left_to_the_filesystem(string option, string meaning)
    {
        await Assert.That(Show(MountOptions.Parse([option]))).IsEqualTo(meaning);
    }

    [Test]
    public async Task A_string_of_a_million_commas_is_no_trouble()
    {
        await Assert.That(Show(MountOptions.Parse([new string(',', 1_000_000) + "ro"]))).IsEqualTo("set 1; ro");
    }

    [Test]
    public async Task The_constants_are_the_kernels()
    {
        ulong[] ours =
        [
            MountAttribute.MOUNT_ATTR_RDONLY, MountAttribute.MOUNT_ATTR_NOSUID, MountAttribute.MOUNT_ATTR_NODEV, MountAttribute.MOUNT_ATTR_NOEXEC,
            MountAttribute.MOUNT_ATTR_NOATIME, MountAttribute.MOUNT_ATTR_STRICTATIME, MountAttribute.MOUNT_ATTR__ATIME,
            MountAttribute.MOUNT_ATTR_NODIRATIME, MountAttribute.MOUNT_ATTR_NOSYMFOLLOW,
        ];
        await Assert.That(string.Join(' ', ours)).IsEqualTo(string.Join(' ', ReadOnly, NoSuid, NoDev, NoExec, NoAtime, StrictAtime, Atime, NoDirAtime, NoSymFollow));
    }
}
