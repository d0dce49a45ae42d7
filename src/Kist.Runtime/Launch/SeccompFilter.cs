using Kist.Runtime.Steps;

namespace Kist.Runtime.Launch;

/// <summary>The compiled filter of a choice, from the cache where there is one.</summary>
static class SeccompFilter
{
    public static byte[] Get(PrepareSeccompFilter step, string? cache)
    {
        string release = Linux.Kernel.Release();
        KernelVersion kernel = KernelVersion.Parse(release);
        return step.Choice switch
        {
            SeccompChoice.Profile { Value: var profile } => cache is null ? SeccompCompiler.Compile(profile) : SeccompCache.Get(cache, profile),
            _ => cache is null
                ? SeccompCompiler.Compile(DefaultSeccompProfile.Create(step.Capabilities, SeccompCache.Architecture, (kernel.Major, kernel.Minor)))
                : SeccompCache.GetDefault(cache, step.Capabilities, (kernel.Major, kernel.Minor)),
        };
    }
}
