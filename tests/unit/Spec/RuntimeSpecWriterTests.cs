using System.Text;
using System.Text.Json;
using Kist.Spec;

namespace Kist.Tests.Unit.Spec;

public sealed class RuntimeSpecWriterTests
{
    static byte[] Write(RuntimeSpec spec)
    {
        var stream = new MemoryStream();
        RuntimeSpecWriter.Write(spec, stream);
        return stream.ToArray();
    }

    [Test]
    public async Task Every_property_of_the_specification_is_read_and_written_again()
    {
        var warnings = new List<string>();
        byte[] written = Write(RuntimeSpecReader.Read(Encoding.UTF8.GetBytes(FullSpec.Json), warnings));
        using JsonDocument before = JsonDocument.Parse(FullSpec.Json), after = JsonDocument.Parse(written);
        await Assert.That(warnings).IsEmpty();
        await Assert.That(JsonElement.DeepEquals(before.RootElement, after.RootElement)).IsTrue()
            .Because(Encoding.UTF8.GetString(written));
    }

    [Test]
    public async Task What_is_absent_is_not_written()
    {
        byte[] written = Write(new RuntimeSpec { OciVersion = "1.0.0", Process = new Process { Cwd = "/" } });
        using JsonDocument document = JsonDocument.Parse(written);
        using JsonDocument expected = JsonDocument.Parse("""{"ociVersion":"1.0.0","process":{"user":{"uid":0,"gid":0},"cwd":"/"},"linux":{}}""");
        await Assert.That(JsonElement.DeepEquals(expected.RootElement, document.RootElement)).IsTrue().Because(Encoding.UTF8.GetString(written));
    }

    [Test]
    public async Task Seccomp_flags_that_are_empty_stay_different_from_absent_ones()
    {
        RuntimeSpec none = RuntimeSpecReader.Read("""{"ociVersion":"1.0.0","linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW"}}}"""u8, []);
        RuntimeSpec empty = RuntimeSpecReader.Read("""{"ociVersion":"1.0.0","linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","flags":[]}}}"""u8, []);
        await Assert.That(RuntimeSpecReader.Read(Write(none), []).Linux.Seccomp!.Flags).IsNull();
        await Assert.That(RuntimeSpecReader.Read(Write(empty), []).Linux.Seccomp!.Flags).IsNotNull();
    }

    [Test]
    [Arguments(false)]
    [Arguments(true)]
    public async Task The_default_document_is_valid_and_reads_back_as_it_was_written(bool rootless)
    {
        RuntimeSpec spec = DefaultSpec.Create(rootless, 1000, 1000);
        SpecValidator.Validate(spec);
        byte[] written = Write(spec);
        await Assert.That(Encoding.UTF8.GetString(Write(RuntimeSpecReader.Read(written, [])))).IsEqualTo(Encoding.UTF8.GetString(written));
    }

    [Test]
    [Arguments(false)]
    [Arguments(true)]
    public async Task The_default_document_is_the_one_that_runc_writes(bool rootless)
    {
        const string Runc = "/usr/sbin/runc";
        Skip.Unless(File.Exists(Runc), "runc is not installed");
        DirectoryInfo directory = Directory.CreateTempSubdirectory("kist-spec-");
        try
        {
            string[] arguments = rootless ? ["spec", "--rootless", "-b", directory.FullName] : ["spec", "-b", directory.FullName];
            using System.Diagnostics.Process runc = System.Diagnostics.Process.Start(Runc, arguments);
            await runc.WaitForExitAsync();
            RuntimeSpec theirs = RuntimeSpecReader.Read(File.ReadAllBytes(Path.Combine(directory.FullName, "config.json")), []);
            uint uid = rootless ? theirs.Linux.UidMappings[0].HostId : 0, gid = rootless ? theirs.Linux.GidMappings[0].HostId : 0;
            RuntimeSpec ours = DefaultSpec.Create(rootless, uid, gid, unifiedCgroups: File.Exists("/sys/fs/cgroup/cgroup.controllers"));
            await Assert.That(Encoding.UTF8.GetString(Write(ours with { OciVersion = theirs.OciVersion })))
                .IsEqualTo(Encoding.UTF8.GetString(Write(theirs)));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
