using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Kist.Tests.Support;
using TUnit.Core;

namespace Kist.Tests.Unit;

/// <summary>Who may use whom, and what is not used where containers are started. Read from the sources, where they are there.</summary>
public sealed partial class LayersTests
{
    static string Sources([CallerFilePath] string here = "")
    {
        string sources = Environment.GetEnvironmentVariable("KIST_SOURCES") is { Length: > 0 } given ? given : Path.GetFullPath(here + "/../../../src");
        if (!File.Exists(sources + "/Kist.Linux/Kist.Linux.csproj"))
            Skip.Test($"the sources are not at {sources} (KIST_SOURCES says where they are): rules about layers are not checked");
        return sources;
    }

    [Test]
    [Arguments("Kist.Linux", "")]
    [Arguments("Kist.Init", "")]
    [Arguments("Kist.Spec", "Kist.Linux")]
    [Arguments("Kist.Runtime", "Kist.Init Kist.Spec")]
    [Arguments("Kist.Engine", "Kist.Runtime")]
    [Arguments("kist", "Kist.Engine")]
    [Arguments("kist-runtime", "Kist.Runtime")]
    public async Task A_layer_uses_the_one_below_and_no_other(string project, string uses)
    {
        string text = await File.ReadAllTextAsync($"{Sources()}/{project}/{project}.csproj");
        string references = string.Join(' ', Reference().Matches(text).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
        await Assert.That(references).IsEqualTo(uses);
    }

    [Test]
    public async Task Every_project_has_its_place_in_the_layers()
    {
        string[] known = ["Kist.Engine", "Kist.Init", "Kist.Linux", "Kist.Runtime", "Kist.Spec", "kist", "kist-runtime"];
        IEnumerable<string> projects = Directory.EnumerateFiles(Sources(), "*.csproj", SearchOption.AllDirectories).Select(path => Path.GetFileNameWithoutExtension(path)!);
        await Assert.That(projects.Except(known)).IsEmpty().Because("a new layer is added to the test above");
    }

    [Test]
    public async Task Kist_init_shares_the_plan_and_the_numbers_of_system_calls_with_the_runtime_and_nothing_else()
    {
        string init = await File.ReadAllTextAsync($"{Sources()}/Kist.Init/Kist.Init.csproj"), runtime = await File.ReadAllTextAsync($"{Sources()}/Kist.Runtime/Kist.Runtime.csproj");
        await Assert.That(Items.Of(Shared().Matches(init).Select(match => match.Groups[1].Value))).IsEqualTo(Items.Of(["../Kist.Linux/SystemCall.$(Architecture).cs"]));
        await Assert.That(Items.Of(Shared().Matches(runtime).Select(match => match.Groups[1].Value))).IsEqualTo(Items.Of(["../Kist.Init/Plan/*.cs"]));
    }

    [Test]
    [Arguments("Kist.Linux")]
    [Arguments("Kist.Runtime")]
    [Arguments("Kist.Init")]
    public async Task Where_containers_are_started_files_are_opened_by_descriptor_and_processes_by_clone(string project)
    {
        List<string> found = [];
        foreach (string file in Directory.EnumerateFiles($"{Sources()}/{project}", "*.cs", SearchOption.AllDirectories))
        {
            int number = 0;
            foreach (string line in await File.ReadAllLinesAsync(file))
            {
                number++;
                string code = line.TrimStart().StartsWith("//", StringComparison.Ordinal) ? "" : line;
                if (Banned().IsMatch(code)) found.Add($"{Path.GetFileName(file)}:{number}: {line.Trim()}");
            }
        }
        await Assert.That(found).IsEmpty().Because("File, Directory and Process follow links and start threads; Console costs milliseconds; Regex is large");
    }

    [Test]
    [Arguments("File.ReadAllText(path)", true)]
    [Arguments("if (Directory.Exists(path)) return;", true)]
    [Arguments("System.IO.File.Delete(x)", true)]
    [Arguments("Console.Error.WriteLine()", true)]
    [Arguments("Files.Directory(step)", false)]
    [Arguments("StepKind.Directory => 3", false)]
    [Arguments("FileType.Directory", false)]
    [Arguments("hierarchy.Directory.Length", false)]
    public async Task The_rule_finds_what_it_looks_for(string code, bool banned) => await Assert.That(Banned().IsMatch(code)).IsEqualTo(banned);

    [GeneratedRegex("<ProjectReference Include=\"[^\"]*/([^/\"]*)\\.csproj\"")]
    private static partial Regex Reference();

    [GeneratedRegex("<Compile Include=\"(\\.\\./[^\"]*)\"")]
    private static partial Regex Shared();

    [GeneratedRegex(@"(?<![\w.])(System\.IO\.)?(File|Directory|Console|Regex)\.[A-Z]\w*|\bProcess\.(Start|GetProcess)|\busing System\.(IO|Diagnostics\.Process|Console)\b|\bPath\.GetFullPath")]
    private static partial Regex Banned();
}
