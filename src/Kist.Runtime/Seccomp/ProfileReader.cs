using System.Text.Json;
using Kist.Linux;
using Kist.Spec;

namespace Kist.Runtime;

/// <summary>
/// The file of <c>--security-opt seccomp=FILE</c>: config.json's seccomp object, or Docker's template of one, whose rules say for
/// which capabilities, architectures and kernels they hold (<c>includes</c>, <c>excludes</c>) and whose <c>archMap</c> says which
/// architectures go together. Podman's form with errno names is read, too.
/// </summary>
public static class ProfileReader
{
    /// <summary>Reads a profile, and keeps the rules that hold here.</summary>
    /// <param name="json">The file.</param>
    /// <param name="capabilities">The container's bounding set: bit n is the capability with the number n.</param>
    /// <param name="architecture">As image documents and Docker's profiles say it: "amd64", "arm64".</param>
    /// <param name="kernel">The running kernel's version.</param>
    /// <exception cref="SpecException">The file is no profile: where, what stands there, what may.</exception>
    public static Seccomp Read(ReadOnlySpan<byte> json, ulong capabilities, string architecture, (int Major, int Minor) kernel)
    {
        if (json.StartsWith("\uFEFF"u8))
            json = json[3..];
        SpecCursor cursor = new(json);
        try
        {
            Seccomp profile = ReadProfile(ref cursor, new Circumstances(capabilities, architecture, kernel));
            cursor.End();
            return profile;
        }
        catch (JsonException error)
        {
            throw cursor.Malformed(error);
        }
        catch (InvalidOperationException)
        {
            throw SpecException.Because(cursor.PathAt(cursor.Position), "found a string that is not Unicode text, expected UTF-8");
        }
    }

    readonly record struct Circumstances(ulong Capabilities, string Architecture, (int Major, int Minor) Kernel)
    {
        public string? SeccompName => Architecture switch
        {
            "amd64" => "SCMP_ARCH_X86_64",
            "arm64" => "SCMP_ARCH_AARCH64",
            _ => null,
        };

        public bool Has(string capability) => CapabilityTable.TryGet(capability, out int number) && (Capabilities >> number & 1) != 0;
    }

    static Seccomp ReadProfile(ref SpecCursor cursor, Circumstances here)
    {
        SeccompAction? action = null;
        uint? errnoRet = null, errno = null;
        List<string>? architectures = null, mapped = null, flags = null;
        string? listenerPath = null, listenerMetadata = null;
        List<SeccompRule> rules = [];
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("defaultAction"u8)) action = RuntimeSpecReader.ReadAction(ref cursor);
            else if (cursor.Is("defaultErrnoRet"u8)) errnoRet = cursor.UInt32();
            else if (cursor.Is("defaultErrno"u8)) errno = ReadErrno(ref cursor);
            else if (cursor.Is("architectures"u8)) architectures = cursor.Strings();
            else if (cursor.Is("archMap"u8)) mapped = ReadArchitectureMap(ref cursor, here);
            else if (cursor.Is("flags"u8)) flags = cursor.Strings();
            else if (cursor.Is("listenerPath"u8)) listenerPath = cursor.String();
            else if (cursor.Is("listenerMetadata"u8)) listenerMetadata = cursor.String();
            else if (cursor.Is("syscalls"u8)) ReadRules(ref cursor, here, rules);
            else cursor.SkipValue();
        }
        if (architectures is { Count: > 0 } && mapped is not null)
            throw SpecException.Because("/archMap", "cannot be used together with /architectures; use either");
        return new Seccomp
        {
            DefaultAction = action ?? throw cursor.Missing("defaultAction", SeccompTable.Actions),
            DefaultErrnoRet = errno ?? errnoRet,
            Architectures = mapped ?? architectures ?? [],
            Flags = flags,
            ListenerPath = listenerPath is "" ? null : listenerPath,
            ListenerMetadata = listenerMetadata is "" ? null : listenerMetadata,
            Syscalls = rules,
        };
    }

    static List<string>? ReadArchitectureMap(ref SpecCursor cursor, Circumstances here)
    {
        List<string> chosen = [];
        bool any = false;
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            string? architecture = null;
            List<string> with = [];
            cursor.BeginObject();
            while (cursor.NextProperty())
            {
                if (cursor.Is("architecture"u8)) architecture = cursor.String();
                else if (cursor.Is("subArchitectures"u8)) with = cursor.Strings();
                else cursor.SkipValue();
            }
            any = true;
            if (architecture is null) throw cursor.Missing("architecture", "SCMP_ARCH_…");
            if (chosen.Count == 0 && architecture == here.SeccompName)
                chosen = [architecture, .. with];
        }
        return any ? chosen : null;
    }

    static void ReadRules(ref SpecCursor cursor, Circumstances here, List<SeccompRule> rules)
    {
        cursor.BeginArray();
        while (cursor.NextElement())
            if (ReadRule(ref cursor, here) is { } rule)
                rules.Add(rule);
    }

    /// <summary>Null if the rule is for other circumstances.</summary>
    static SeccompRule? ReadRule(ref SpecCursor cursor, Circumstances here)
    {
        List<string>? names = null, name = null;
        SeccompAction? action = null;
        uint? errnoRet = null, errno = null;
        List<SeccompArgument> args = [];
        bool holds = true;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("names"u8)) names = cursor.Strings();
            else if (cursor.Is("name"u8)) name = cursor.String() is { Length: > 0 } one ? [one] : null;
            else if (cursor.Is("action"u8)) action = RuntimeSpecReader.ReadAction(ref cursor);
            else if (cursor.Is("errnoRet"u8)) errnoRet = cursor.UInt32();
            else if (cursor.Is("errno"u8)) errno = ReadErrno(ref cursor);
            else if (cursor.Is("args"u8)) args = RuntimeSpecReader.ReadArguments(ref cursor);
            else if (cursor.Is("includes"u8)) holds &= ReadFilter(ref cursor, here, includes: true);
            else if (cursor.Is("excludes"u8)) holds &= ReadFilter(ref cursor, here, includes: false);
            else cursor.SkipValue();
        }
        if (name is not null && names is { Count: > 0 })
            throw SpecException.Because(cursor.PathAt(cursor.Position), "has both \"name\" and \"names\"; use either");
        SeccompRule rule = new()
        {
            Names = name ?? names ?? throw cursor.Missing("names", "the names of system calls"),
            Action = action ?? throw cursor.Missing("action", SeccompTable.Actions),
            ErrnoRet = errno ?? errnoRet,
            Args = args,
        };
        return holds ? rule : null;
    }

    /// <summary>Whether a rule with this filter holds here. To be included takes all that is listed (any of the architectures), to be excluded one.</summary>
    static bool ReadFilter(ref SpecCursor cursor, Circumstances here, bool includes)
    {
        bool holds = true;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("arches"u8))
            {
                List<string> arches = cursor.Strings();
                holds &= arches.Count == 0 || arches.Contains(here.Architecture) == includes;
            }
            else if (cursor.Is("caps"u8))
            {
                foreach (string capability in cursor.Strings())
                    holds &= here.Has(capability) == includes;
            }
            else if (cursor.Is("minKernel"u8))
                holds &= here.Kernel.CompareTo(ReadKernel(ref cursor)) >= 0 == includes;
            else cursor.SkipValue();
        }
        return holds;
    }

    static (int Major, int Minor) ReadKernel(ref SpecCursor cursor)
    {
        string text = cursor.String();
        int dot = text.IndexOf('.');
        return dot > 0 && ushort.TryParse(text.AsSpan(0, dot), out ushort major) && ushort.TryParse(text.AsSpan(dot + 1), out ushort minor)
            ? (major, minor)
            : throw cursor.Unexpected("a version such as \"4.8\"");
    }

    static uint? ReadErrno(ref SpecCursor cursor)
    {
        string text = cursor.String();
        if (text.Length == 0) return null;
        return Enum.TryParse(text, out Errno errno) && errno >= 0 ? (uint)errno : throw cursor.Unexpected("an errno's name such as \"EPERM\"");
    }
}
