using System.Runtime.CompilerServices;
using Kist.Linux;
using Kist.Runtime;
using Kist.Runtime.State;
using Kist.Spec;
using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>What is written goes to a folder on disk where a tmpfs cannot take it: without root before Linux 6.6, and here by choice.</summary>
public sealed class ScratchDirectoryTests
{
    [Test]
    public async Task A_folder_with_files_of_the_containers_users_is_removed()
    {
        if (await RunsAsUser())
            return;
        using TemporaryDirectory folder = new();
        string scratch = Write(folder.Path, await RootFilesystems.Busybox(), "mkdir /made && touch /made/file && chown -R 5:6 /made && chmod 700 /made");
        // Its owner alone cannot: there is something of other ids in it, and a directory that is closed to all.
        await Assert.That(Tree.Remove(scratch)).IsEqualTo(Errno.EACCES);
        await Assert.That(ScratchDirectory.Remove(scratch)).IsEqualTo(Errno.None);
        await Assert.That(Directory.Exists(scratch)).IsFalse();
        await Assert.That(ScratchDirectory.Remove(scratch)).IsEqualTo(Errno.None);
    }

    [Test]
    public async Task A_killed_runs_folder_is_swept()
    {
        if (await RunsAsUser())
            return;
        using TemporaryDirectory folder = new();
        string scratch = Write(folder.Path, await RootFilesystems.Busybox(), "mkdir /made && chown 5:6 /made && chmod 700 /made");
        StateRoot root = StateRoot.Open(folder.Path + "/kist");
        Directory.CreateDirectory(root.Containers + "/old");
        await File.WriteAllTextAsync(root.Containers + "/old/state.json", $$"""{"id":"old","cgroups":[],"scratch":"{{scratch}}"}""");
        await Assert.That(Items.Of(Leftovers.Sweep(root))).IsEqualTo("old");
        await Assert.That(Directory.Exists(scratch)).IsFalse();
    }

    /// <summary>Runs a script on a copy-on-write root whose scratch is on disk.</summary>
    static string Write(string folder, string root, string script)
    {
        string state = Directory.CreateDirectory(folder + "/state").FullName, scratch = Directory.CreateDirectory(folder + "/scratch").FullName;
        HostFacts facts = HostFacts.Probe();
        IdMaps maps = IdMaps.ForCaller(facts.Uid, facts.Gid);
        if (maps.Warning is not null)
            Skip.Test("needs ids of /etc/subuid");
        const ulong Capabilities = 0xA80425FB;
        RuntimeSpec spec = Plans.With(Plans.Default, process => process with
        {
            Args = ["/bin/sh", "-ec", script], Env = ["PATH=/bin"], Capabilities = new(Capabilities, Capabilities, 0, Capabilities, 0),
        });
        spec = Plans.WithLinux(Plans.WithNamespace(spec, NamespaceType.User), linux => linux with { UidMappings = maps.Uids, GidMappings = maps.Gids, Resources = Resources.None });
        LaunchRequest request = new()
        {
            Spec = spec with { Root = new(root) }, Id = "test", Bundle = folder, StateDirectory = state, CgroupOptional = true, CgroupPrefix = "kist-test-", NullInput = true,
            Root = new RootView([new RootPart(RootPartKind.Overlay, "/", root)], 0) { UserXattr = true, DiskScratch = scratch },
        };
        using RunningContainer container = RunningContainer.Start(LaunchPlan.Create(request, facts));
        return container.Wait() is 0 ? scratch : throw new InvalidOperationException("the script failed");
    }

    /// <summary>As root, the test is run by an ordinary user in a process of its own.</summary>
    static async Task<bool> RunsAsUser([CallerMemberName] string test = "")
    {
        if (!Requirements.IsRoot)
            return false;
        if (RuntimeFeature.IsDynamicCodeSupported)
            Skip.Test("needs the native test program, which is one file");
        using OrdinaryUser user = new();
        string program = user.Home + "/kist-tests";
        // By another process: this one may be forking, and a file that is open for writing cannot be executed.
        (await KistCommand.Program("/bin/cp", Environment.ProcessPath!, program).Run()).Succeeded();
        CommandResult result = await user.Program(program, "--disable-logo", "--progress", "off", "--no-ansi", "--results-directory", user.Home + "/results",
            "--treenode-filter", $"/*/*/{nameof(ScratchDirectoryTests)}/{test}").Run();
        await Assert.That(result.Succeeded().Output).Contains("succeeded: 1");
        return true;
    }
}
