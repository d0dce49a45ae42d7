using Kist.Spec;

namespace Kist.Runtime.Cgroups;

/// <summary>Which devices a container may open and make.</summary>
static class DeviceRules
{
    // Every container has these, config-linux.md#default-devices; making a node of any number harms nobody who cannot open it.
    static readonly DeviceRule[] s_always =
    [
        new(true, 'c', null, null, "m"), new(true, 'b', null, null, "m"),
        new(true, 'c', 1, 3, "rwm"), new(true, 'c', 1, 5, "rwm"), new(true, 'c', 1, 7, "rwm"), new(true, 'c', 1, 8, "rwm"), new(true, 'c', 1, 9, "rwm"),
        new(true, 'c', 5, 0, "rwm"), new(true, 'c', 5, 2, "rwm"), new(true, 'c', 136, null, "rwm"),
    ];

    /// <summary>The rules of the specification, then those that every container has; the last that fits decides.</summary>
    public static IReadOnlyList<DeviceRule> Complete(IReadOnlyList<DeviceRule> rules, IReadOnlyList<Device> devices) => [.. rules, .. s_always];

    /// <summary>Rules for everything, which v1 knows by the word "a".</summary>
    public static bool IsEverything(DeviceRule rule) => rule.Type == 'a' || rule is { Major: null, Minor: null } && rule.Type is not ('b' or 'c');

    /// <summary>Files and values for cgroup v1's devices controller.</summary>
    public static IEnumerable<(string File, string Value)> ForV1(IReadOnlyList<DeviceRule> rules)
    {
        foreach (DeviceRule rule in rules)
        {
            string file = rule.Allow ? "devices.allow" : "devices.deny";
            yield return (file, IsEverything(rule) ? "a" : rule.Type + " " + Number(rule.Major) + ":" + Number(rule.Minor) + " " + rule.Access);
        }
        static string Number(long? value) => value is null or < 0 ? "*" : value.Value.ToString();
    }
}
