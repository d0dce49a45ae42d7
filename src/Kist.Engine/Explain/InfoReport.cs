using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kist.Engine.Host;
using Kist.Engine.Launching;
using Kist.Linux;
using Kist.Runtime;
using Kist.Runtime.Cgroups;
using Kist.Spec;

namespace Kist.Engine.Explain;

/// <summary>Whether something can be had on this machine.</summary>
public enum Availability { Yes, Partly, No }

/// <summary>One fact about this machine.</summary>
public readonly record struct InfoLine(string Topic, Availability Works, string Text);

/// <summary><c>kist info</c>: what works here, what does not, and why.</summary>
public static class InfoReport
{
    /// <summary>Looks at the machine.</summary>
    public static List<InfoLine> Collect(HostFacts facts, string version, string stateDirectory)
    {
        List<InfoLine> lines =
        [
            new("kist", Availability.Yes, $"{version}, OCI runtime specification {DefaultSpec.OciVersion}; what runs is kept in {stateDirectory}"),
            new("kernel", Availability.Yes, $"Linux {Kernel.Release()}; {KernelVersion.Oldest} or newer is needed"),
            User(facts),
            Namespaces(facts),
            Cgroups(facts),
        ];
        AddLimits(lines, facts);
        lines.Add(new("seccomp", Kernel.Stat(Kernel.AT_FDCWD, "/proc/sys/kernel/seccomp/actions_avail", out _) == Errno.None ? Availability.Yes : Availability.No,
            UserNamespaces.Value("/proc/sys/kernel/seccomp/actions_avail") is { } actions ? $"the kernel knows {actions}" : "the kernel has none: run with --security-opt seccomp=unconfined"));
        lines.Add(new("network", Availability.Partly, "none and host; bridges come with a later release"));
        lines.Add(new("images", Availability.No, "come with a later release; @host and directories work"));
        AddHost(lines, facts);
        return lines;
    }

    /// <summary>For people.</summary>
    public static string Table(IReadOnlyList<InfoLine> lines, bool color)
    {
        TextTable table = new("WHAT", "WORKS", "HOW, OR WHY NOT");
        foreach (InfoLine line in lines)
            table.Add(line.Topic, Word(line.Works), line.Text);
        return table.ToText(color);
    }

    /// <summary>For programs.</summary>
    public static byte[] Json(IReadOnlyList<InfoLine> lines)
    {
        ArrayBufferWriter<byte> buffer = new(2048);
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (InfoLine line in lines)
            {
                json.WriteStartObject();
                json.WriteString("what"u8, line.Topic);
                json.WriteString("works"u8, Word(line.Works));
                json.WriteString("text"u8, line.Text);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    static string Word(Availability works) => works switch { Availability.Yes => "yes", Availability.Partly => "partly", _ => "no" };

    static InfoLine User(HostFacts facts)
    {
        if (facts.IsRoot)
            return new("root", Availability.Yes, facts.Capabilities == CapabilityTable.All ? "this is root, with all capabilities" : $"this is root, with {ulong.PopCount(facts.Capabilities)} of {CapabilityTable.Count} capabilities");
        IdMaps maps = IdMaps.ForCaller(facts.Uid, facts.Gid);
        return new("rootless", maps.Warning is null ? Availability.Yes : Availability.Partly,
            maps.Warning ?? $"root in a container is user {facts.Uid} outside; further ids come from /etc/subuid and /etc/subgid");
    }

    static InfoLine Namespaces(HostFacts facts)
    {
        if (UserNamespaces.Value("/proc/sys/user/max_user_namespaces") is "0")
            return new("user namespaces", Availability.No, "sysctl user.max_user_namespaces is 0");
        if (!facts.IsRoot && UserNamespaces.Value("/proc/sys/kernel/unprivileged_userns_clone") is "0")
            return new("user namespaces", Availability.No, "sysctl kernel.unprivileged_userns_clone is 0: only root may make them");
        if (!facts.IsRoot && UserNamespaces.Value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") is "1")
            return new("user namespaces", Availability.Partly, "sysctl kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor allows them only to programs whose profile says so");
        return Kernel.Stat(Kernel.AT_FDCWD, "/proc/self/ns/user", out _) == Errno.None
            ? new("user namespaces", Availability.Yes, "allowed")
            : new("user namespaces", Availability.No, "the kernel has none (CONFIG_USER_NS)");
    }

    static InfoLine Cgroups(HostFacts facts)
    {
        CgroupLayout layout = facts.Cgroups;
        if (layout.Version == CgroupVersion.None)
            return new("control groups", Availability.No, "none are mounted at /sys/fs/cgroup: no limits can be set");
        if (layout.Version == CgroupVersion.V2)
            return new("control groups", Availability.Yes, $"version 2; controllers: {UserNamespaces.Value("/sys/fs/cgroup/cgroup.controllers")}");
        string kind = layout.Version == CgroupVersion.Hybrid ? "versions 1 and 2 (hybrid)" : "version 1";
        return facts.IsRoot ? new("control groups", Availability.Yes, kind) : new("control groups", Availability.No, $"{kind}, which cannot be delegated to users: no limits without root");
    }

    static void AddLimits(List<InfoLine> lines, HostFacts facts)
    {
        if (facts.Cgroups.Version == CgroupVersion.None || facts.Cgroups.Version != CgroupVersion.V2 && !facts.IsRoot)
            return;
        if (!facts.IsRoot && !IsDelegated(facts))
        {
            lines.Add(new("limits", Availability.No, "the cgroup around this process is not this user's: run in a delegated scope, with systemd-run --user --scope -p Delegate=yes kist run ..."));
            return;
        }
        string? own = facts.Cgroups.Version == CgroupVersion.V2
            ? UserNamespaces.Value($"{CgroupLayout.Root}{(facts.IsRoot ? "" : facts.Cgroups.Hierarchies[0].OwnPath)}/cgroup.controllers") : null;
        foreach ((string controller, string options) in (ReadOnlySpan<(string, string)>)[("memory", "-m, --memory-swap"), ("cpu", "--cpus, --cpu-shares"), ("cpuset", "--cpuset-cpus"), ("pids", "--pids-limit")])
        {
            bool has = own is null ? facts.Cgroups.Find(controller) is not null : own.Split(' ').Contains(controller);
            bool swap = controller != "memory" || !has || Machine.LimitsSwap(facts.Cgroups);
            lines.Add(new($"limit: {controller}", !has ? Availability.No : swap ? Availability.Yes : Availability.Partly,
                !has ? $"the controller is not {(facts.IsRoot ? "there" : "delegated to this user")}: {options} cannot be enforced"
                : swap ? options : "-m; swap is not counted here (boot with swapaccount=1 for --memory-swap)"));
        }
    }

    /// <summary>Whether this user may make a cgroup beside the own one, where the container's would be.</summary>
    static bool IsDelegated(HostFacts facts)
    {
        string own = facts.Cgroups.Hierarchies[0].OwnPath;
        return Kernel.Stat(Kernel.AT_FDCWD, $"{CgroupLayout.Root}{own[..int.Max(0, own.LastIndexOf('/'))]}", out FileStatus status) == Errno.None && status.Uid == facts.Uid;
    }

    static void AddHost(List<InfoLine> lines, HostFacts facts)
    {
        HostViewRequest request;
        string? whyNot;
        try
        {
            request = HostViewRequest.FromHost(facts, Environment.GetEnvironmentVariable("HOME"));
            whyNot = facts.IsRoot ? HostView.WhyNotIdMapped(request.Mounts, facts.Kernel) : null;
            request = request with { IdMapped = facts.IsRoot && whyNot is null, UserNamespace = !facts.IsRoot || whyNot is null, PrivateDirectory = "/nonexistent" };
            HostViewResult view = HostView.Create(request);
            lines.Add(new("@host", Availability.Yes, $"{view.Root.Parts.Count} parts, {view.MaskedPaths.Count} masked paths"));
            lines.Add(new("@host: root inside", Availability.Yes, !facts.IsRoot ? $"is user {facts.Uid} outside" : whyNot is null ? "is nobody outside (id-mapped layers)" : $"is root outside, with fewer capabilities: {whyNot}"));
            foreach (HostNote note in view.Notes)
                lines.Add(new("@host", Availability.Partly, note.Text));
        }
        catch (KistException error)
        {
            lines.Add(new("@host", Availability.No, error.Message));
        }
    }
}
