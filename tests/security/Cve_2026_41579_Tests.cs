using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>CVE-2026-41579, CVE-2026-47766: an image's /dev is a link, and devices and links are made, or removed, on the host.</summary>
public sealed class Cve_2026_41579_Tests
{
    [Test]
    [Arguments(false, false), Arguments(true, false), Arguments(false, true), Arguments(true, true)]
    public async Task A_link_in_the_place_of_dev_leaves_the_host_untouched(bool relative, bool mounted)
    {
        using Bundle bundle = await Bundle.Create();
        using TemporaryDirectory decoy = new();
        decoy.File("ptmx", "of the host");
        Directory.Delete(bundle.Root + "/dev", recursive: true);
        File.CreateSymbolicLink(bundle.Root + "/dev", relative ? $"../../../../..{decoy.Path}" : decoy.Path);
        if (!mounted)
            foreach (string place in (string[])["/dev", "/dev/pts", "/dev/shm", "/dev/mqueue"])
                bundle.WithoutMount(place);
        // Whether it starts, on a directory of that name inside, or not:
        _ = await bundle.Program("true").Run();
        await Assert.That(Items.Of(Directory.GetFileSystemEntries(decoy.Path))).IsEqualTo(decoy.Path + "/ptmx");
        await Assert.That(await File.ReadAllTextAsync(decoy.Path + "/ptmx")).IsEqualTo("of the host");
    }

    [Test]
    public async Task Nor_does_a_link_in_the_place_of_a_device_directory()
    {
        using Bundle bundle = await Bundle.Create();
        using TemporaryDirectory decoy = new();
        File.CreateSymbolicLink(bundle.Root + "/net", decoy.Path);
        bundle.Set("/linux/devices", """[{"path": "/net/tun", "type": "c", "major": 10, "minor": 200}]""");
        _ = await bundle.Program("true").Run();
        await Assert.That(Directory.GetFileSystemEntries(decoy.Path)).IsEmpty();
    }
}
