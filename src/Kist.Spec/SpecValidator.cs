using System.Globalization;

namespace Kist.Spec;

/// <summary>Rules between the fields of a document, which its reader cannot see, and those of documents that were made by a program.</summary>
public static partial class SpecValidator
{
    /// <summary>Checks a document as it must be to create a container. Asks nothing of the host.</summary>
    /// <exception cref="SpecException">The first rule that is broken.</exception>
    public static void Validate(RuntimeSpec spec)
    {
        if (spec.Root is not { } root) throw SpecException.Missing("/root", "the root filesystem");
        if (root.Path.Length == 0) throw Unexpected("/root/path", root.Path, "the root filesystem's directory");
        LinuxSpec linux = spec.Linux;
        CheckNamespaces(linux.Namespaces);
        CheckNames(spec);
        if (spec.Process is { } process) CheckProcess(process, linux);
        CheckMounts(spec.Mounts, linux);
        if (spec.Hooks is { } hooks) CheckHooks(hooks);
        CheckLinux(linux);
    }

    /// <summary>Checks one process, as the document of <c>exec --process</c> has it.</summary>
    /// <exception cref="SpecException">The first rule that is broken; paths start with /process.</exception>
    public static void Validate(Process process, LinuxSpec linux) => CheckProcess(process, linux);

    static void CheckNames(RuntimeSpec spec)
    {
        CheckName("/hostname", spec.Hostname, spec.Linux);
        CheckName("/domainname", spec.Domainname, spec.Linux);
    }

    static void CheckName(string path, string? name, LinuxSpec linux)
    {
        if (name is null) return;
        const int Longest = 64; // __NEW_UTS_LEN
        if (System.Text.Encoding.UTF8.GetByteCount(name) > Longest) throw Unexpected(path, name, $"at most {Longest} bytes");
        if (!Has(linux, NamespaceType.Uts)) throw Unexpected(path, name, "nothing, as /linux/namespaces has no uts namespace (the host's name would change)");
    }

    static void CheckMounts(IReadOnlyList<Mount> mounts, LinuxSpec linux)
    {
        for (int i = 0; i < mounts.Count; i++) CheckMount("/mounts/" + i, mounts[i], linux);
    }

    static void CheckMount(string path, Mount mount, LinuxSpec linux)
    {
        if (mount.Destination.Length == 0) throw Unexpected(path + "/destination", "", "a path in the container");
        MountOptions options = MountOptions.Parse(mount.Options);
        bool bind = options.Bind || mount.Type == "bind";
        if (bind && mount.Source is null) throw SpecException.Missing(path + "/source", "what to bind");
        if (!bind && !options.Remount && options.Propagation.Count == 0 && mount.Type is null or "none")
        {
            const string Allowed = "a filesystem's type, or one of bind, rbind in /options";
            throw mount.Type is null ? SpecException.Missing(path + "/type", Allowed) : Unexpected(path + "/type", mount.Type, Allowed);
        }
        if (options.TmpCopyUp && mount.Type != "tmpfs")
            throw Unexpected(path + "/options", "tmpcopyup", "that option for a tmpfs only");
        if (mount.UidMappings.Count > 0) CheckMappings(path + "/uidMappings", mount.UidMappings);
        if (mount.GidMappings.Count > 0) CheckMappings(path + "/gidMappings", mount.GidMappings);
        if (mount.UidMappings.Count > 0 && mount.GidMappings.Count == 0) throw SpecException.Missing(path + "/gidMappings", "mappings, as there are uidMappings");
        if (mount.GidMappings.Count > 0 && mount.UidMappings.Count == 0) throw SpecException.Missing(path + "/uidMappings", "mappings, as there are gidMappings");
        if (options.IdMap && mount.UidMappings.Count == 0 && !Has(linux, NamespaceType.User))
            throw SpecException.Missing(path + "/uidMappings", $"mappings for {(options.RecursiveIdMap ? "ridmap" : "idmap")}, as the container has no user namespace whose mappings could be taken");
    }

    static void CheckHooks(Hooks hooks)
    {
        CheckHooks("/hooks/prestart", hooks.Prestart);
        CheckHooks("/hooks/createRuntime", hooks.CreateRuntime);
        CheckHooks("/hooks/createContainer", hooks.CreateContainer);
        CheckHooks("/hooks/startContainer", hooks.StartContainer);
        CheckHooks("/hooks/poststart", hooks.Poststart);
        CheckHooks("/hooks/poststop", hooks.Poststop);
    }

    static void CheckHooks(string path, IReadOnlyList<Hook> hooks)
    {
        for (int i = 0; i < hooks.Count; i++)
        {
            CheckAbsolute($"{path}/{i}/path", hooks[i].Path);
            if (hooks[i].Timeout is { } timeout and <= 0) throw Unexpected($"{path}/{i}/timeout", timeout, "a number of seconds above 0");
        }
    }

    static bool Has(LinuxSpec linux, NamespaceType type) => Find(linux, type) is not null;

    static Namespace? Find(LinuxSpec linux, NamespaceType type)
    {
        IReadOnlyList<Namespace> namespaces = linux.Namespaces;
        for (int i = 0; i < namespaces.Count; i++)
        {
            if (namespaces[i].Type == type) return namespaces[i];
        }
        return null;
    }

    static void CheckAbsolute(string path, string value)
    {
        if (!value.StartsWith('/')) throw Unexpected(path, value, "an absolute path");
    }

    static void CheckAbsolute(string path, IReadOnlyList<string> values)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (!values[i].StartsWith('/')) throw Unexpected(path + "/" + i, values[i], "an absolute path");
        }
    }

    static void CheckOneOf(string path, string value, ReadOnlySpan<string> allowed)
    {
        if (!allowed.Contains(value)) throw Unexpected(path, value, "one of " + string.Join(", ", allowed));
    }

    static void CheckOneOf(string path, IReadOnlyList<string> values, ReadOnlySpan<string> allowed)
    {
        for (int i = 0; i < values.Count; i++) CheckOneOf(path + "/" + i, values[i], allowed);
    }

    static void CheckRange(string path, long value, long min, long max)
    {
        if (value < min || value > max) throw Unexpected(path, value, $"an integer from {min} to {max}");
    }

    /// <summary>cpuset(7)'s list format: 0-3,7.</summary>
    static void CheckList(string path, string? value)
    {
        if (value is null) return;
        foreach (Range item in value.AsSpan().Split(','))
        {
            ReadOnlySpan<char> range = value.AsSpan()[item].Trim();
            int dash = range.IndexOf('-');
            ReadOnlySpan<char> first = dash < 0 ? range : range[..dash], last = dash < 0 ? range : range[(dash + 1)..];
            if (!uint.TryParse(first, NumberStyles.None, null, out uint from) || !uint.TryParse(last, NumberStyles.None, null, out uint to) || from > to)
                throw Unexpected(path, value, "a list of numbers and ranges such as 0-3,7");
        }
    }

    static SpecException Unexpected(string path, string value, string allowed) =>
        SpecException.Unexpected(path, SpecException.Quote(value), allowed);

    static SpecException Unexpected(string path, long value, string allowed) => SpecException.Unexpected(path, value.ToString(), allowed);
}
