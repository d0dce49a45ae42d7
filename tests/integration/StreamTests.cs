using System.Security.Cryptography;
using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>Standard input and output, without a terminal.</summary>
public sealed class StreamTests
{
    [Test]
    public async Task What_is_piped_in_comes_out()
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", "-i", await RootFilesystems.Busybox(), "cat").Input("hi\n").Run();
        await Assert.That(result.Succeeded().Output).IsEqualTo("hi\n");
    }

    [Test]
    public async Task Without_i_the_input_is_empty()
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", await RootFilesystems.Busybox(), "cat").Input("hi\n").Run();
        await Assert.That(result.Succeeded().Output).IsEqualTo("");
    }

    [Test]
    public async Task Output_and_errors_stay_apart()
    {
        Requirements.Root();
        CommandResult result = await new KistCommand("run", await RootFilesystems.Busybox(), "sh", "-c", "echo out; echo err >&2").Run();
        await Assert.That(result.Succeeded().Output).IsEqualTo("out\n");
        await Assert.That(result.Errors).IsEqualTo("err\n");
    }

    [Test]
    public async Task A_large_stream_passes_unchanged()
    {
        Requirements.Root();
        byte[] stream = RandomNumberGenerator.GetBytes(32 << 20);
        CommandResult result = await new KistCommand("run", "-i", await RootFilesystems.Busybox(), "cat").Input(stream).Run();
        await Assert.That(result.ExitCode).IsEqualTo(0);
        await Assert.That(result.Bytes.AsSpan().SequenceEqual(stream)).IsTrue();
    }

    [Test]
    public async Task A_reader_that_has_enough_ends_the_writer_in_the_container()
    {
        Requirements.Root();
        CommandResult result = await KistCommand.Program("/bin/sh", "-c", "\"$0\" run \"$1\" yes | head -n 1",
            KistCommand.Executable("kist"), await RootFilesystems.Busybox()).Run();
        await Assert.That(result.Output).IsEqualTo("y\n");
    }
}
