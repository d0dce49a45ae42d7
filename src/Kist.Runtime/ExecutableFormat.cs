using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Kist.Runtime;

/// <summary>What the first bytes of a file say about how it would be executed.</summary>
abstract record ExecutableFormat
{
    /// <summary>BINPRM_BUF_SIZE: no more of a script's first line is looked at, execve(2).</summary>
    const int ScriptLine = 256;

    /// <summary>elf(5): <paramref name="Interpreter"/> is PT_INTERP, empty for a static program; <paramref name="Type"/> is e_type.</summary>
    public sealed record Elf(int Machine, bool Is64, bool LittleEndian, int Type, string Interpreter) : ExecutableFormat;
    /// <summary>A file that begins with "#!".</summary>
    public sealed record Script(string Interpreter, bool CarriageReturn) : ExecutableFormat;
    /// <summary>Text that says nothing about what should read it; <paramref name="ByteOrderMark"/> hides a "#!" from the kernel.</summary>
    public sealed record Text(bool ByteOrderMark) : ExecutableFormat;
    /// <summary>Not for this kernel, <paramref name="Kind"/> in words.</summary>
    public sealed record Foreign(string Kind) : ExecutableFormat;

    /// <summary>Reads it from a file's first bytes; 4 KB are enough for PT_INTERP of every linker in use.</summary>
    public static ExecutableFormat Of(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty)
            return new Foreign("an empty file");
        if (head.StartsWith("\x7F"u8) && head[1..].StartsWith("ELF"u8))
            return head.Length < 64 ? new Foreign("a cut-off ELF file") : ReadElf(head);
        if (head.StartsWith("#!"u8))
            return ReadScript(head);
        foreach ((byte[] magic, string kind) in Magics)
            if (head.StartsWith(magic))
                return new Foreign(kind);
        bool mark = head.StartsWith("\uFEFF"u8);
        return head.IndexOfAnyInRange((byte)0, (byte)8) < 0 ? new Text(mark && head[3..].StartsWith("#!"u8)) : new Foreign("not a program in any format that Linux knows");
    }

    static readonly (byte[] Magic, string Kind)[] Magics =
    [
        ([0x4D, 0x5A], "a program for Windows"),
        ([0xFE, 0xED, 0xFA, 0xCE], "a program for macOS"), ([0xFE, 0xED, 0xFA, 0xCF], "a program for macOS"),
        ([0xCE, 0xFA, 0xED, 0xFE], "a program for macOS"), ([0xCF, 0xFA, 0xED, 0xFE], "a program for macOS"),
        ([0xCA, 0xFE, 0xBA, 0xBE], "a Java class or a program for macOS"),
        ([0x00, 0x61, 0x73, 0x6D], "a WebAssembly module"),
        ([0x50, 0x4B, 0x03, 0x04], "a zip or jar archive"),
        ([0x1F, 0x8B], "a gzip archive"),
    ];

    static Elf ReadElf(ReadOnlySpan<byte> head)
    {
        const int PT_INTERP = 3;
        bool is64 = head[4] == 2, little = head[5] == 1;
        int type = (int)Number(head, 16, 2, little), machine = (int)Number(head, 18, 2, little);
        ulong table = Number(head, is64 ? 32 : 28, is64 ? 8 : 4, little);
        int size = (int)Number(head, is64 ? 54 : 42, 2, little), count = (int)Number(head, is64 ? 56 : 44, 2, little);
        string interpreter = "";
        for (int index = 0; index < count; index++)
        {
            ulong at = table + (ulong)(index * size);
            if (size < (is64 ? 56 : 32) || at > (ulong)head.Length || at + (ulong)size > (ulong)head.Length)
                break;
            ReadOnlySpan<byte> header = head[(int)at..];
            if (Number(header, 0, 4, little) != PT_INTERP)
                continue;
            ulong offset = Number(header, is64 ? 8 : 4, is64 ? 8 : 4, little), length = Number(header, is64 ? 32 : 16, is64 ? 8 : 4, little);
            if (offset < (ulong)head.Length && length <= (ulong)head.Length - offset)
                interpreter = Encoding.UTF8.GetString(head.Slice((int)offset, (int)length)).TrimEnd('\0');
            break;
        }
        return new Elf(machine, is64, little, type, interpreter);
    }

    static ulong Number(ReadOnlySpan<byte> bytes, int at, int size, bool little) => (size, little) switch
    {
        (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]),
        (2, false) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]),
        (4, true) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]),
        (4, false) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]),
        (_, true) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]),
        (_, false) => BinaryPrimitives.ReadUInt64BigEndian(bytes[at..]),
    };

    static Script ReadScript(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> line = head[2..int.Min(head.Length, ScriptLine)];
        int end = line.IndexOf((byte)'\n');
        if (end >= 0)
            line = line[..end];
        line = line.TrimStart(" \t"u8);
        int space = line.IndexOfAny((byte)' ', (byte)'\t');
        // As the kernel reads it: a carriage return is part of the name, or of the argument.
        return new Script(Encoding.UTF8.GetString(space < 0 ? line : line[..space]), line.EndsWith("\r"u8));
    }

    /// <summary>What people call a machine of elf.h's numbers.</summary>
    public static string MachineName(Elf elf) => elf.Machine switch
    {
        2 or 18 or 43 => "sparc",
        3 => "x86 (32-bit)",
        8 => "mips",
        20 => "ppc",
        21 => elf.LittleEndian ? "ppc64le" : "ppc64",
        22 => "s390x",
        40 => "arm (32-bit)",
        62 => elf.Is64 ? "x86-64" : "x32",
        183 => "arm64",
        243 => elf.Is64 ? "riscv64" : "riscv32",
        258 => "loongarch64",
        _ => $"machine {elf.Machine}",
    };

    /// <summary>This machine's number in elf.h, and its name.</summary>
    public static (int Number, string Name) ThisMachine => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.Arm64 => (183, "arm64"),
        _ => (62, "x86-64"),
    };
}
