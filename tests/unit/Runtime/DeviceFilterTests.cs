using Kist.Runtime.Cgroups;
using Kist.Spec;
using Kist.Tests.Support;

namespace Kist.Tests.Unit.Runtime;

/// <summary>The program that decides about devices on cgroup v2, run by an interpreter.</summary>
public sealed class DeviceFilterTests
{
    const uint Block = 1, Character = 2, Mknod = 1, Read = 2, Write = 4;

    [Test]
    public async Task Rules_of_all_kinds_are_decided_as_they_read()
    {
        Random random = new(3);
        for (int round = 0; round < 2000; round++)
        {
            DeviceRule[] rules = [.. Enumerable.Range(0, random.Next(8)).Select(_ => Rule(random))];
            ulong[] program = DeviceFilter.Assemble(rules);
            for (int question = 0; question < 40; question++)
            {
                (uint type, uint access, uint major, uint minor) = ((uint)random.Next(1, 3), (uint)random.Next(1, 8), (uint)random.Next(3), (uint)random.Next(3));
                if (EbpfMachine.Run(program, type, access, major, minor) == Evaluate(rules, type, access, major, minor)) continue;
                Assert.Fail($"{string.Join("; ", (object[])rules)} for type {type}, access {access}, {major}:{minor}");
            }
        }
        await Task.CompletedTask;
    }

    static DeviceRule Rule(Random random)
    {
        long? Number() => random.Next(4) is var number and < 3 ? number : random.Next(2) == 0 ? null : -1;
        string access = "";
        foreach (char c in "rwm") if (random.Next(2) == 0) access += c;
        return random.Next(6) == 0 ? new(random.Next(2) == 0, 'a', null, null, random.Next(2) == 0 ? "rwm" : access)
            : new(random.Next(2) == 0, random.Next(2) == 0 ? 'b' : 'c', Number(), Number(), access == "" ? "rwm" : access);
    }

    /// <summary>The last rule that fits decides; an allowance fits what it covers wholly, a denial what it covers in part.</summary>
    static bool Evaluate(IReadOnlyList<DeviceRule> rules, uint type, uint access, uint major, uint minor)
    {
        bool allowed = false;
        foreach (DeviceRule rule in rules)
        {
            uint bits = (rule.Access.Contains('m') ? Mknod : 0) | (rule.Access.Contains('r') ? Read : 0) | (rule.Access.Contains('w') ? Write : 0);
            bool device = rule.Type == 'a'
                || rule.Type == (type == Block ? 'b' : 'c') && (rule.Major is null or < 0 || rule.Major == major) && (rule.Minor is null or < 0 || rule.Minor == minor);
            if (device && (rule.Allow ? (access & ~bits) == 0 : (access & bits) != 0)) allowed = rule.Allow;
        }
        return allowed;
    }

    [Test]
    public async Task Without_rules_nothing_is_allowed() => await Assert.That(EbpfMachine.Run(DeviceFilter.Assemble([]), Character, Read, 1, 3)).IsFalse();

    [Test]
    public async Task Numbers_as_large_as_the_kernel_has_are_told_apart()
    {
        ulong[] program = DeviceFilter.Assemble([new(true, 'b', Device.MaxMajor, Device.MaxMinor, "rw")]);
        await Assert.That(EbpfMachine.Run(program, Block, Read | Write, Device.MaxMajor, Device.MaxMinor)).IsTrue();
        await Assert.That(EbpfMachine.Run(program, Block, Read, Device.MaxMajor, Device.MaxMinor - 1)).IsFalse();
        await Assert.That(EbpfMachine.Run(program, Block, Read | Mknod, Device.MaxMajor, Device.MaxMinor)).IsFalse();
    }

    [Test]
    [Arguments(Character, 1u, 3u, true)] // null
    [Arguments(Character, 5u, 0u, true)] // tty
    [Arguments(Character, 136u, 7u, true)] // pts/7
    [Arguments(Character, 1u, 1u, false)] // mem
    [Arguments(Character, 10u, 200u, false)] // tun
    [Arguments(Block, 8u, 0u, false)] // sda
    public async Task Whatever_is_denied_every_container_has_the_devices_of_the_specification(uint type, uint major, uint minor, bool allowed)
    {
        ulong[] program = DeviceFilter.Assemble(DeviceRules.Complete([new(false, 'a', null, null, "rwm")], []));
        await Assert.That(EbpfMachine.Run(program, type, Read | Write, major, minor)).IsEqualTo(allowed);
        await Assert.That(EbpfMachine.Run(program, type, Mknod, major, minor)).IsTrue().Because("a node that cannot be opened harms nobody");
    }

    [Test]
    public async Task On_cgroup_v1_the_same_rules_are_lines_of_its_files()
    {
        DeviceRule[] rules = [new(false, 'a', null, null, "rwm"), new(true, 'c', 10, null, "rw"), new(true, 'b', null, -1, "m"), new(false, 'c', 1, 3, "w")];
        await Assert.That(Items.Of(DeviceRules.ForV1(rules))).IsEqualTo(Items.Of(
            [("devices.deny", "a"), ("devices.allow", "c 10:* rw"), ("devices.allow", "b *:* m"), ("devices.deny", "c 1:3 w")]));
    }
}
