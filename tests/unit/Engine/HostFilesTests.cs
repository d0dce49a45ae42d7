using Kist.Engine.Host;
using Kist.Linux;
using Kist.Runtime;

namespace Kist.Tests.Unit.Engine;

/// <summary>The answers of a real filesystem, and the view of the machine that the tests run on.</summary>
public sealed class HostFilesTests
{
    static readonly HostFiles Files = new();

    [Test]
    public async Task A_file_a_directory_and_a_link_are_told_apart()
    {
        using TemporaryFiles files = new();
        await Assert.That(Files.Status(files.Path("file"))).IsEqualTo(new FileStatus(FileType.Regular, 0x380, Kernel.GetEuid(), files.Gid, 0));
        await Assert.That(Files.Status(files.Path("directory")).Type).IsEqualTo(FileType.Directory);
        await Assert.That(Files.Status(files.Path("link")).Type).IsEqualTo(FileType.SymbolicLink);
        await Assert.That(Files.LinkTarget(files.Path("link"))).IsEqualTo("nowhere");
    }

    [Test]
    public async Task What_is_not_there_has_no_type_no_target_and_no_entries()
    {
        using TemporaryFiles files = new();
        await Assert.That(Files.Status(files.Path("absent")).Type).IsEqualTo(FileType.Unknown);
        await Assert.That(Files.Status("/" + new string('x', 5000)).Type).IsEqualTo(FileType.Unknown);
        await Assert.That(Files.LinkTarget(files.Path("file"))).IsNull();
        await Assert.That(Files.List(files.Path("file"))).IsNull();
    }

    [Test]
    public async Task A_directory_lists_its_entries_with_their_types()
    {
        using TemporaryFiles files = new();
        await Assert.That(Files.List(files.Root)!.Select(entry => $"{entry.Name} {entry.Type}").Order(StringComparer.Ordinal).Text())
            .IsEqualTo("directory Directory\nfile Regular\nlink SymbolicLink");
    }

    [Test]
    public async Task This_machine_is_shown_whole_and_every_part_has_a_source()
    {
        HostViewResult view = HostView.Create(HostViewRequest.FromHost(HostFacts.Probe(), "/root") with { PrivateDirectory = "/home/nobody/none" });
        await Assert.That(view.Root.Parts[0].Destination).IsEqualTo("/");
        foreach (RootPart part in view.Root.Parts)
            if (part.Kind is RootPartKind.Overlay or RootPartKind.Bind) await Assert.That(Files.Status(part.Source).Type).IsNotEqualTo(FileType.Unknown).Because(part.Source);
        foreach (string masked in view.MaskedPaths) await Assert.That(Files.Status(masked).Type).IsNotEqualTo(FileType.Unknown).Because(masked);
    }

    sealed class TemporaryFiles : IDisposable
    {
        public TemporaryFiles()
        {
            Directory.CreateDirectory(Path("directory"));
            File.WriteAllText(Path("file"), "");
            File.SetUnixFileMode(Path("file"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.StickyBit);
            File.CreateSymbolicLink(Path("link"), "nowhere");
        }

        public string Root { get; } = Directory.CreateTempSubdirectory("kist-host-files-").FullName;

        public uint Gid => Files.Status(Path("file")).Gid;

        public string Path(string name) => Root + "/" + name;

        public void Dispose() => Directory.Delete(Root, recursive: true);
    }
}
