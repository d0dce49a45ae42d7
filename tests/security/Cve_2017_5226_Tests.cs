using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>TIOCSTI types into the terminal that the container was started from, for the caller's shell to read.</summary>
[NotInParallel]
public sealed class Cve_2017_5226_Tests
{
    [Test]
    public async Task Without_t_the_callers_terminal_is_not_the_containers()
    {
        Requirements.Root();
        string root = await RootFilesystems.Busybox();
        // Its standard descriptors are that terminal, but TIOCSTI and /dev/tty work on a controlling terminal alone.
        using Pty terminal = Pty.Kist("run", "-i", root, "sh", "-c", "test -t 0 && echo here; (: </dev/tty) 2>/dev/null && echo controlling; cut -d' ' -f6,7 /proc/1/stat; echo end");
        terminal.Expect("end");
        await Assert.That(terminal.Screen).Contains("here");
        await Assert.That(terminal.Screen).DoesNotContain("controlling");
        // Session 1 is its own; 0 is no terminal.
        await Assert.That(terminal.Screen).Contains("1 0");
    }

    [Test]
    public async Task Nothing_can_be_typed_into_it()
    {
        Requirements.Root();
        using TemporaryDirectory copy = await RootFilesystems.Copy(await RootFilesystems.Busybox());
        await StaticProgram.Compile("""
            #include <errno.h>
            #include <stdio.h>
            #include <sys/ioctl.h>
            int main(void)
            {
                for (char *c = "echo typed\n"; *c; c++)
                    if (!ioctl(0, TIOCSTI, c)) { puts("typed into it"); return 1; }
                puts("refused");
                return 0;
            }
            """, copy.Path + "/type");
        using Pty terminal = Pty.Kist("run", "-i", copy.Path, "/type");
        terminal.Expect("refused");
        await Assert.That(terminal.ExitCode()).IsEqualTo(0);
    }
}
