namespace Kist.Tests.Support;

/// <summary>Runs a program of type BPF_PROG_TYPE_CGROUP_DEVICE: the instructions of eBPF that such a program needs, and no others.</summary>
static class EbpfMachine
{
    /// <summary>Whether the access is allowed.</summary>
    /// <param name="program">Eight bytes an instruction.</param>
    /// <param name="type">1 is a block device, 2 a character device.</param>
    /// <param name="access">Bits: 1 mknod, 2 read, 4 write.</param>
    public static bool Run(ReadOnlySpan<ulong> program, uint type, uint access, uint major, uint minor)
    {
        ReadOnlySpan<uint> context = [type | access << 16, major, minor];
        const ulong Context = 0x1000;
        Span<ulong> registers = stackalloc ulong[11];
        // What the verifier would reject: a register that is read before it was written.
        uint written = 1u << 1 | 1u << 10;
        registers[1] = Context;
        for (int at = 0; ; at++)
        {
            ulong instruction = program[at];
            int to = (int)(instruction >> 8 & 15), from = (int)(instruction >> 12 & 15), constant = (int)(instruction >> 32);
            short offset = (short)(instruction >> 16);
            byte operation = (byte)instruction;
            uint reads = operation switch { 0xB7 => 0, 0x61 or 0xBC or 0xBF => 1u << from, 0x95 => 1, _ => 1u << to };
            if ((reads & ~written) != 0) throw new InvalidOperationException($"instruction {at} reads a register that holds nothing");
            switch (operation)
            {
                case 0x61: registers[to] = context[(int)(registers[from] - Context + (ulong)offset) / 4]; break; // ldxw
                case 0xB7: registers[to] = (ulong)constant; break; // mov
                case 0xBF: registers[to] = registers[from]; break; // mov
                case 0xBC: registers[to] = (uint)registers[from]; break; // mov32
                case 0x54: registers[to] = (uint)registers[to] & (uint)constant; break; // and32
                case 0x74: registers[to] = (uint)registers[to] >> constant; break; // rsh32
                case 0x55: at += registers[to] != (ulong)constant ? offset : 0; break; // jne
                case 0x15: at += registers[to] == (ulong)constant ? offset : 0; break; // jeq
                case 0x95: return registers[0] != 0; // exit
                default: throw new InvalidOperationException($"instruction {at} has the operation 0x{operation:x2}");
            }
            written |= operation is 0x61 or 0xB7 or 0xBF or 0xBC ? 1u << to : 0;
        }
    }
}
