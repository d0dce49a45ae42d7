using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>kill -9 of kist: the container dies with it, and what it could not take away the next run or `kist system check` does.</summary>
[NotInParallel]
public sealed class KillTests
{
    const int SIGKILL = 9;
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    static async Task KillEverywhere(int step, params string[] run)
    {
        Requirements.Root();
        string strace = Requirements.Program("strace");
        // Once to its end, so that what is made once and for all is there.
        (await new KistCommand(run).Run()).Succeeded();
        SystemCallTrace trace = await SystemCallTrace.Of(strace, new KistCommand(run));
        Leaks leaks = Leaks.Watch();
        int killed = 0;
        for (int at = 0; at < trace.Count; at += step)
        {
            CommandResult result = await trace.Inject(new KistCommand(run), at, SIGKILL).Run();
            killed += result.ExitCode == 128 + SIGKILL ? 1 : 0;
            await Assert.That(result.ExitCode is 0 or 128 + SIGKILL).IsTrue().Because($"{trace.At(at)}: {result}");
            await Assert.That(await NothingRuns(leaks)).IsEmpty().Because($"kist was killed at {trace.At(at)}");
            (await new KistCommand("system", "check", "--repair").Run()).Succeeded();
            await Assert.That(await leaks.FoundWithin(Soon)).IsEmpty().Because($"kist was killed at {trace.At(at)}");
        }
        // Some calls come a time less in one run than in another; if most do, nothing was tried.
        await Assert.That(killed).IsGreaterThan(trace.Count / step * 3 / 4);
        CommandResult after = await new KistCommand("system", "check").Run();
        await Assert.That(after.Succeeded().Output).StartsWith("nothing is left over");
    }

    /// <summary>Processes and mounts, when they have had time to end.</summary>
    static async Task<string[]> NothingRuns(Leaks leaks)
    {
        long limit = Environment.TickCount64 + (long)Soon.TotalMilliseconds;
        string[] found;
        while ((found = [.. leaks.Found().Where(leak => leak.StartsWith("process ") || leak.StartsWith("mount "))]).Length > 0 && Environment.TickCount64 < limit)
            await Task.Delay(10);
        return found;
    }

    [Test, Category("slow")]
    public async Task At_every_few_system_calls_of_a_start() => await KillEverywhere(1, "run", "--name", "kist-test-killed", await RootFilesystems.Busybox(), "true");

    [Test, Category("slow")]
    public async Task At_every_few_system_calls_of_a_start_on_the_host() => await KillEverywhere(2, "run", "--name", "kist-test-killed", "@host", "true");

    [Test, Category("slow")]
    public async Task At_every_few_system_calls_of_a_start_with_limits()
        => await KillEverywhere(2, "run", "--memory", "64m", "--cpus", "0.5", "--pids-limit", "100", "--cpuset-cpus", "0", "--init", "-u", "65534", await RootFilesystems.Busybox(), "true");

    [Test, Category("slow")]
    public async Task At_every_few_system_calls_of_a_bundles_start()
    {
        using Bundle bundle = await Bundle.Create();
        string strace = Requirements.Program("strace");
        bundle.Program("true");
        SystemCallTrace trace = await SystemCallTrace.Of(strace, bundle.Command());
        Leaks leaks = Leaks.Watch();
        for (int at = 0; at < trace.Count; at += 3)
        {
            CommandResult result = await trace.Inject(bundle.Command(), at, SIGKILL).Run();
            await Assert.That(result.ExitCode is 0 or 128 + SIGKILL).IsTrue().Because($"{trace.At(at)}: {result}");
            await Assert.That(await NothingRuns(leaks)).IsEmpty().Because($"kist-runtime was killed at {trace.At(at)}");
        }
        // Each id is another, so that the last run takes away what all have left.
        (await bundle.Run()).Succeeded();
        await Assert.That(Items.Of(Directory.GetFileSystemEntries(bundle.State + "/containers"))).IsEqualTo("");
        await Assert.That(await leaks.FoundWithin(Soon)).IsEmpty();
    }

    [Test]
    public async Task While_the_program_runs()
    {
        Requirements.Root();
        string root = await RootFilesystems.Busybox();
        foreach (string[] options in (string[][])[[], ["--init"], ["-u", "65534"]])
        {
            Leaks leaks = Leaks.Watch();
            using RunningCommand command = new KistCommand(["run", .. options, root, "sh", "-c", "sleep 1000 & echo ready; wait"]).Start();
            await command.Printed("ready");
            command.Signal(SIGKILL);
            _ = await command.End();
            await Assert.That(await NothingRuns(leaks)).IsEmpty();
            // The next run takes away what is left.
            (await new KistCommand("run", root, "true").Run()).Succeeded();
            await Assert.That(await leaks.FoundWithin(Soon)).IsEmpty();
        }
    }

    [Test]
    public async Task Without_root()
    {
        using Nobody user = await Nobody.Create();
        string root = await RootFilesystems.Busybox(), strace = Requirements.Program("strace");
        KistCommand Run() => user.Kist("run", "--name", "kist-test-killed", root, "true");
        (await Run().Run()).Succeeded();
        Leaks leaks = Leaks.Watch();
        // strace starts setpriv, whose calls until it executes kist come first.
        SystemCallTrace trace = await SystemCallTrace.Of(strace, Run());
        for (int at = 0; at < trace.Count; at += 5)
        {
            CommandResult result = await trace.Inject(Run(), at, SIGKILL).Run();
            await Assert.That(result.ExitCode is 0 or 128 + SIGKILL).IsTrue().Because($"{trace.At(at)}: {result}");
            await Assert.That(await NothingRuns(leaks)).IsEmpty().Because($"kist was killed at {trace.At(at)}");
            (await user.Kist("system", "check", "--repair").Run()).Succeeded();
            await Assert.That(Items.Of(Directory.GetFileSystemEntries(user.Runtime + "/kist/containers"))).IsEqualTo("").Because($"kist was killed at {trace.At(at)}");
            await Assert.That(Items.Of(Directory.GetFileSystemEntries(user.Runtime + "/kist/names"))).IsEqualTo("").Because($"kist was killed at {trace.At(at)}");
        }
        using RunningCommand command = user.Kist("run", root, "sh", "-c", "sleep 1000 & echo ready; wait").Start();
        await command.Printed("ready");
        command.Signal(SIGKILL);
        _ = await command.End();
        await Assert.That(await NothingRuns(leaks)).IsEmpty();
        await Assert.That(await leaks.FoundWithin(Soon)).IsEmpty();
    }

    [Test]
    public async Task A_program_that_outlives_kist_is_ended_by_system_check()
    {
        Requirements.Root();
        using TemporaryDirectory root = await RootFilesystems.Copy(await RootFilesystems.Busybox());
        await StaticProgram.Compile("""
            #include <sys/prctl.h>
            #include <unistd.h>
            int main(void)
            {
                prctl(PR_SET_PDEATHSIG, 0);
                write(1, "ready\n", 6);
                close(1);
                close(2);
                for (;;) pause();
            }
            """, root.Path + "/outlive");
        Leaks leaks = Leaks.Watch();
        using RunningCommand command = new KistCommand("run", "--name", "kist-test-outlives", root.Path, "/outlive").Start();
        await command.Printed("ready");
        command.Signal(SIGKILL);
        _ = await command.End();
        await Assert.That(leaks.Found().Any(leak => leak.StartsWith("process "))).IsTrue();
        CommandResult check = await new KistCommand("system", "check").Run();
        await Assert.That(check.ExitCode).IsEqualTo(1);
        await Assert.That(check.Output).Contains("left over: ");
        CommandResult repair = await new KistCommand("system", "check", "--repair").Run();
        await Assert.That(repair.Succeeded().Output).Contains("removed: ");
        await Assert.That(await leaks.FoundWithin(Soon)).IsEmpty();
    }
}
