namespace Kist.Tests.Support;

/// <summary>
/// Somebody without privileges, played by root. Unlike <see cref="OrdinaryUser"/> no shell stands before kist, so that it can be
/// traced and killed at each of its system calls.
/// </summary>
public sealed class Nobody : IDisposable
{
    const string Id = "65534";

    readonly TemporaryDirectory folder = new();
    readonly string setpriv;

    Nobody(string setpriv) => this.setpriv = setpriv;

    /// <summary>A new one. Needs root, and a kernel that lets everybody make user namespaces.</summary>
    public static async Task<Nobody> Create()
    {
        Requirements.Root();
        Nobody user = new(Requirements.Program("setpriv"));
        File.SetUnixFileMode(user.Directory, (UnixFileMode)0x1ED);
        File.Copy(KistCommand.Executable("kist"), user.Program);
        System.IO.Directory.CreateDirectory(user.Runtime);
        (await KistCommand.Program("/bin/chown", "-R", $"{Id}:{Id}", user.Directory).Run()).Succeeded();
        File.SetUnixFileMode(user.Runtime, (UnixFileMode)0x1C0);
        CommandResult possible = await KistCommand.Program(user.setpriv, "--reuid", Id, "--regid", Id, "--clear-groups", Requirements.Program("unshare"), "--user", "true").Run();
        if (possible.ExitCode != 0)
            TUnit.Core.Skip.Test($"user namespaces are forbidden here: {possible.Errors}");
        return user;
    }

    public string Directory => folder.Path;

    /// <summary>$XDG_RUNTIME_DIR.</summary>
    public string Runtime => folder.Path + "/runtime";

    string Program => folder.Path + "/kist";

    /// <summary>kist as this user.</summary>
    public KistCommand Kist(params string[] arguments) => KistCommand.Program(Program, arguments)
        .Under(setpriv, "--reuid", Id, "--regid", Id, "--clear-groups").Environment("HOME", Directory).Environment("XDG_RUNTIME_DIR", Runtime).Environment("XDG_CACHE_HOME", null);

    public void Dispose() => folder.Dispose();
}
