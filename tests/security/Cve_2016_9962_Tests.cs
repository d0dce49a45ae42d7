using Kist.Tests.Support;

namespace Kist.Tests.Security;

/// <summary>Descriptors of the host in a container's processes lead out of it.</summary>
public sealed class Cve_2016_9962_Tests
{
    [Test]
    public async Task The_program_has_no_descriptors_but_the_three()
    {
        using Bundle bundle = await Bundle.Create();
        bundle.Program("sh", "-c", string.Format(Count, 1));
        CommandResult result = await Leaking(bundle.Command()).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("0 1 2 ");
    }

    [Test]
    public async Task Nor_with_an_init()
    {
        Requirements.Root();
        CommandResult result = await Leaking(new KistCommand("run", "--init", await RootFilesystems.Busybox(), "sh", "-c", string.Format(Count, 1) + string.Format(Count, "$$"))).Run();
        await Assert.That(result.Succeeded().Text).IsEqualTo("0 1 2 ");
    }

    // Without a pattern, for which the shell would open the directory itself.
    const string Count = "i=0; while test $i -lt 256; do test -L /proc/{0}/fd/$i && echo -n $i' '; i=$((i + 1)); done;";

    // The caller leaks two, not close-on-exec.
    static KistCommand Leaking(KistCommand command) => command.Under("/bin/sh", "-c", "exec 7</ 8</etc \"$0\" \"$@\"");
}
