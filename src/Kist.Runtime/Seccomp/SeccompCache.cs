using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Kist.Linux;
using Kist.Spec;

namespace Kist.Runtime;

/// <summary>
/// Compiled filters, kept: to compile one takes milliseconds, to fetch one a handful of system calls. A file's name is the digest
/// of everything that the filter depends on, and stands in the file again, before length and checksum, so that a file that
/// was renamed, cut or damaged is compiled anew. A cache that cannot be used costs time and is no error.
/// </summary>
public static class SeccompCache
{
    /// <summary>Part of the key: raise it when the compiler's output for the same profile changes.</summary>
    const uint FormatVersion = 3;

    const int HeadSize = 64, KeyAt = 24;
    static ReadOnlySpan<byte> Magic => "KISTBPF1"u8;

    enum Kind : uint { Profile, Default }

    /// <summary>The filter for a profile, as <see cref="SeccompCompiler.Compile"/> makes it.</summary>
    /// <param name="directory">Absolute path of the cache; it must be ours alone (made with mode 0700 if it is missing), or it is not used.</param>
    /// <param name="profile">The whole of it decides, with the architecture and the versions, which filter this is.</param>
    /// <exception cref="KistException">The profile cannot be compiled.</exception>
    public static byte[] Get(string directory, Seccomp profile)
    {
        Span<byte> key = stackalloc byte[Sha256.Size];
        KeyOf(profile, key);
        byte[]? program = Load(directory, key);
        if (program is null)
            Store(directory, key, program = SeccompCompiler.Compile(profile));
        return program;
    }

    /// <summary>The filter of <see cref="DefaultSeccompProfile"/>; on a hit the profile is not even made.</summary>
    /// <param name="directory">As for <see cref="Get"/>.</param>
    /// <param name="capabilities">The container's bounding set: bit n is the capability with the number n.</param>
    /// <param name="kernel">The running kernel's version.</param>
    public static byte[] GetDefault(string directory, ulong capabilities, (int Major, int Minor) kernel)
    {
        Span<byte> key = stackalloc byte[Sha256.Size];
        Sha256 hash = Begin(Kind.Default, stackalloc byte[64]);
        hash.Append(DefaultSeccompProfile.Version);
        hash.Append(capabilities & DefaultSeccompProfile.Capabilities);
        hash.Append(DefaultSeccompProfile.HasSafeTracing(kernel) ? 1u : 0u);
        hash.Finish(key);
        byte[]? program = Load(directory, key);
        if (program is null)
            Store(directory, key, program = SeccompCompiler.Compile(DefaultSeccompProfile.Create(capabilities, Architecture, kernel)));
        return program;
    }

    /// <summary>This machine's architecture as image documents say it.</summary>
    internal static string Architecture => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    /// <summary>The digest of every field: each of variable length after its length, each that may be absent after a mark.</summary>
    internal static void KeyOf(Seccomp profile, Span<byte> key)
    {
        Sha256 hash = Begin(Kind.Profile, stackalloc byte[64]);
        Append(ref hash, (uint)profile.DefaultAction, profile.DefaultErrnoRet);
        Append(ref hash, profile.Architectures);
        Append(ref hash, profile.Flags);
        Append(ref hash, profile.ListenerPath);
        Append(ref hash, profile.ListenerMetadata);
        hash.Append((uint)profile.Syscalls.Count);
        foreach (SeccompRule rule in profile.Syscalls)
        {
            Append(ref hash, (uint)rule.Action, rule.ErrnoRet);
            Append(ref hash, rule.Names);
            hash.Append((uint)rule.Args.Count);
            foreach (SeccompArgument argument in rule.Args)
            {
                hash.Append(argument.Index);
                hash.Append((uint)argument.Operator);
                hash.Append(argument.Value);
                hash.Append(argument.ValueTwo);
            }
        }
        hash.Finish(key);
    }

    static Sha256 Begin(Kind kind, Span<byte> buffer)
    {
        Sha256 hash = new(buffer);
        hash.Append((uint)kind);
        hash.Append(FormatVersion);
        hash.Append(LibSeccomp.Version);
        hash.Append(LibSeccomp.seccomp_arch_native());
        return hash;
    }

    static void Append(ref Sha256 hash, uint action, uint? errno)
    {
        hash.Append(action);
        hash.Append(errno is { } number ? number + 1UL : 0);
    }

    static void Append(ref Sha256 hash, IReadOnlyList<string>? texts)
    {
        hash.Append(texts is null ? 0 : (uint)texts.Count + 1UL);
        for (int i = 0; i < texts?.Count; i++)
            Append(ref hash, texts[i]);
    }

    static void Append(ref Sha256 hash, string? text)
    {
        Span<byte> ascii = stackalloc byte[256];
        if (text is not null && Ascii.FromUtf16(text, ascii, out int length) == System.Buffers.OperationStatus.Done)
        {
            hash.Append((uint)length << 1);
            hash.Append(ascii[..length]);
        }
        else // An odd length marks UTF-16.
        {
            hash.Append(text is null ? uint.MaxValue : (uint)text.Length << 1 | 1);
            hash.Append(MemoryMarshal.AsBytes(text.AsSpan()));
        }
    }

    static byte[]? Load(string directory, ReadOnlySpan<byte> key)
    {
        Span<byte> name = stackalloc byte[2 * Sha256.Size];
        Span<byte> head = stackalloc byte[HeadSize];
        Span<byte> expected = stackalloc byte[HeadSize];
        _ = Convert.TryToHexStringLower(key, name, out _);
        byte[]? program = PrivateDirectory.Read(directory, name, head, SockFilter.Maximum * 8);
        if (program is null)
            return null;
        WriteHead(expected, key, program);
        return program.Length > 0 && program.Length % 8 == 0 && head.SequenceEqual(expected) ? program : null;
    }

    internal static void Store(string directory, ReadOnlySpan<byte> key, byte[] program)
    {
        Span<byte> name = stackalloc byte[2 * Sha256.Size];
        Span<byte> head = stackalloc byte[HeadSize];
        _ = Convert.TryToHexStringLower(key, name, out _);
        WriteHead(head, key, program);
        _ = PrivateDirectory.Write(directory, name, head, program);
    }

    static void WriteHead(Span<byte> head, ReadOnlySpan<byte> key, byte[] program)
    {
        head.Clear();
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], program.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(head[16..], Checksum(program));
        key.CopyTo(head[KeyAt..]);
    }

    /// <summary>Against damage, not against somebody: nobody else can write here.</summary>
    static ulong Checksum(byte[] program)
    {
        ulong sum = 0;
        foreach (ulong instruction in MemoryMarshal.Cast<byte, ulong>(program))
            sum = BitOperations.RotateLeft(sum ^ instruction, 23) * 0x9E3779B97F4A7C15;
        return sum;
    }
}
