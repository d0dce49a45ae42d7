using System.Text;
using Kist.Linux;
using Kist.Runtime.CommandLine;

namespace Kist.Engine.Configuration;

/// <summary>-v, --mount, --tmpfs and --device, as Docker's command line writes them.</summary>
static class MountSyntax
{
    const string VolumesLater = "volumes come with a later release";

    /// <summary>-v SRC:DST[:OPTIONS].</summary>
    /// <param name="text">As typed.</param>
    /// <param name="directory">The working directory, which relative sources start at.</param>
    public static BindMount Volume(string text, string directory)
    {
        string[] parts = text.Split(':');
        if (parts.Length is < 2 or > 3 || parts[0].Length == 0 || parts[1].Length == 0)
            throw new KistException(parts.Length == 1 && text.StartsWith('/')
                ? $"-v {text} asks for an anonymous volume, and {VolumesLater}; --tmpfs {text} gives an empty directory in memory"
                : $"-v: \"{text}\" is not SRC:DST[:OPTIONS]");
        if (!IsPath(parts[0]))
            throw new KistException($"-v {text}: \"{parts[0]}\" is the name of a volume, and {VolumesLater}; for a directory write ./{parts[0]}");
        List<string> options = [];
        bool recursive = true;
        foreach (string option in parts.Length == 3 ? parts[2].Split(',') : [])
            switch (option)
            {
                case "bind": recursive = false; break;
                // "rw" and Docker's hints for macOS say what is so anyway.
                case "" or "rw" or "rbind" or "cached" or "delegated" or "consistent" or "default": break;
                case "ro" or "shared" or "rshared" or "slave" or "rslave" or "private" or "rprivate" or "noexec" or "nosuid" or "nodev" or "exec" or "suid" or "dev":
                    options.Add(option);
                    break;
                case "z" or "Z": throw new KistException($"-v {text}: relabelling for SELinux ({option}) is not there yet; leave it out, or use chcon(1)");
                case "U" or "O" or "nocopy": throw new KistException($"-v {text}: the option {option} is not there yet");
                default: throw new KistException($"-v {text}: unknown option \"{option}\"; there are ro, rw, bind, rbind, shared, slave, private, rshared, rslave, rprivate, noexec, nosuid, nodev");
            }
        return new BindMount(Absolute(parts[0], directory), Destination("-v", parts[1]), options, recursive);
    }

    /// <summary>--mount type=bind|tmpfs,….</summary>
    public static void Mount(string text, string directory, List<BindMount> binds, List<TmpfsMount> tmpfs)
    {
        string type = "volume", source = "", destination = "", size = "", mode = "", propagation = "";
        bool isReadOnly = false, recursive = true;
        foreach (string field in Fields(text))
        {
            int equals = field.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? field : field[..equals], value = equals < 0 ? "" : field[(equals + 1)..];
            switch (key)
            {
                case "type": type = value; break;
                case "source" or "src": source = value; break;
                case "destination" or "dst" or "target": destination = value; break;
                case "readonly" or "ro": isReadOnly = Flag(text, key, value, equals); break;
                case "rw": isReadOnly = !Flag(text, key, value, equals); break;
                case "bind-propagation":
                    propagation = value is "shared" or "rshared" or "slave" or "rslave" or "private" or "rprivate" ? value
                        : throw new KistException($"--mount {text}: unknown propagation \"{value}\"");
                    break;
                case "bind-nonrecursive": recursive = !Flag(text, key, value, equals); break;
                case "bind-recursive":
                    recursive = value switch { "enabled" or "writable" => true, "disabled" => false, _ => throw new KistException($"--mount {text}: bind-recursive is enabled, writable or disabled here") };
                    break;
                case "tmpfs-size": size = value; break;
                case "tmpfs-mode": mode = value; break;
                case "consistency": break; // A hint for macOS.
                default:
                    string? near = Suggestion.Nearest(key, ["type", "source", "destination", "target", "readonly", "bind-propagation", "bind-nonrecursive", "bind-recursive", "tmpfs-size", "tmpfs-mode"]);
                    throw new KistException($"--mount {text}: unknown field \"{key}\"{(near is null ? "" : $"; did you mean {near}?")}");
            }
        }
        if (destination.Length == 0)
            throw new KistException($"--mount {text}: dst= is missing, the place in the container");
        destination = Destination("--mount", destination);
        switch (type)
        {
            case "bind" when source.Length == 0: throw new KistException($"--mount {text}: src= is missing, the host's file or directory");
            case "bind" when size.Length + mode.Length > 0: throw new KistException($"--mount {text}: tmpfs-size and tmpfs-mode need type=tmpfs");
            case "bind":
                List<string> options = isReadOnly ? ["ro"] : [];
                if (propagation.Length > 0)
                    options.Add(propagation);
                binds.Add(new BindMount(Absolute(source, directory), destination, options, recursive));
                break;
            case "tmpfs" when source.Length > 0: throw new KistException($"--mount {text}: a tmpfs has no source");
            case "tmpfs" when propagation.Length > 0 || !recursive: throw new KistException($"--mount {text}: bind-… needs type=bind");
            case "tmpfs":
                List<string> words = isReadOnly ? ["ro"] : [];
                if (size.Length > 0)
                    words.Add($"size={Quantity.Bytes("--mount: tmpfs-size", size)}");
                if (mode.Length > 0)
                    words.Add(OctalMode($"--mount {text}", mode));
                tmpfs.Add(new TmpfsMount(destination, words));
                break;
            case "volume": throw new KistException($"--mount {text}: {VolumesLater}; write type=bind or type=tmpfs");
            default: throw new KistException($"--mount {text}: the type \"{type}\" is not there; write type=bind or type=tmpfs");
        }
    }

    /// <summary>--tmpfs DST[:OPTIONS].</summary>
    public static TmpfsMount Tmpfs(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        List<string> options = [];
        foreach (string option in colon < 0 ? [] : text[(colon + 1)..].Split(','))
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? option : option[..equals], value = equals < 0 ? "" : option[(equals + 1)..];
            switch (key)
            {
                case "" or "rw": break;
                case "size" when !value.EndsWith('%'): options.Add($"size={Quantity.Bytes("--tmpfs: size", value)}"); break;
                case "mode": options.Add(OctalMode($"--tmpfs {text}", value)); break;
                case "size" or "uid" or "gid" or "nr_inodes" or "nr_blocks" when value.Length > 0: options.Add(option); break;
                case "ro" or "exec" or "noexec" or "suid" or "nosuid" or "dev" or "nodev" or "noatime" or "nodiratime" or "relatime" or "strictatime" or "sync" when equals < 0: options.Add(option); break;
                default: throw new KistException($"--tmpfs {text}: unknown option \"{option}\"; there are size, mode, uid, gid, nr_inodes, nr_blocks, ro, exec, noexec, suid, nosuid, dev, nodev");
            }
        }
        return new TmpfsMount(Destination("--tmpfs", colon < 0 ? text : text[..colon]), options);
    }

    /// <summary>--device HOST[:CONTAINER][:rwm].</summary>
    public static DeviceRequest Device(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length > 3 || !parts[0].StartsWith('/'))
            throw new KistException($"--device: \"{text}\" is not /dev/NAME[:/dev/OTHER][:rwm]");
        bool second = parts.Length > 1 && parts[1].StartsWith('/');
        string access = parts.Length == 3 ? parts[2] : parts.Length == 2 && !second ? parts[1] : "rwm";
        if (access.Length is 0 or > 3 || access.AsSpan().ContainsAnyExcept("rwm") || parts.Length == 3 && !second)
            throw new KistException($"--device {text}: \"{access}\" is no access; write some of r (read), w (write), m (mknod)");
        return new DeviceRequest(parts[0], second ? parts[1] : parts[0], access);
    }

    static bool IsPath(string source) => source is "." or ".." || source.Contains('/', StringComparison.Ordinal);

    static bool Flag(string text, string key, string value, int equals) => equals < 0 || value switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => throw new KistException($"--mount {text}: {key} is true or false, not \"{value}\""),
    };

    static string OctalMode(string option, string mode)
    {
        if (mode.Length is 0 or > 5 || mode.AsSpan().ContainsAnyExceptInRange('0', '7'))
            throw new KistException($"{option}: \"{mode}\" is no mode; write it in octal, like 1777");
        return $"mode={mode}";
    }

    static string Destination(string option, string path)
    {
        string clean = path.StartsWith('/') ? Absolute(path, "/") : path;
        return path.Length == 0 || clean == "/" ? throw new KistException($"{option}: the container's \"{path}\" cannot be mounted over") : clean;
    }

    /// <summary>An absolute path without "." and "..", resolved as text.</summary>
    public static string Absolute(string path, string directory)
    {
        List<string> names = [];
        foreach (string name in (path.StartsWith('/') ? path : $"{directory}/{path}").Split('/'))
            if (name == ".." && names.Count > 0)
                names.RemoveAt(names.Count - 1);
            else if (name is not ("" or "." or ".."))
                names.Add(name);
        return "/" + string.Join('/', names);
    }

    /// <summary>Comma-separated fields, quoted as in CSV where they hold commas.</summary>
    static List<string> Fields(string text)
    {
        List<string> fields = [];
        StringBuilder field = new();
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"')
                field.Append(text[i++]);
            else if (text[i] == '"')
                quoted = !quoted;
            else if (text[i] == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
                field.Append(text[i]);
        }
        fields.Add(field.ToString());
        return quoted ? throw new KistException($"--mount {text}: a quote is not closed") : fields;
    }
}
