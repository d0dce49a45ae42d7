using System.Runtime.InteropServices;
using TUnit.Core;

namespace Kist.Tests.Support;

/// <summary>
/// Root filesystems to run containers on. They are made once and kept outside the tree, so a test that writes takes a
/// <see cref="Copy"/>. Where one cannot be made the test is skipped, with the reason.
/// </summary>
public static class RootFilesystems
{
    /// <summary>Changes when what is made here changes.</summary>
    const string Version = "1";
    static readonly SemaphoreSlim One = new(1);

    static string Cache { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("KIST_CACHE") is { Length: > 0 } chosen ? chosen
        : Requirements.IsRoot ? "/var/cache/kist"
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + "/.cache", "kist"), "tests");

    public static Task<string> Named(string name) => name switch
    {
        "busybox" => Busybox(),
        "debian" => Debian(),
        "docker-export" => DockerExport(),
        _ => throw new ArgumentException(name),
    };

    /// <summary>busybox with all its applets, statically linked; /bin/sh, no /bin/bash.</summary>
    public static Task<string> Busybox() => Make("busybox", async target =>
    {
        string busybox = Requirements.Program("busybox");
        foreach (string directory in (string[])["bin", "dev", "etc", "proc", "root", "sys", "tmp", "usr/bin", "var"])
            Directory.CreateDirectory($"{target}/{directory}");
        File.Copy(busybox, target + "/bin/busybox");
        CommandResult applets = await KistCommand.Program(busybox, "--list").Run();
        foreach (string applet in applets.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (applet != "busybox")
                File.CreateSymbolicLink($"{target}/bin/{applet}", "busybox");
        await File.WriteAllTextAsync(target + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n");
        await File.WriteAllTextAsync(target + "/etc/group", "root:x:0:\nnogroup:x:65534:\n");
    });

    /// <summary>Debian's smallest, with ps, from debootstrap or mmdebstrap.</summary>
    public static Task<string> Debian() => Make("debian", async target =>
    {
        Requirements.Root();
        string release = (await File.ReadAllLinesAsync("/etc/os-release")).FirstOrDefault(line => line.StartsWith("VERSION_CODENAME="))?.Split('=')[1] ?? "bookworm";
        KistCommand strap = File.Exists("/usr/sbin/debootstrap")
            ? KistCommand.Program("/usr/sbin/debootstrap", "--variant=minbase", "--include=procps,hostname", release, target)
            : KistCommand.Program(Requirements.Program("mmdebstrap"), "--quiet", "--mode=root", "--variant=minbase", "--include=procps,hostname", release, target);
        CommandResult made = await strap.Within(TimeSpan.FromMinutes(5)).Run();
        if (made.ExitCode != 0)
            Skip.Test($"a Debian root filesystem cannot be made: {made}");
    });

    /// <summary>What `docker export` writes of a container on the busybox root filesystem.</summary>
    public static async Task<string> DockerExport()
    {
        string busybox = await Busybox();
        return await Make("docker-export", async target =>
        {
            Requirements.Root();
            string dockerd = Requirements.Program("dockerd"), docker = Requirements.Program("docker");
            using TemporaryDirectory folder = new();
            using RunningCommand daemon = KistCommand.Program(dockerd, "--data-root", folder.Path + "/data", "--exec-root", folder.Path + "/exec",
                "--pidfile", folder.Path + "/pid", "--host", $"unix://{folder.Path}/socket", "--bridge", "none", "--iptables=false",
                "--ip6tables=false", "--storage-driver", "vfs").Within(TimeSpan.FromMinutes(2)).Start();
            try
            {
                await Export(docker, folder.Path, busybox, target);
            }
            finally
            {
                daemon.Signal(15);
                await daemon.End();
            }
        });
    }

    /// <summary>A copy to write in, gone with the test.</summary>
    public static async Task<TemporaryDirectory> Copy(string root)
    {
        TemporaryDirectory copy = new();
        // Devices only root can copy.
        (await (Requirements.IsRoot ? KistCommand.Program("/bin/cp", "-a", root + "/.", copy.Path)
            : KistCommand.Program("/bin/sh", "-c", $"tar -C {root} --exclude './dev/*' -cf - . | tar -C {copy.Path} -xpf -")).Run()).Succeeded();
        return copy;
    }

    static async Task Export(string docker, string folder, string source, string target)
    {
        string host = $"unix://{folder}/socket", tar = folder + "/tar";
        KistCommand Docker(params string[] arguments) => KistCommand.Program(docker, ["--host", host, .. arguments]);
        long limit = Environment.TickCount64 + 60_000;
        while ((await Docker("version").Run()).ExitCode != 0)
        {
            if (Environment.TickCount64 > limit)
                Skip.Test("dockerd does not answer");
            await Task.Delay(200);
        }
        (await KistCommand.Program("/bin/tar", "-C", source, "-cf", tar, ".").Run()).Succeeded();
        (await Docker("import", tar, "source").Run()).Succeeded();
        string container = (await Docker("create", "source", "/bin/true").Run()).Succeeded().Text;
        (await Docker("export", "--output", tar, container).Run()).Succeeded();
        (await Docker("rm", container).Run()).Succeeded();
        (await KistCommand.Program("/bin/tar", "-C", target, "-xpf", tar, "--numeric-owner").Run()).Succeeded();
    }

    static async Task<string> Make(string name, Func<string, Task> make)
    {
        string path = $"{Cache}/{name}-{Version}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        await One.WaitAsync();
        try
        {
            if (Directory.Exists(path))
                return path;
            string unfinished = $"{path}.{Environment.ProcessId}";
            Directory.CreateDirectory(unfinished);
            File.SetUnixFileMode(unfinished, (UnixFileMode)0x1ED);
            try
            {
                await make(unfinished);
                Directory.Move(unfinished, path);
            }
            finally
            {
                if (Directory.Exists(unfinished))
                    Directory.Delete(unfinished, recursive: true);
            }
            return path;
        }
        finally
        {
            One.Release();
        }
    }
}
