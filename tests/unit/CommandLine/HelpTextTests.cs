using Kist.Engine.CommandLine;
using Kist.Engine.Configuration;
using Kist.Runtime.CommandLine;

namespace Kist.Tests.Unit.CommandLine;

/// <summary>Help is made from the tables; these texts are read like code when they change.</summary>
public sealed class HelpTextTests
{
    [Test]
    public async Task Kist_lists_its_verbs_with_examples() => await Assert.That(HelpText.Of(KistVerbs.Program, KistVerbs.All)).IsEqualTo(
        """
        Usage: kist VERB [OPTION…]

        Containers on Linux, without a daemon.

        Commands:
          run            Run a command in a new container; it is removed when the command ends.
          explain        Print the steps that kist run would take, and why; run nothing.
          info           Print what this machine can do for containers, what it cannot, and why.
          system check   Find what a killed kist left: processes, control groups, directories.
          version        Print the version.
          help           Print help on a verb.

        Examples:
          kist run @host ps aux        run a command on a copy-on-write view of this machine
          kist run -it ./debian bash   a shell in a root filesystem
          kist explain @host true      every step that a start takes, and why

        Options:
          -v, --version   print the version
          -h, --help      print this; kist VERB --help prints a verb's

        """);

    [Test]
    public async Task A_verb_shows_usage_summary_and_options() => await Assert.That(HelpText.Of(KistVerbs.SystemCheck)).IsEqualTo(
        """
        Usage: kist system check [OPTION…]

        Find what a killed kist left: processes, control groups, directories.

        Options:
              --repair   remove it
              --help     print this

        """);

    [Test]
    public async Task Run_groups_its_options_and_says_what_the_network_is()
    {
        string help = HelpText.Of(RunFlags.Run);
        await Assert.That(help).StartsWith("Usage: kist run [OPTION…] SOURCE [COMMAND [ARG…]]\n\nRun a command in a new container");
        foreach (string group in (string[])["Process", "Files", "Rights", "Limits", "Isolation", "Container", "Insight"])
            await Assert.That(help).Contains($"\n\n{group}:\n  ");
        await Assert.That(help).Contains("none (default until bridges exist), or the host's\n");
        await Assert.That(help).Contains("\n  -e, --env KEY[=VALUE]… ");
        await Assert.That(help).DoesNotContain("--net ");
    }

    [Test]
    public async Task No_line_is_wider_than_a_terminal()
    {
        foreach (Verb verb in KistVerbs.All)
            foreach (string line in HelpText.Of(verb).Split('\n'))
                await Assert.That(line.Length).IsLessThanOrEqualTo(100).Because(line);
    }

    [Test]
    public async Task Explain_takes_what_run_takes_but_for_what_needs_a_run()
    {
        string[] run = [.. RunFlags.Run.Options.Select(option => option.Name)], explain = [.. RunFlags.Explain.Options.Select(option => option.Name)];
        await Assert.That(run.Except(explain)).IsEquivalentTo(["trace"]);
        await Assert.That(explain.Except(run)).IsEquivalentTo(["format"]);
    }

    [Test]
    [Arguments("rnu", "there is no verb \"rnu\"; did you mean \"run\"? (kist --help lists what there is)")]
    [Arguments("frobnicate", "there is no verb \"frobnicate\" (kist --help lists what there is)")]
    [Arguments("exec", "\"exec\" comes with a later release; this one has run, explain, info, system check, version")]
    public async Task A_word_that_is_no_verb_is_answered(string word, string message) => await Assert.That(KistVerbs.Unknown(word)).IsEqualTo(message);
}
