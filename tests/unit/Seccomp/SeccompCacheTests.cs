using System.Runtime.Versioning;
using System.Text;
using Kist.Linux;
using Kist.Runtime;
using Kist.Spec;

namespace Kist.Tests.Unit;

[SupportedOSPlatform("linux")]
public sealed class SeccompCacheTests : IDisposable
{
    static readonly (int, int) Kernel = (6, 1);
    readonly string parent = Directory.CreateTempSubdirectory("kist-seccomp-").FullName;
    string Folder => Path.Combine(parent, "kist", "seccomp");

    static readonly Seccomp Profile = new()
    {
        DefaultAction = SeccompAction.Errno,
        Architectures = ["SCMP_ARCH_X86_64"],
        Syscalls = [new() { Names = ["read", "write"], Action = SeccompAction.Allow }, new() { Names = ["mkdir"], Action = SeccompAction.Errno, ErrnoRet = 38 }],
    };

    public void Dispose() => Directory.Delete(parent, recursive: true);

    string[] Files => Directory.Exists(Folder) ? Directory.GetFiles(Folder) : [];

    /// <summary>What the cache holds, replaced by another sound filter under the same key: a hit shows itself by it.</summary>
    byte[] Mark(Seccomp profile)
    {
        SeccompCache.Get(Folder, profile);
        Span<byte> key = stackalloc byte[32];
        SeccompCache.KeyOf(profile, key);
        byte[] other = SeccompCompiler.Compile(profile with { DefaultAction = SeccompAction.Kill, DefaultErrnoRet = null });
        SeccompCache.Store(Folder, key, other);
        return other;
    }

    [Test]
    public async Task A_filter_is_compiled_once()
    {
        byte[] compiled = SeccompCache.Get(Folder, Profile);
        await Assert.That(Convert.ToHexString(compiled)).IsEqualTo(Convert.ToHexString(SeccompCompiler.Compile(Profile)));
        await Assert.That(Files.Length).IsEqualTo(1);
        await Assert.That(File.GetUnixFileMode(Folder)).IsEqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await Assert.That(File.GetUnixFileMode(Files[0])).IsEqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        byte[] mark = Mark(Profile);
        await Assert.That(Convert.ToHexString(SeccompCache.Get(Folder, Profile))).IsEqualTo(Convert.ToHexString(mark));
    }

    [Test]
    public async Task Profiles_that_differ_in_any_field_do_not_share_a_filter()
    {
        SeccompRule first = Profile.Syscalls[0], second = Profile.Syscalls[1];
        SeccompArgument argument = new(0, 1, 0, SeccompOperator.Equal);
        Seccomp With(params SeccompRule[] rules) => Profile with { Syscalls = rules };
        Seccomp[] profiles =
        [
            Profile,
            With(first, second with { ErrnoRet = 1 }),
            With(first, second with { ErrnoRet = null }),
            With(first, second with { ErrnoRet = 0 }),
            With(first),
            With(second, first),
            With(first with { Names = ["readwrite"] }, second),
            With(first with { Names = ["rea", "dwrite"] }, second),
            With(first with { Names = ["read"] }, first with { Names = ["write"] }, second),
            With(first with { Names = ["réad", "write"] }, second),
            With(first with { Names = [new string('r', 300), "write"] }, second),
            With(first with { Args = [argument] }, second),
            With(first with { Args = [argument with { Index = 1 }] }, second),
            With(first with { Args = [argument with { Value = 2 }] }, second),
            With(first with { Args = [argument with { ValueTwo = 2 }] }, second),
            With(first with { Args = [argument with { Operator = SeccompOperator.NotEqual }] }, second),
            With(first with { Args = [argument, argument] }, second),
            With(first, second with { Action = SeccompAction.Trace }),
            Profile with { DefaultAction = SeccompAction.Kill },
            Profile with { DefaultErrnoRet = 1 },
            Profile with { Architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] },
            Profile with { Architectures = [] },
            Profile with { Flags = [] },
            Profile with { Flags = ["SECCOMP_FILTER_FLAG_LOG"] },
            Profile with { ListenerPath = "/a" },
            Profile with { ListenerMetadata = "/a" },
            Profile with { ListenerPath = "" },
        ];
        HashSet<string> keys = [];
        foreach (Seccomp profile in profiles)
        {
            byte[] key = new byte[32];
            SeccompCache.KeyOf(profile, key);
            await Assert.That(keys.Add(Convert.ToHexString(key))).IsTrue();
        }
    }

    [Test]
    public async Task Two_profiles_that_differ_only_in_a_rules_errno_get_their_own_filters()
    {
        Seccomp other = Profile with { Syscalls = [Profile.Syscalls[0], Profile.Syscalls[1] with { ErrnoRet = 1 }] };
        byte[] first = SeccompCache.Get(Folder, Profile), second = SeccompCache.Get(Folder, other);
        await Assert.That(first.AsSpan().SequenceEqual(second)).IsFalse();
        await Assert.That(Convert.ToHexString(SeccompCache.Get(Folder, Profile))).IsEqualTo(Convert.ToHexString(first));
        await Assert.That(Convert.ToHexString(SeccompCache.Get(Folder, other))).IsEqualTo(Convert.ToHexString(second));
    }

    [Test]
    [Arguments(UnixFileMode.GroupWrite)]
    [Arguments(UnixFileMode.OtherWrite)]
    public async Task A_cache_that_others_may_write_to_is_not_used(UnixFileMode more)
    {
        Mark(Profile);
        File.SetUnixFileMode(Folder, File.GetUnixFileMode(Folder) | more);
        await IsNotUsed();
    }

    [Test]
    [Arguments(UnixFileMode.GroupWrite)]
    [Arguments(UnixFileMode.OtherWrite)]
    public async Task A_file_that_others_may_write_to_is_not_used(UnixFileMode more)
    {
        Mark(Profile);
        File.SetUnixFileMode(Files[0], File.GetUnixFileMode(Files[0]) | more);
        await IsNotUsed();
    }

    [Test]
    public async Task A_cache_behind_a_symbolic_link_is_not_used()
    {
        Mark(Profile);
        Directory.Move(Folder, Folder + ".moved");
        Directory.CreateSymbolicLink(Folder, Folder + ".moved");
        await IsNotUsed();
    }

    [Test]
    public async Task A_file_that_is_a_symbolic_link_is_not_used()
    {
        Mark(Profile);
        string file = Files[0], moved = Path.Combine(parent, "moved");
        File.Move(file, moved);
        File.CreateSymbolicLink(file, moved);
        await IsNotUsed();
    }

    [Test]
    [Arguments(false)]
    [Arguments(true)]
    public async Task What_belongs_to_somebody_else_is_not_used(bool file)
    {
        if (Environment.UserName != "root")
            Skip.Test("only root can give files away");
        Mark(Profile);
        await Assert.That(PrivateDirectoryTests.Chown(file ? Files[0] : Folder, 65534)).IsEqualTo(0);
        await IsNotUsed();
    }

    async Task IsNotUsed() =>
        await Assert.That(Convert.ToHexString(SeccompCache.Get(Folder, Profile))).IsEqualTo(Convert.ToHexString(SeccompCompiler.Compile(Profile)));

    [Test]
    [Arguments("cut")]
    [Arguments("empty")]
    [Arguments("longer")]
    [Arguments("flipped")]
    [Arguments("renamed")]
    [Arguments("fifo")]
    public async Task A_damaged_file_is_compiled_anew_and_mended(string damage)
    {
        byte[] good = SeccompCache.Get(Folder, Profile);
        string file = Files[0];
        byte[] content = File.ReadAllBytes(file);
        switch (damage)
        {
            case "cut": File.WriteAllBytes(file, content[..^8]); break;
            case "empty": File.WriteAllBytes(file, []); break;
            case "longer": File.WriteAllBytes(file, [.. content, .. new byte[8]]); break;
            case "flipped":
                content[^3] ^= 1;
                File.WriteAllBytes(file, content);
                break;
            case "renamed":
                SeccompCache.Get(Folder, Profile with { DefaultErrnoRet = 2 });
                File.Move(Array.Find(Files, name => name != file)!, file, overwrite: true);
                break;
            default:
                File.Delete(file);
                await Assert.That(PrivateDirectoryTests.MakeFifo(file)).IsEqualTo(0);
                break;
        }
        await Assert.That(Convert.ToHexString(SeccompCache.Get(Folder, Profile))).IsEqualTo(Convert.ToHexString(good));
        byte[] mark = Mark(Profile);
        await Assert.That(Convert.ToHexString(SeccompCache.Get(Folder, Profile))).IsEqualTo(Convert.ToHexString(mark));
    }

    [Test]
    public async Task Where_nothing_can_be_stored_the_filter_is_compiled_each_time()
    {
        byte[] good = SeccompCompiler.Compile(Profile);
        await Assert.That(Convert.ToHexString(SeccompCache.Get("/proc/kist/seccomp", Profile))).IsEqualTo(Convert.ToHexString(good));
        await Assert.That(Convert.ToHexString(SeccompCache.Get("/dev/null", Profile))).IsEqualTo(Convert.ToHexString(good));
        await Assert.That(Convert.ToHexString(SeccompCache.Get("/" + new string('a', 5000), Profile))).IsEqualTo(Convert.ToHexString(good));
    }

    [Test]
    public async Task The_default_profile_is_kept_for_each_set_of_capabilities_that_matters()
    {
        const ulong admin = 1UL << 21, chown = 1UL << 0;
        byte[] plain = SeccompCache.GetDefault(Folder, 0, Kernel);
        await Assert.That(Convert.ToHexString(plain)).IsEqualTo(Convert.ToHexString(SeccompCompiler.Compile(DefaultSeccompProfile.Create(0, SeccompCache.Architecture, Kernel))));
        byte[] privileged = SeccompCache.GetDefault(Folder, admin, Kernel);
        await Assert.That(plain.AsSpan().SequenceEqual(privileged)).IsFalse();
        await Assert.That(Convert.ToHexString(SeccompCache.GetDefault(Folder, chown, Kernel))).IsEqualTo(Convert.ToHexString(plain));
        await Assert.That(Convert.ToHexString(SeccompCache.GetDefault(Folder, admin, Kernel))).IsEqualTo(Convert.ToHexString(privileged));
        await Assert.That(Files.Length).IsEqualTo(2);
    }

    /// <summary>The cache knows the default profile by its version: whoever changes the table changes both constants.</summary>
    [Test]
    public async Task The_default_profiles_version_changes_with_the_profile()
    {
        StringBuilder all = new();
        foreach (string architecture in (string[])["amd64", "arm64"])
            foreach ((int, int) kernel in ((int, int)[])[(4, 7), (4, 8)])
                for (int capability = -1; capability < CapabilityTable.Count; capability++)
                    Describe(all, DefaultSeccompProfile.Create(capability < 0 ? 0 : 1UL << capability, architecture, kernel));
        Sha256Tests.Hash(Encoding.UTF8.GetBytes(all.ToString()), out string digest);
        await Assert.That((DefaultSeccompProfile.Version, digest)).IsEqualTo((1u, "bcdfd0f859f51209a89a64a970d265f5d4307f8bef290fa6a82f279805d1be6b"));
    }

    static void Describe(StringBuilder text, Seccomp profile)
    {
        text.Append(profile.DefaultAction).Append(profile.DefaultErrnoRet).AppendJoin(' ', profile.Architectures).AppendLine();
        foreach (SeccompRule rule in profile.Syscalls)
            text.Append(rule.Action).Append(rule.ErrnoRet).Append(' ').AppendJoin(' ', rule.Names).AppendJoin(' ', rule.Args).AppendLine();
    }
}
