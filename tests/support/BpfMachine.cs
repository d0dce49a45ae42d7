using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Kist.Linux;

namespace Kist.Tests.Support;

/// <summary>Runs a seccomp filter over a system call as the kernel would: the subset of classic BPF that seccomp(2) takes.</summary>
static class BpfMachine
{
    /// <summary>The filter's answer, SECCOMP_RET_… with its data.</summary>
    /// <param name="program">sock_filter after sock_filter.</param>
    /// <param name="architecture">AUDIT_ARCH_….</param>
    /// <param name="number">Of the system call, with x32's bit where it applies.</param>
    /// <param name="arguments">Up to six; the others are 0.</param>
    public static uint Run(ReadOnlySpan<byte> program, uint architecture, uint number, params ReadOnlySpan<ulong> arguments)
    {
        // struct seccomp_data: nr, arch, instruction_pointer, args[6].
        Span<byte> data = stackalloc byte[64];
        data.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], architecture);
        for (int i = 0; i < arguments.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(data[(16 + 8 * i)..], arguments[i]);
        ReadOnlySpan<SockFilter> code = MemoryMarshal.Cast<byte, SockFilter>(program);
        Span<uint> memory = stackalloc uint[16];
        uint a = 0, x = 0;
        for (int at = 0; ; at++)
        {
            SockFilter instruction = code[at];
            uint k = instruction.K;
            switch (instruction.Code)
            {
                case 0x20: a = BinaryPrimitives.ReadUInt32LittleEndian(data[(int)k..]); break; // ld [k]
                case 0x00: a = k; break; // ld #k
                case 0x60: a = memory[(int)k]; break; // ld M[k]
                case 0x61: x = memory[(int)k]; break; // ldx M[k]
                case 0x01: x = k; break; // ldx #k
                case 0x02: memory[(int)k] = a; break; // st
                case 0x03: memory[(int)k] = x; break; // stx
                case 0x07: x = a; break; // tax
                case 0x87: a = x; break; // txa
                case 0x54: a &= k; break; // and #k
                case 0x44: a |= k; break; // or #k
                case 0x05: at += (int)k; break; // ja
                case 0x15: at += a == k ? instruction.Jt : instruction.Jf; break; // jeq
                case 0x25: at += a > k ? instruction.Jt : instruction.Jf; break; // jgt
                case 0x35: at += a >= k ? instruction.Jt : instruction.Jf; break; // jge
                case 0x45: at += (a & k) != 0 ? instruction.Jt : instruction.Jf; break; // jset
                case 0x06: return k; // ret #k
                case 0x16: return a; // ret a
                default: throw new InvalidOperationException($"instruction {at} has the code 0x{instruction.Code:x2}, which seccomp(2) does not take");
            }
        }
    }
}
