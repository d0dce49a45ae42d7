using System.Text;
using Kist.Engine.Configuration;
using Kist.Linux;
using Kist.Spec;
using Mount = Kist.Spec.Mount;

namespace Kist.Tests.Unit.Engine;

/// <summary>A command line, read and built on a machine that is made up: <c>TypedRun.Spec("-m 64m ./root true")</c>.</summary>
static class TypedRun
{
    public const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    public static readonly Caller Caller = new("/home/me/work", static name => name switch { "EDITOR" => "vi", "EMPTY" => "", _ => null }, static path => path switch
    {
        "vars" => Encoding.UTF8.GetBytes("\uFEFF# comment\n\nA=1\n  B=two words\r\nEDITOR\nNOTSET\n"),
        "broken" => Encoding.UTF8.GetBytes("A=1\nB C=2\n"),
        _ => throw new KistException($"cannot read {path}: ENOENT (No such file or directory)"),
    });

    public static readonly SpecFacts Machine = new()
    {
        Id = Id,
        RootPath = "/home/me/work/root",
        ReadRootFile = static path => path == "/etc/passwd" ? Encoding.UTF8.GetBytes("root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n") : [],
        HasRootFile = static path => path is "/bin/sh" or "/etc/hosts",
        HostName = static () => "thishost",
        Processors = static () => 4,
        Devices = static request => request is null ? [new Device("/dev/kvm", 'c', 10, 232, 0x1B0, 0, 0)] : [new Device(request.Destination, 'c', 10, 200, 0x1B6, 0, 0)],
    };

    public static readonly SpecFacts Rootless = Machine with { Rootless = true, UserNamespace = true };

    public static RunOptions Options(string line) => Options(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    public static RunOptions Options(params string[] words) => RunOptionsParser.Parse(words, RunFlags.Run, Caller) ?? throw new InvalidOperationException("an option has no effect, or help was asked for");

    public static RuntimeSpec Spec(string line, SpecFacts? facts = null) => SpecBuilder.Build(Options(line), facts ?? Machine);

    public static string Error(string line, SpecFacts? facts = null)
    {
        try
        {
            _ = Spec(line, facts);
        }
        catch (KistException error)
        {
            return error.Message;
        }
        throw new InvalidOperationException($"`kist run {line}` was accepted");
    }

    public static Mount? MountAt(this RuntimeSpec spec, string destination) => spec.Mounts.SingleOrDefault(mount => mount.Destination == destination);
}
