using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>A SOURCE that is none: what is there instead, and what to write.</summary>
public sealed class SourceErrorTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("kist-source-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Test]
    public async Task A_missing_directory_is_named()
    {
        await Fails($"{folder}/nothing", $"kist: there is no directory {folder}/nothing\n");
    }

    [Test]
    public async Task A_file_is_no_root_filesystem()
    {
        File.WriteAllText($"{folder}/root.tar", "x");
        await Fails($"{folder}/root.tar", $"kist: {folder}/root.tar is not a directory; SOURCE is a directory with a root filesystem, unpack it first\n");
    }

    [Test]
    public async Task An_empty_directory_is_no_root_filesystem()
    {
        await Fails(folder, $"kist: {folder} is empty; SOURCE is a directory with a root filesystem (bin, etc, usr, …)\n");
    }

    [Test]
    public async Task A_directory_that_is_closed_to_the_user_is_named()
    {
        Requirements.NotRoot();
        Directory.CreateDirectory($"{folder}/closed", UnixFileMode.None);
        await Fails($"{folder}/closed", $"kist: cannot read {folder}/closed: EACCES (Permission denied); it, or a directory above it, is closed to this user\n");
    }

    [Test]
    public async Task The_name_of_an_image_is_an_error_until_there_are_images()
    {
        await Fails("debian", "kist: debian: images come with a later release; SOURCE is @host, or a directory with a slash in its name, like ./rootfs\n");
    }

    static async Task Fails(string source, string message)
    {
        CommandResult result = await new KistCommand("run", source, "true").Run();
        await Assert.That(result.Errors).IsEqualTo(message);
        await Assert.That(result.ExitCode).IsEqualTo(125);
        await Assert.That(result.Output).IsEqualTo("");
    }
}
