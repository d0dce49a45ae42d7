using Kist.Linux;
using Kist.Spec;

namespace Kist.Runtime.Cgroups;

/// <summary>Device rules as an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE, bpf(2): the last rule that fits decides.</summary>
static class DeviceFilter
{
    // The program's argument is struct bpf_cgroup_dev_ctx: access_type (type in the lower half, access in the upper), major, minor.
    const byte LoadWord = 0x61, MoveRegister = 0xBF, MoveConstant = 0xB7, Exit = 0x95;
    const byte AndConstant32 = 0x54, ShiftRight32 = 0x74, JumpNotEqual = 0x55, MoveRegister32 = 0xBC;
    const int DeviceBlock = 1, DeviceCharacter = 2, AccessMknod = 1, AccessRead = 2, AccessWrite = 4;
    const byte R0 = 0, R1 = 1, R2 = 2, R3 = 3, R4 = 4, R5 = 5;

    /// <summary>The program, eight bytes an instruction.</summary>
    public static ulong[] Assemble(IReadOnlyList<DeviceRule> rules)
    {
        List<ulong> code =
        [
            Instruction(LoadWord, R2, R1), Instruction(AndConstant32, R2, constant: 0xFFFF),                       // r2: type
            Instruction(LoadWord, R3, R1), Instruction(ShiftRight32, R3, constant: 16),                            // r3: access
            Instruction(LoadWord, R4, R1, offset: 4), Instruction(LoadWord, R5, R1, offset: 8),                    // r4, r5: major, minor
        ];
        // Read from the end: the first that fits ends the program. What lies before a rule for everything is never reached.
        for (int i = rules.Count - 1; i >= 0; i--)
        {
            if (Append(code, rules[i])) return [.. code];
        }
        code.Add(Instruction(MoveConstant, R0, constant: 0));
        code.Add(Instruction(Exit));
        return [.. code];
    }

    /// <summary>Appends one rule; true for one that always fits.</summary>
    static bool Append(List<ulong> code, DeviceRule rule)
    {
        List<ulong> conditions = [];
        int access = (rule.Access.Contains('r') ? AccessRead : 0) | (rule.Access.Contains('w') ? AccessWrite : 0) | (rule.Access.Contains('m') ? AccessMknod : 0);
        bool everything = DeviceRules.IsEverything(rule);
        if (!everything) conditions.Add(Instruction(JumpNotEqual, R2, constant: rule.Type == 'b' ? DeviceBlock : DeviceCharacter));
        if (access != (AccessRead | AccessWrite | AccessMknod))
        {
            // Allowed: all that is asked for must be in the rule. Denied: anything of it.
            conditions.Add(Instruction(MoveRegister32, R1, R3));
            conditions.Add(Instruction(AndConstant32, R1, constant: rule.Allow ? ~access & 7 : access));
            conditions.Add(Instruction(rule.Allow ? JumpNotEqual : (byte)0x15, R1, constant: 0));
        }
        if (rule.Major is >= 0 and long major) conditions.Add(Instruction(JumpNotEqual, R4, constant: (int)major));
        if (rule.Minor is >= 0 and long minor) conditions.Add(Instruction(JumpNotEqual, R5, constant: (int)minor));

        for (int i = 0; i < conditions.Count; i++)
        {
            byte operation = (byte)conditions[i];
            // A jump goes over what is left of this rule: its other conditions and its two instructions.
            code.Add(operation is JumpNotEqual or 0x15 ? conditions[i] | (ulong)(conditions.Count - i - 1 + 2) << 16 : conditions[i]);
        }
        code.Add(Instruction(MoveConstant, R0, constant: rule.Allow ? 1 : 0));
        code.Add(Instruction(Exit));
        return conditions.Count == 0;
    }

    static ulong Instruction(byte operation, byte to = 0, byte from = 0, short offset = 0, int constant = 0)
        => operation | (ulong)(to | from << 4) << 8 | (ulong)(ushort)offset << 16 | (ulong)(uint)constant << 32;

    /// <summary>Loads the program and attaches it to a cgroup.</summary>
    public static Errno Attach(int cgroup, IReadOnlyList<DeviceRule> rules) => Bpf.AttachDeviceProgram(cgroup, Assemble(rules));
}
