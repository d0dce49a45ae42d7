namespace Kist.Tests.Support;

/// <summary>A directory that is gone after the test.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kist-test-").FullName;

    /// <summary>Writes a file in it, executable if asked.</summary>
    public string File(string name, string content, bool executable = false) => File(name, System.Text.Encoding.UTF8.GetBytes(content), executable);

    public string File(string name, byte[] content, bool executable = false)
    {
        string path = Path + "/" + name;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, content);
        System.IO.File.SetUnixFileMode(path, (UnixFileMode)(executable ? 0x1ED : 0x1A4));
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
