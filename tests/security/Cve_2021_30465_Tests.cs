using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>
/// CVE-2021-30465, CVE-2024-45310: a shared directory's owner exchanges a mount point for a link while a container starts, and
/// mounts and new directories land outside.
/// </summary>
[NotInParallel]
public sealed class Cve_2021_30465_Tests
{
    const int Starts = 150;

    [Test]
    public async Task Nothing_is_mounted_or_made_outside_while_the_place_is_exchanged()
    {
        using Bundle bundle = await Bundle.Create();
        using TemporaryDirectory shared = new(), outside = new();
        // /shared/place is now a directory, now a link to the host's directory: as an absolute path, and by many dots.
        Directory.CreateDirectory(shared.Path + "/place/there");
        File.CreateSymbolicLink(shared.Path + "/link", $"../../../../../../../../..{outside.Path}");
        Directory.CreateDirectory(outside.Path + "/there");
        bundle.Mount($$"""{"destination": "/shared", "type": "bind", "source": "{{shared.Path}}", "options": ["bind"]}""")
            .Mount("""{"destination": "/shared/place/there", "type": "tmpfs", "source": "tmpfs"}""")
            .Mount("""{"destination": "/shared/place/made/of/many/parts", "type": "tmpfs", "source": "tmpfs"}""")
            // What was mounted outside before now shows here.
            .Mount($$"""{"destination": "/outside", "type": "bind", "source": "{{outside.Path}}", "options": ["rbind"]}""")
            .Program("sh", "-c", "echo started; grep ' /outside/' /proc/self/mountinfo");
        int started = 0;
        using (Swapper swapper = new(shared.Path + "/place", shared.Path + "/link"))
            for (int i = 0; i < Starts; i++)
            {
                CommandResult result = await bundle.Run();
                started += result.Output.StartsWith("started\n", StringComparison.Ordinal) ? 1 : 0;
                await Assert.That(result.Output is "" or "started\n").IsTrue().Because(result.ToString());
                await Assert.That(Items.Of(Directory.GetFileSystemEntries(outside.Path, "*", SearchOption.AllDirectories))).IsEqualTo(outside.Path + "/there");
                await Assert.That(Directory.GetFileSystemEntries(outside.Path + "/there")).IsEmpty();
                // What was made inside is taken away, so that it is made again.
                foreach (string place in (string[])["/place/made", "/link/made"])
                    try
                    {
                        Directory.Delete(shared.Path + place, recursive: true);
                    }
                    catch (IOException)
                    {
                        // The other name has it.
                    }
            }
        // Else nothing was tried.
        await Assert.That(started).IsGreaterThan(0);
    }
}
