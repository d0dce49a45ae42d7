using System.Text;
using System.Text.Json;
using Kist.Linux;
using Kist.Runtime.Cgroups;

namespace Kist.Runtime.State;

/// <summary>One container's directory, and its lock. Disposing it removes both.</summary>
public sealed class ContainerDirectory : IDisposable
{
    const string StateFile = "state.json";
    readonly StateRoot _root;
    int _lock;

    ContainerDirectory(StateRoot root, string id, int @lock) => (_root, Id, _lock) = (root, id, @lock);

    public string Id { get; }
    public string Path => $"{_root.Containers}/{Id}";

    /// <summary>Makes and locks the directory; the id, and the name if there is one, are taken from then on.</summary>
    /// <exception cref="KistException">The id or the name is in use.</exception>
    public static ContainerDirectory Create(StateRoot root, string id, string? name = null)
    {
        int above = Kernel.MkdirAt(Kernel.AT_FDCWD, root.Containers, StateRoot.Mode);
        if (above < 0 && above != -(int)Errno.EEXIST) throw new KistException($"cannot make {root.Containers}: {((Errno)(-above)).Describe()}");
        string path = $"{root.Containers}/{id}";
        ContainerDirectory? directory = null;
        // Before it is locked a new directory looks like a leftover, and another run that begins now may sweep it: then once more.
        for (int attempt = 0; directory is null; attempt++)
        {
            int made = Kernel.MkdirAt(Kernel.AT_FDCWD, path, StateRoot.Mode);
            if (made == -(int)Errno.EEXIST && Leftovers.Remove(root, id)) made = Kernel.MkdirAt(Kernel.AT_FDCWD, path, StateRoot.Mode);
            if (made == -(int)Errno.EEXIST && attempt is > 0 and < 100)
            {
                _ = Poll.Wait([], 1);
                continue;
            }
            if (made == -(int)Errno.EEXIST) throw new KistException($"a container with the id \"{id}\" runs already; choose another, or end that one");
            if (made < 0) throw new KistException($"cannot make {path}: {((Errno)(-made)).Describe()}");
            directory = TakeOver(root, id);
            if (directory is null && attempt == 100) throw new KistException($"cannot lock {path}: other processes keep removing it");
        }
        if (name is null) return directory;
        try
        {
            directory.TakeName(name);
            return directory;
        }
        catch (KistException)
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>The container's name, or null.</summary>
    public string? Name { get; private set; }

    // A name is a link to an id. It is made by one system call, which fails if it is there, and removed only by ReleaseName, which
    // sees that it still leads where it should: so two can never hold one.
    void TakeName(string name)
    {
        _ = Kernel.MkdirAt(Kernel.AT_FDCWD, _root.Names, 0x1C0);
        string path = $"{_root.Names}/{name}";
        for (int attempt = 0; ; attempt++)
        {
            int made = Kernel.SymlinkAt(Id, Kernel.AT_FDCWD, path);
            if (made == 0) break;
            if (made != -(int)Errno.EEXIST || attempt == 100) throw new KistException($"cannot take the name \"{name}\": {((Errno)(-made)).Describe()}");
            if (Kernel.ReadLinkAt(Kernel.AT_FDCWD, path, out _) is not { } owner) continue;
            bool there = Kernel.Stat(Kernel.AT_FDCWD, $"{_root.Containers}/{owner}", out _) == Errno.None;
            if (there && !Leftovers.Remove(_root, owner)) throw new KistException($"the name \"{name}\" is in use by the container {owner}; choose another, or end that one");
            ReleaseName(name, owner);
        }
        Name = name;
    }

    /// <summary>Removes a name if it leads to this id. Under a lock, so that between the look and the removal nobody else removes it and a third takes it.</summary>
    void ReleaseName(string name, string id)
    {
        int names = Kernel.OpenAt(Kernel.AT_FDCWD, _root.Names, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        if (names < 0) return;
        _ = Kernel.Flock(names, Kernel.LOCK_EX);
        if (Kernel.ReadLinkAt(names, name, out _) == id) _ = Kernel.UnlinkAt(names, name);
        Kernel.Close(names);
    }

    /// <summary>Writes down what there is to remove should this process be killed, before any of it is made.</summary>
    public void Record(LaunchPlan plan)
    {
        // By hand: a writer for JSON would be the only one on the way of a start.
        StringBuilder json = new(512);
        json.Append("{\"id\":\"").Append(Id).Append('"');
        if (Name is not null) json.Append(",\"name\":").AppendJson(Name);
        json.Append(",\"bundle\":").AppendJson(plan.Request.Bundle).Append(",\"cgroups\":[");
        for (int i = 0; i < plan.Cgroups.Count; i++) json.Append(i == 0 ? "" : ",").AppendJson(plan.Cgroups[i]);
        json.Append(']');
        if (plan.Request.Root?.DiskScratch is { } scratch) json.Append(",\"scratch\":").AppendJson(scratch);
        json.Append("}\n");
        int written = Kernel.WriteFile(_lock, StateFile, Encoding.UTF8.GetBytes(json.ToString()), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0x180);
        if (written < 0) throw new KistException($"cannot write {Path}/{StateFile}: {((Errno)(-written)).Describe()}{(written == -(int)Errno.ENOSPC ? "; the disk is full" : "")}");
    }

    /// <summary>Looks for a name that leads here: its owner may have died before it wrote that down.</summary>
    internal void FindName()
    {
        int names = Name is null ? Kernel.OpenAt(Kernel.AT_FDCWD, _root.Names, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY) : -1;
        if (names < 0) return;
        List<string> all = [];
        _ = Kernel.List(names, all);
        Kernel.Close(names);
        foreach (string name in all)
            if (Kernel.ReadLinkAt(Kernel.AT_FDCWD, $"{_root.Names}/{name}", out _) == Id) Name = name;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_lock < 0) return;
        if (Name is not null) ReleaseName(Name, Id);
        _ = Kernel.UnlinkAt(_lock, StateFile);
        _ = Kernel.UnlinkAt(Kernel.AT_FDCWD, Path, Kernel.AT_REMOVEDIR);
        Kernel.Close(_lock);
        _lock = -1;
    }

    /// <summary>Takes over a directory whose owner is gone.</summary>
    /// <returns>Null where its owner lives.</returns>
    internal static ContainerDirectory? TakeOver(StateRoot root, string id)
    {
        int descriptor = Kernel.OpenAt(Kernel.AT_FDCWD, $"{root.Containers}/{id}", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        if (descriptor < 0) return null;
        // Locked, but removed before: by now the path may lead to another container.
        if (Kernel.Flock(descriptor, Kernel.LOCK_EX | Kernel.LOCK_NB) == 0
            && Kernel.Stat(descriptor, "", out FileStatus status) == Errno.None && status.Links > 0) return new(root, id, descriptor);
        Kernel.Close(descriptor);
        return null;
    }

    /// <summary>What the dead owner wrote down; a file cut short by its death says nothing, and then nothing was made.</summary>
    internal (IReadOnlyList<string> Cgroups, string? Scratch) ReadRecord()
    {
        List<string> cgroups = [];
        string? scratch = null;
        if (Kernel.ReadFile(_lock, StateFile, out _) is not { } text) return (cgroups, scratch);
        try
        {
            Utf8JsonReader json = new(text);
            string property = "";
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName) property = json.GetString()!;
                else if (json.TokenType == JsonTokenType.String && property == "cgroups") cgroups.Add(json.GetString()!);
                else if (json.TokenType == JsonTokenType.String && property == "name") Name = json.GetString();
                else if (json.TokenType == JsonTokenType.String && property == "scratch") scratch = json.GetString();
            }
        }
        catch (JsonException)
        {
            return ([], null);
        }
        // Only what a container of this id can have had.
        cgroups.RemoveAll(cgroup => !cgroup.StartsWith(CgroupLayout.Root + "/", StringComparison.Ordinal) || cgroup.Contains("/../", StringComparison.Ordinal));
        return (cgroups, scratch);
    }
}

static class JsonText
{
    /// <summary>Appends a string as JSON has it (RFC 8259, section 7).</summary>
    public static StringBuilder AppendJson(this StringBuilder json, string text)
    {
        json.Append('"');
        foreach (char c in text)
        {
            if (c is '"' or '\\') json.Append('\\').Append(c);
            else if (c < ' ') json.Append("\\u00").Append("0123456789abcdef"[c >> 4]).Append("0123456789abcdef"[c & 15]);
            else json.Append(c);
        }
        return json.Append('"');
    }
}
