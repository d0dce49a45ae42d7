using Kist.Engine.Host;
using Kist.Linux;
using Kist.Spec;

namespace Kist.Engine.Configuration;

/// <summary>
/// What a <see cref="RuntimeSpec"/> depends on besides the options. What few runs need is asked for by a function, and nothing here
/// is asked twice: with these answers <see cref="SpecBuilder"/> is pure.
/// </summary>
public sealed record SpecFacts
{
    /// <summary>The container's id, 64 hexadecimal digits.</summary>
    public required string Id { get; init; }
    /// <summary>The root filesystem's directory, absolute.</summary>
    public required string RootPath { get; init; }
    /// <summary>A regular file of the root filesystem, limited in size; empty if there is none.</summary>
    public required Func<string, byte[]> ReadRootFile { get; init; }
    /// <summary>Whether the root filesystem has a regular file there.</summary>
    public required Func<string, bool> HasRootFile { get; init; }
    /// <summary>The caller is not root.</summary>
    public bool Rootless { get; init; }
    /// <summary>The container gets a user namespace.</summary>
    public bool UserNamespace { get; init; }
    /// <summary>Capabilities that can be had, without a user namespace: this process's own.</summary>
    public ulong Capabilities { get; init; } = CapabilityTable.All;
    /// <summary>What @host shows; null for other sources.</summary>
    public HostViewResult? View { get; init; }
    /// <summary>Where the command starts without -w.</summary>
    public string WorkingDirectory { get; init; } = "/";
    /// <summary>KEY=value of the caller's that @host takes over.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];
    /// <summary>The caller's TERM.</summary>
    public string? Term { get; init; }
    /// <summary>This machine's name, for --uts host and --network host.</summary>
    public Func<string> HostName { get; init; } = static () => "localhost";
    /// <summary>Whether something is at a path of this machine's.</summary>
    public Func<string, bool> HasHostFile { get; init; } = static _ => true;
    /// <summary>How many processors there are; 0 is unknown.</summary>
    public Func<int> Processors { get; init; } = static () => 0;
    /// <summary>Whether swap can be limited.</summary>
    public Func<bool> LimitsSwap { get; init; } = static () => true;
    /// <summary>The devices of a --device; all of the machine's for null.</summary>
    public Func<DeviceRequest?, IReadOnlyList<Device>> Devices { get; init; } = static _ => [];
    /// <summary>The profile in a file, for a bounding set of capabilities.</summary>
    public Func<string, ulong, Seccomp> ReadProfile { get; init; } = static (file, _) => throw new KistException($"cannot read {file}");
}
