using System.Text.Json.Nodes;

namespace Kist.Tests.Support;

/// <summary>
/// A bundle for kist-runtime: the document that <c>kist-runtime spec</c> writes, on a copy of the busybox root filesystem, both to
/// be changed by the test. It has a state root of its own.
/// </summary>
public sealed class Bundle : IDisposable
{
    static int number;

    readonly TemporaryDirectory folder = new();
    readonly TemporaryDirectory root;
    readonly JsonNode document;

    Bundle(TemporaryDirectory root, JsonNode document)
    {
        (this.root, this.document) = (root, document);
        // Whom root is outside, in a user namespace, is to pass through.
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0x1ED);
        Set("/root", $$"""{"path": "{{root.Path}}"}""");
        Set("/process/terminal", "false");
    }

    /// <summary>A new one. Needs root.</summary>
    public static async Task<Bundle> Create()
    {
        Requirements.Root();
        TemporaryDirectory root = await RootFilesystems.Copy(await RootFilesystems.Busybox());
        // Containers on the original may have left something there.
        System.IO.Directory.Delete(root.Path + "/dev", recursive: true);
        System.IO.Directory.CreateDirectory(root.Path + "/dev");
        using TemporaryDirectory folder = new();
        (await KistCommand.Runtime("spec", "--bundle", folder.Path).Run()).Succeeded();
        return new(root, JsonNode.Parse(await File.ReadAllTextAsync(folder.Path + "/config.json"))!);
    }

    /// <summary>The root filesystem, on the host.</summary>
    public string Root => root.Path;

    /// <summary>Where config.json is, once a command was made.</summary>
    public string Directory => folder.Path;

    /// <summary>Where the container's state is kept.</summary>
    public string State => folder.Path + "/state";

    /// <summary>Sets a value, given as JSON, at a JSON pointer; null removes it.</summary>
    public Bundle Set(string pointer, string? json)
    {
        string[] parts = pointer[1..].Split('/');
        JsonNode at = document;
        foreach (string part in parts[..^1])
            at = at is JsonArray array ? array[int.Parse(part)]! : at[part] ??= new JsonObject();
        if (json is null)
            ((JsonObject)at).Remove(parts[^1]);
        else
            at[parts[^1]] = JsonNode.Parse(json);
        return this;
    }

    /// <summary>Adds a mount, given as JSON, after all others.</summary>
    public Bundle Mount(string json)
    {
        ((JsonArray)document["mounts"]!).Add(JsonNode.Parse(json));
        return this;
    }

    /// <summary>Leaves the mount on a destination out.</summary>
    public Bundle WithoutMount(string destination)
    {
        JsonArray mounts = (JsonArray)document["mounts"]!;
        for (int i = mounts.Count - 1; i >= 0; i--)
            if ((string)mounts[i]!["destination"]! == destination)
                mounts.RemoveAt(i);
        return this;
    }

    /// <summary>The program and its arguments.</summary>
    public Bundle Program(params string[] arguments)
    {
        JsonArray array = [];
        foreach (string argument in arguments)
            array.Add((JsonNode)argument);
        document["process"]!["args"] = array;
        return this;
    }

    /// <summary>kist-runtime run, not yet started.</summary>
    public KistCommand Command()
    {
        File.WriteAllText(folder.Path + "/config.json", document.ToJsonString());
        return KistCommand.Runtime("--root", State, "run", "--bundle", folder.Path, $"kist-test-{Environment.ProcessId}-{Interlocked.Increment(ref number)}");
    }

    /// <summary>Runs it to its end.</summary>
    public Task<CommandResult> Run() => Command().Run();

    public void Dispose()
    {
        root.Dispose();
        folder.Dispose();
    }
}
