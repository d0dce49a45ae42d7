using Kist.Tests.Support;

namespace Kist.Tests.Integration;

/// <summary>A step inside fails, or the process that sets the container up is killed at it: kist says so, and leaves nothing.</summary>
[NotInParallel]
public sealed class InjectionTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    // What kist-init alone calls in the run below.
    static readonly string[] Calls = ["fsopen", "fsconfig", "fsmount", "move_mount", "mknodat", "sethostname", "pivot_root", "umount2", "setsid", "capset", "setresgid", "setresuid", "seccomp"];

    static async Task<CommandResult> Run(string injection, params string[] options)
    {
        Requirements.Root();
        string strace = Requirements.Program("strace");
        return await new KistCommand(["run", .. options, "--hostname", "inside", await RootFilesystems.Busybox(), "echo", "started"]).Under(strace, "-f", "-qq", "-o", "/dev/null", "-e", injection).Run();
    }

    [Test]
    public async Task A_step_that_fails_is_named()
    {
        foreach (string call in Calls)
            foreach (int time in (int[])[1, 2, 3])
            {
                Leaks leaks = Leaks.Watch();
                CommandResult result = await Run($"inject={call}:error=EIO:when={time}");
                // Not every call comes three times.
                if (time > 1 && result.ExitCode == 0)
                    break;
                await Assert.That(result.Errors).Contains("EIO").Because($"{call} failed: {result}");
                await Assert.That(result.Output).IsEqualTo("");
                await Assert.That(result.ExitCode).IsEqualTo(125);
                await Assert.That(await leaks.FoundWithin(Soon)).IsEmpty().Because($"{call} failed");
            }
    }

    [Test]
    public async Task A_death_inside_is_told()
    {
        foreach (string call in Calls)
        {
            Leaks leaks = Leaks.Watch();
            CommandResult result = await Run($"inject={call}:signal=KILL:when=1");
            await Assert.That(result.Errors).Contains("was killed by signal 9 while it was set up").Because($"killed at {call}: {result}");
            await Assert.That(result.ExitCode).IsEqualTo(125);
            await Assert.That(await leaks.FoundWithin(Soon)).IsEmpty().Because($"killed at {call}");
        }
    }
}
