using System.Buffers.Binary;
using System.Text;
using Kist.Linux;
using Kist.Runtime;

namespace Kist.Tests.Unit.Runtime;

/// <summary>Root filesystems of a few bytes, and what is said about programs in them that cannot run.</summary>
public sealed class ExecDiagnosisTests : IDisposable
{
    const ushort X86_64 = 62, Arm64 = 183, X86 = 3;
    static readonly ushort Here = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? Arm64 : X86_64;
    static readonly ushort Elsewhere = Here == Arm64 ? X86_64 : Arm64;

    readonly string root = Directory.CreateTempSubdirectory("kist-exec-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Test]
    public async Task A_missing_program_names_what_is_there()
    {
        Write("/bin/sh", Elf(Here));
        Write("/bin/busybox", Elf(Here));
        (string message, int code) = Explain("/bin/bash", Errno.ENOENT);
        await Assert.That(message).IsEqualTo("cannot run \"/bin/bash\": not in the root filesystem (./rootfs has /bin/sh, /bin/busybox): ENOENT (No such file or directory)");
        await Assert.That(code).IsEqualTo(127);
    }

    [Test]
    public async Task A_name_that_no_directory_of_PATH_has_is_said_as_docker_expects_it()
    {
        Write("/bin/sh", Elf(Here));
        (string message, int code) = Explain("frobnicate", Errno.ENOENT, candidates: ["/usr/bin/frobnicate", "/bin/frobnicate"]);
        await Assert.That(message).Contains("executable file not found in $PATH: not in /usr/bin, /bin (./rootfs has /bin/sh)");
        await Assert.That(code).IsEqualTo(127);
    }

    [Test]
    [Arguments("python", "/usr/bin/python3")]
    [Arguments("gerp", "/usr/bin/grep")]
    [Arguments("/bin/grep", "/usr/bin/grep")]
    public async Task A_similar_program_is_offered_before_a_shell(string asked, string offered)
    {
        Write("/bin/sh", Elf(Here));
        Write("/usr/bin/python3", Elf(Here));
        Write("/usr/bin/grep", Elf(Here));
        await Assert.That(Explain(asked, Errno.ENOENT, candidates: ["/nowhere/" + asked]).Message).Contains($"(./rootfs has {offered})");
    }

    [Test]
    public async Task With_a_merged_usr_each_program_is_named_once()
    {
        Write("/usr/bin/sh", Elf(Here));
        File.CreateSymbolicLink(root + "/bin", "usr/bin");
        await Assert.That(Explain("/bin/bash", Errno.ENOENT).Message).Contains("(./rootfs has /bin/sh)");
    }

    [Test]
    public async Task An_empty_root_filesystem_is_called_empty() =>
        await Assert.That(Explain("/bin/sh", Errno.ENOENT).Message).Contains("(./rootfs is empty)");

    [Test]
    public async Task A_link_that_leads_nowhere_is_named_with_its_target()
    {
        Directory.CreateDirectory(root + "/bin");
        File.CreateSymbolicLink(root + "/bin/app", "/opt/app/run");
        await Assert.That(Explain("/bin/app", Errno.ENOENT).Message).Contains("it is a symbolic link to /opt/app/run, which is not in the root filesystem");
    }

    [Test]
    public async Task A_link_is_followed_inside_the_root_filesystem_only()
    {
        Directory.CreateDirectory(root + "/bin");
        // On the host this leads to a program, in the container to nothing.
        File.CreateSymbolicLink(root + "/bin/app", "../../../../../../../../bin/sh");
        await Assert.That(Explain("/bin/app", Errno.ENOENT).Message).Contains("which is not in the root filesystem");
    }

    [Test]
    public async Task A_file_without_the_x_bit_is_told_from_one_for_somebody_else()
    {
        Write("/bin/app", Elf(Here), mode: 0x1A4);
        (string message, int code) = Explain("/bin/app", Errno.EACCES);
        await Assert.That(message).Contains("it is not executable: its mode is 0644 (`chmod +x` makes it so): EACCES (Permission denied)");
        await Assert.That(code).IsEqualTo(126);
        Write("/bin/other", Elf(Here), mode: 0x1C0);
        await Assert.That(Explain("/bin/other", Errno.EACCES, uid: 4711).Message).Contains("it is not executable for user 4711:4711: its mode is 0700");
    }

    [Test]
    public async Task A_directory_is_called_a_directory()
    {
        Directory.CreateDirectory(root + "/etc");
        (string message, int code) = Explain("/etc", Errno.EACCES);
        await Assert.That(message).Contains("it is a directory");
        await Assert.That(code).IsEqualTo(126);
    }

    [Test]
    public async Task A_directory_in_PATH_does_not_hide_the_program_behind_it()
    {
        Directory.CreateDirectory(root + "/usr/bin/app");
        Write("/bin/app", Elf(Here), mode: 0x1A4);
        await Assert.That(Explain("app", Errno.EACCES, candidates: ["/usr/bin/app", "/bin/app"]).Message).Contains("/bin/app is not executable");
    }

    [Test]
    public async Task A_script_whose_interpreter_is_missing_names_it()
    {
        Write("/bin/sh", Elf(Here));
        Write("/run.sh", "#! /bin/bash -e\necho\n");
        (string message, int code) = Explain("/run.sh", Errno.ENOENT);
        await Assert.That(message).Contains("it is a script for /bin/bash, which is not in the root filesystem (./rootfs has /bin/sh)");
        await Assert.That(code).IsEqualTo(127);
    }

    [Test]
    public async Task A_script_with_Windows_line_ends_says_so()
    {
        Write("/bin/sh", Elf(Here));
        Write("/run.sh", "#!/bin/sh\r\necho\r\n");
        await Assert.That(Explain("/run.sh", Errno.ENOENT).Message).Contains("""it is a script with Windows line ends: its interpreter would be "/bin/sh\r" """.TrimEnd());
    }

    [Test]
    [Arguments("echo hello\n", "it is a script whose first line does not say what reads it (add \"#!/bin/sh\", or run `sh /file`)")]
    [Arguments("\uFEFF#!/bin/sh\n", "it is a script with a byte order mark before its \"#!\"")]
    [Arguments("#!\n", "it is a script with no interpreter after \"#!\"")]
    [Arguments("", "it is an empty file")]
    [Arguments("MZ\u0001\u0002", "it is a program for Windows")]
    public async Task A_file_that_is_no_program_says_what_it_is(string content, string said)
    {
        Write("/file", content);
        (string message, int code) = Explain("/file", Errno.ENOEXEC);
        await Assert.That(message).Contains(said);
        await Assert.That(code).IsEqualTo(126);
    }

    [Test]
    public async Task A_script_that_reads_itself_ends_in_words()
    {
        Write("/run", "#!/run\n");
        await Assert.That(Explain("/run", Errno.ELOOP).Message).Contains("is a script, too, and so on without end");
    }

    [Test]
    [Arguments("/lib/ld-musl-x86_64.so.1", "/lib64/ld-linux-x86-64.so.2", "it was built for musl (Alpine and others), but ./rootfs has glibc")]
    [Arguments("/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1", "it was built for glibc (Debian, Fedora and others), but ./rootfs has musl")]
    public async Task A_missing_loader_is_named_and_whose_it_is(string needed, string there, string said)
    {
        Write(there, Elf(Here));
        Write("/app", Elf(Here, loader: needed));
        (string message, int code) = Explain("/app", Errno.ENOENT);
        await Assert.That(message).Contains($"it needs the loader {needed}, which is not in the root filesystem: {said}");
        await Assert.That(code).IsEqualTo(127);
    }

    [Test]
    public async Task A_program_for_another_machine_names_both()
    {
        Write("/app", Elf(Elsewhere));
        string[] names = Here == Arm64 ? ["x86-64", "arm64"] : ["arm64", "x86-64"];
        (string message, int code) = Explain("/app", Errno.ENOEXEC);
        await Assert.That(message).Contains($"it is a program for {names[0]}, this machine is {names[1]}");
        await Assert.That(code).IsEqualTo(126);
    }

    [Test]
    public async Task A_loader_for_another_machine_names_both()
    {
        Write("/lib/ld.so", Elf(X86));
        Write("/app", Elf(Here, loader: "/lib/ld.so"));
        await Assert.That(Explain("/app", Errno.ELIBBAD).Message).Contains("but its loader /lib/ld.so is for x86 (32-bit)");
    }

    [Test]
    public async Task An_interpreter_for_another_machine_is_found_behind_its_script()
    {
        Write("/bin/sh", Elf(Elsewhere));
        Write("/run.sh", "#!/bin/sh\n");
        await Assert.That(Explain("/run.sh", Errno.ENOEXEC).Message).Contains("it is a script for /bin/sh, and that is a program for");
    }

    [Test]
    public async Task An_object_file_is_called_not_linked()
    {
        Write("/app", Elf(Here, type: 1));
        await Assert.That(Explain("/app", Errno.ENOEXEC).Message).Contains("it is an object file, not yet linked");
    }

    [Test]
    [Arguments(Errno.E2BIG, "its arguments and environment together are too long")]
    [Arguments(Errno.ETXTBSY, "it is open for writing")]
    [Arguments(Errno.EAGAIN, "as many processes as `--ulimit nproc` allows")]
    public async Task What_is_not_the_files_fault_is_said(Errno errno, string said)
    {
        Write("/app", Elf(Here));
        await Assert.That(Explain("/app", errno).Message).Contains(said);
    }

    [Test]
    public async Task No_file_makes_the_explanation_itself_fail()
    {
        // Every prefix of a program, and every byte of its head set to 0xFF, is looked at without an exception.
        byte[] whole = Elf(Here, loader: "/lib/ld.so");
        for (int at = 0; at < whole.Length; at++)
        {
            Write("/cut", whole[..at]);
            await Assert.That(Explain("/cut", Errno.ENOEXEC).Message).StartsWith("cannot run \"/cut\": it ");
            byte[] changed = [.. whole];
            changed[at] = 0xFF;
            Write("/changed", changed);
            await Assert.That(Explain("/changed", Errno.ENOEXEC).Message).StartsWith("cannot run \"/changed\": it ");
        }
    }

    (string Message, int ExitCode) Explain(string program, Errno errno, string[]? candidates = null, uint uid = 0)
    {
        Errno error = RootDirectory.Open(root, out RootDirectory directory);
        using (directory)
            return error != Errno.None ? (error.Describe(), -1)
                : ExecDiagnosis.Explain(directory, "./rootfs", candidates ?? [program], program, errno, uid, uid);
    }

    void Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    void Write(string path, byte[] content, int mode = 0x1ED)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(root + path)!);
        File.WriteAllBytes(root + path, content);
        File.SetUnixFileMode(root + path, (UnixFileMode)mode);
    }

    /// <summary>An ELF header and, with a loader, one program header and its name: all that is looked at.</summary>
    static byte[] Elf(ushort machine, string loader = "", ushort type = 2)
    {
        byte[] name = Encoding.UTF8.GetBytes(loader + "\0");
        byte[] file = new byte[64 + 56 + name.Length];
        "\x7F"u8.CopyTo(file);
        "ELF"u8.CopyTo(file.AsSpan(1));
        (file[4], file[5], file[6]) = (2, 1, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), type);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), machine);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(54), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(56), (ushort)(loader.Length > 0 ? 1 : 0));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(64), 3);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(72), 120);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(96), (ulong)name.Length);
        name.CopyTo(file, 120);
        return file;
    }
}
