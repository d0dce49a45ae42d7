using Kist.Linux;
using Kist.Runtime.CommandLine;

namespace Kist.Tests.Unit.CommandLine;

/// <summary>The grammar of docker: what is an option, what its value, what an operand.</summary>
public sealed class ArgumentReaderTests
{
    static readonly Verb Run = new("tool run", "SOURCE [ARG…]", "Runs.",
    [
        new("interactive", 'i', "", "Options", "i"),
        new("tty", 't', "", "Options", "t"),
        new("rm", '\0', "", "Options", "rm"),
        new("env", 'e', "KEY", "Options", "e", Repeatable: true),
        new("volume", 'v', "SRC", "Options", "v", Repeatable: true),
    ])
    { OptionsFirst = true, Later = ["publish p ports come later"] };

    static readonly Verb Anywhere = Run with { OptionsFirst = false };

    [Test]
    [Arguments("-it @host sh", "interactive=true tty=true | @host sh")]
    [Arguments("-i -t @host", "interactive=true tty=true | @host")]
    [Arguments("-itv .:. @host", "interactive=true tty=true volume=.:. | @host")]
    [Arguments("-e A=1 @host", "env=A=1 | @host")]
    [Arguments("-eA=1 @host", "env=A=1 | @host")]
    [Arguments("-e=A=1 @host", "env=A=1 | @host")]
    [Arguments("--env A=1 @host", "env=A=1 | @host")]
    [Arguments("--env=A=1 @host", "env=A=1 | @host")]
    [Arguments("--env= @host", "env= | @host")]
    [Arguments("-e -it @host", "env=-it | @host")]
    [Arguments("-e A -e B @host", "env=A env=B | @host")]
    [Arguments("--rm=false -t=0 @host", "rm=false tty=false | @host")]
    [Arguments("--rm=TRUE @host", "rm=true | @host")]
    [Arguments("-it=false @host", "interactive=true tty=false | @host")]
    [Arguments("-- --rm -it", "| --rm -it")]
    [Arguments("--rm -- @host -- -x", "rm=true | @host -- -x")]
    [Arguments("@host ls -i --rm", "| @host ls -i --rm")]
    [Arguments("- -i", "| - -i")]
    [Arguments("", "|")]
    public async Task Options_end_at_the_first_operand(string line, string read)
    {
        await Assert.That(Read(line, Run)).IsEqualTo(read);
    }

    [Test]
    [Arguments("ID -i", "interactive=true | ID")]
    [Arguments("ID -- -i", "| ID -i")]
    public async Task Other_verbs_take_options_after_operands_too(string line, string read)
    {
        await Assert.That(Read(line, Anywhere)).IsEqualTo(read);
    }

    [Test]
    [Arguments("--enf A", "unknown option --enf; did you mean --env? (tool run --help lists what there is)")]
    [Arguments("--volumes=x", "unknown option --volumes; did you mean --volume? (tool run --help lists what there is)")]
    [Arguments("--inter x", "unknown option --inter; did you mean --interactive? (tool run --help lists what there is)")]
    [Arguments("--frobnicate", "unknown option --frobnicate (tool run --help lists what there is)")]
    [Arguments("-ix", "unknown option -x (tool run --help lists what there is)")]
    [Arguments("-e", "--env needs a value, KEY; see tool run --help")]
    [Arguments("--volume", "--volume needs a value, SRC; see tool run --help")]
    [Arguments("--rm=maybe", "--rm is a switch: it takes true or false, not \"maybe\"")]
    [Arguments("-p 80:80", "-p is not there yet: ports come later")]
    [Arguments("--publish=80", "--publish is not there yet: ports come later")]
    public async Task Mistakes_are_named_with_the_way_out(string line, string error)
    {
        await Assert.That(() => Read(line, Run)).Throws<KistException>().WithMessage(error);
    }

    [Test]
    public async Task A_letter_that_others_use_for_a_later_option_is_no_letter_without_one()
    {
        Verb verb = Run with { Later = ["restart - it comes later"] };
        await Assert.That(() => Read("-- ", verb)).ThrowsNothing();
        await Assert.That(() => Read("-r", verb)).Throws<KistException>().WithMessage("unknown option -r (tool run --help lists what there is)");
    }

    [Test]
    [Arguments("rnu", "run")]
    [Arguments("expalin", "explain")]
    [Arguments("inf", "info")]
    [Arguments("x", null)]
    [Arguments("zzzzzz", null)]
    public async Task The_nearest_word_is_suggested_only_if_it_is_near(string typed, string? nearest)
    {
        await Assert.That(Suggestion.Nearest(typed, ["run", "explain", "info", "version"])).IsEqualTo(nearest);
    }

    static string Read(string line, Verb verb)
    {
        ArgumentReader reader = new(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), verb);
        List<string> words = [];
        while (reader.Read(out Option? option, out string value))
            words.Add($"{option.Name}={value}");
        words.Add("|");
        words.AddRange(reader.Operands);
        return string.Join(' ', words);
    }
}
