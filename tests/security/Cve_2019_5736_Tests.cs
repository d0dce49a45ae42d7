using System.Security.Cryptography;
using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>/proc/self/exe of what sets a container up is a way to overwrite the runtime on the host.</summary>
public sealed class Cve_2019_5736_Tests
{
    static string Hash(string program) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(KistCommand.Executable(program))));

    const string Writer = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <unistd.h>
        int main(int count, char **arguments)
        {
            char name[64], again[64];
            ssize_t length = readlink("/proc/1/exe", name, sizeof name - 1);
            name[length < 0 ? 0 : length] = 0;
            int path = open("/proc/1/exe", O_PATH), file = open("/proc/1/exe", O_RDONLY);
            sprintf(again, "/proc/self/fd/%d", path);
            for (int i = 0; i < 1000; i++)
            {
                int writable = open(again, O_RDWR);
                if (writable >= 0 && write(writable, "#!/bin/sh\n", 10) == 10) { puts("overwritten"); return 1; }
                if (writable >= 0) close(writable);
            }
            int seals = fcntl(file, F_GET_SEALS);
            printf("%s %s\n", name, seals >= 0 && (seals & F_SEAL_WRITE) && (seals & F_SEAL_SEAL) ? "sealed" : "open");
            return 0;
        }
        """;

    [Test]
    public async Task An_entrypoint_that_is_the_runtime_itself_changes_nothing_on_the_host()
    {
        using Bundle bundle = await Bundle.Create();
        string before = Hash("kist-runtime");
        await StaticProgram.Compile(Writer, bundle.Root + "/writer");
        File.WriteAllText(bundle.Root + "/entry", "#!/proc/self/exe\n");
        File.SetUnixFileMode(bundle.Root + "/entry", (UnixFileMode)0x1ED);
        CommandResult result = await bundle.Program("/entry", "1").Run();
        await Assert.That(result.ExitCode).IsNotEqualTo(0);
        await Assert.That(Hash("kist-runtime")).IsEqualTo(before);
    }

    [Test]
    public async Task Process_1_is_the_program_or_a_sealed_copy_and_never_the_runtime()
    {
        Requirements.Root();
        string before = Hash("kist");
        using TemporaryDirectory root = await RootFilesystems.Copy(await RootFilesystems.Busybox());
        await StaticProgram.Compile(Writer, root.Path + "/writer");
        await Assert.That((await new KistCommand("run", root.Path, "readlink", "/proc/1/exe").Run()).Text).IsEqualTo("/bin/busybox");
        // With --init process 1 is kist-init for as long as the container runs.
        CommandResult result = await new KistCommand("run", "--init", root.Path, "/writer").Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("/memfd:kist-init (deleted) sealed");
        await Assert.That(Hash("kist")).IsEqualTo(before);
    }
}
