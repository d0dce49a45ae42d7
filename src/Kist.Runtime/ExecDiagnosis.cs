using Kist.Linux;
using static Kist.Runtime.ExecutableFormat;

namespace Kist.Runtime;

/// <summary>
/// Why execve(2) refused a program, in words: the kernel says ENOENT for a missing program, a missing interpreter and a missing
/// loader alike. Looked up afterwards, from outside, in the root filesystem as it is.
/// </summary>
public static class ExecDiagnosis
{
    const int NotFound = 127, NotExecutable = 126;
    const int HeadSize = 64 << 10;
    /// <summary>Scripts whose interpreters are scripts: as many as the kernel follows.</summary>
    const int DepthLimit = 5;

    /// <summary>Explains a failed execve(2).</summary>
    /// <param name="root">The container's root filesystem.</param>
    /// <param name="rootName">What the user called it: "./rootfs", "@host".</param>
    /// <param name="candidates">The absolute paths that were tried, in their order: one, or for a bare name one for each directory of PATH.</param>
    /// <param name="program">The program as it was asked for.</param>
    /// <param name="errno">What execve(2) said last.</param>
    /// <param name="uid">Who tried.</param>
    /// <param name="gid">And with which group.</param>
    /// <returns>The whole message, and the exit status: 127 when something is missing, 126 when it is there but cannot be executed.
    /// The message contains "executable file not found", "no such file or directory" or "permission denied" (in any case) where those
    /// who read a runtime's errors look for them.</returns>
    public static (string Message, int ExitCode) Explain(RootDirectory root, string rootName, IReadOnlyList<string> candidates,
        string program, Errno errno, uint uid, uint gid)
    {
        Case asked = new(root, rootName, errno, uid, gid);
        int exitCode = errno is Errno.ENOENT or Errno.ENOTDIR ? NotFound : NotExecutable;
        string reason = asked.OfAll() ?? asked.OfThese(candidates, program) ?? Missing(root, rootName, candidates, program);
        return ($"cannot run \"{program}\": {reason}: {errno.Describe()}", exitCode);
    }

    static string Missing(RootDirectory root, string rootName, IReadOnlyList<string> candidates, string program)
    {
        if (program.Length == 0)
            return "the program's name is empty";
        string nearby = ProgramsNearby.Describe(root, rootName, program);
        if (program.Contains('/'))
            return $"not in the root filesystem ({nearby})";
        List<string> directories = [];
        foreach (string candidate in candidates)
            directories.Add(candidate.LastIndexOf('/') is > 0 and int slash ? candidate[..slash] : "/");
        return candidates.Count == 0 ? $"executable file not found in $PATH, which is empty ({nearby})"
            : $"executable file not found in $PATH: not in {string.Join(", ", directories)} ({nearby})";
    }

    readonly record struct Case(RootDirectory Root, string RootName, Errno Errno, uint Uid, uint Gid)
    {
        /// <summary>Errors that have nothing to do with the file.</summary>
        public string? OfAll() => Errno switch
        {
            Errno.E2BIG => "its arguments and environment together are too long (at most a quarter of `ulimit -s`, and 128 KB each)",
            Errno.EAGAIN => "its user has as many processes as `--ulimit nproc` allows",
            Errno.ENOMEM => "there is not enough memory to start it (a higher `--memory` may help)",
            Errno.EMFILE or Errno.ENFILE => "too many files are open",
            _ => null,
        };

        /// <summary>The first of the candidates that is there and has something wrong with it.</summary>
        public string? OfThese(IReadOnlyList<string> candidates, string program)
        {
            string? directory = null;
            foreach (string path in candidates)
            {
                string subject = path == program ? "it" : path;
                Errno error = Root.Stat(path, out FileStatus status);
                if (error != Errno.None)
                {
                    if (OfPath(path, subject, error) is { } reason)
                        return reason;
                    continue;
                }
                // A directory in PATH with a directory of the program's name: execvp(3) goes on.
                if (status.Type == FileType.Directory)
                    directory ??= $"{subject} is a directory";
                else
                    return OfFile(path, subject, status, DepthLimit);
            }
            return directory;
        }

        string? OfPath(string path, string subject, Errno error)
        {
            if (Root.ReadLink(path, out string target) == Errno.None && error is Errno.ENOENT or Errno.ENOTDIR)
                return $"{subject} is a symbolic link to {target}, which is not in the root filesystem";
            if (error == Errno.ELOOP)
                return $"{subject} leads through symbolic links that go round in a circle";
            if (error == Errno.ENAMETOOLONG)
                return $"{subject} is too long a name";
            if (error != Errno.ENOTDIR || Errno != Errno.ENOTDIR)
                return null;
            for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
                if (Root.Stat(path[..slash], out FileStatus status) == Errno.None && status.Type != FileType.Directory)
                    return $"{path[..slash]} is not a directory";
            return null;
        }

        string OfFile(string path, string subject, FileStatus status, int depth)
        {
            if (status.Type != FileType.Regular)
                return $"{subject} is a {TypeName(status.Type)}, not a program";
            if (Errno == Errno.ETXTBSY)
                return $"{subject} is open for writing (wait until the copying or building of it has ended)";
            if (Errno is Errno.EACCES or Errno.EPERM && OfAccess(path, subject, status) is { } reason)
                return reason;
            if (Root.ReadFile(path, HeadSize, out byte[] head) != Errno.None)
                return $"{subject} could not be looked at";
            return Of(head) switch
            {
                Elf elf => OfElf(elf, subject),
                Script script => OfScript(script, subject, depth),
                Text { ByteOrderMark: true } => $"{subject} is a script with a byte order mark before its \"#!\" (save it as UTF-8 without one)",
                Text => $"{subject} is a script whose first line does not say what reads it (add \"#!/bin/sh\", or run `sh {path}`)",
                Foreign foreign => $"{subject} is {foreign.Kind}",
                _ => $"{subject} cannot be executed",
            };
        }

        string? OfAccess(string path, string subject, FileStatus status)
        {
            string mode = Convert.ToString(status.Mode & 0xFFF, 8).PadLeft(4, '0');
            if ((status.Mode & 0x49) == 0)
                return $"{subject} is not executable: its mode is {mode} (`chmod +x` makes it so)";
            if (!status.ExecutableBy(Uid, Gid))
                return $"{subject} is not executable for user {Uid}:{Gid}: its mode is {mode}, its owner {status.Uid}:{status.Gid}";
            if (Root.IsNoExec(path))
                return $"{subject} lies on a filesystem that is mounted noexec";
            for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
                if (Root.Stat(path[..slash], out FileStatus parent) == Errno.None && Uid != 0 && !parent.ExecutableBy(Uid, Gid))
                    return $"user {Uid}:{Gid} may not enter {path[..slash]}, whose mode is {Convert.ToString(parent.Mode, 8).PadLeft(4, '0')}";
            return null;
        }

        string OfScript(Script script, string subject, int depth)
        {
            string interpreter = script.Interpreter;
            if (interpreter.EndsWith('\r'))
                return $"{subject} is a script with Windows line ends: its interpreter would be \"{interpreter[..^1]}\\r\" (`sed -i 's/\\r$//'` removes them)";
            if (interpreter.Length == 0)
                return $"{subject} is a script with no interpreter after \"#!\"";
            Errno error = Root.Stat(interpreter, out FileStatus status);
            if (error == Errno.ENOENT || error == Errno.ENOTDIR)
                return $"{subject} is a script for {interpreter}, which is not in the root filesystem ({ProgramsNearby.Describe(Root, RootName, interpreter)})";
            string reader = $"{subject} is a script for {interpreter}, and that";
            if (error != Errno.None)
                return $"{reader} cannot be reached";
            if (status.Type == FileType.Directory)
                return $"{reader} is a directory";
            return depth == 0 ? $"{reader} is a script, too, and so on without end" : OfFile(interpreter, reader, status, depth - 1);
        }

        string OfElf(Elf elf, string subject)
        {
            const int ET_REL = 1, ET_EXEC = 2, ET_DYN = 3, ET_CORE = 4;
            (int number, string here) = ThisMachine;
            string machine = MachineName(elf);
            if (elf.Machine != number && !(elf.Machine == 3 && number == 62) && !(elf.Machine == 40 && number == 183))
                return $"{subject} is a program for {machine}, this machine is {here} (an emulator registered with binfmt_misc could run it)";
            if (elf.Type is not ET_EXEC and not ET_DYN)
                return $"{subject} is {(elf.Type == ET_REL ? "an object file, not yet linked" : elf.Type == ET_CORE ? "a core dump" : "no ELF program")}";
            if (elf.Interpreter.Length > 0 && OfLoader(elf, subject) is { } reason)
                return reason;
            return elf.Machine != number || !elf.Is64 ? $"{subject} is a program for {machine}, which this {here} kernel does not run"
                : Errno == Errno.ENOEXEC ? $"{subject} is a damaged ELF program"
                : $"{subject} could not be executed";
        }

        string? OfLoader(Elf elf, string subject)
        {
            string loader = elf.Interpreter;
            Errno error = Root.Stat(loader, out FileStatus status);
            if (error is Errno.ENOENT or Errno.ENOTDIR)
                return $"{subject} needs the loader {loader}, which is not in the root filesystem: {BuiltFor(loader)}{WhatIsHere()}";
            if (error != Errno.None)
                return $"{subject} needs the loader {loader}, which cannot be reached ({error})";
            if (status.Type != FileType.Regular)
                return $"{subject} needs the loader {loader}, and that is a {TypeName(status.Type)}";
            if ((status.Mode & 0x49) == 0)
                return $"{subject} needs the loader {loader}, and that is not executable";
            if (Root.ReadFile(loader, HeadSize, out byte[] head) != Errno.None)
                return null;
            return Of(head) switch
            {
                Elf other when other.Machine == elf.Machine && other.Is64 == elf.Is64 => null,
                Elf other => $"{subject} is a program for {MachineName(elf)}, but its loader {loader} is for {MachineName(other)}",
                _ => $"{subject} needs the loader {loader}, and that is no ELF file",
            };
        }

        string WhatIsHere()
        {
            List<string> names = [];
            foreach (string directory in (ReadOnlySpan<string>)["/lib", "/lib64", "/usr/lib64"])
                _ = Root.List(directory, names);
            return names.Exists(name => name.StartsWith("ld-musl", StringComparison.Ordinal)) ? $", but {RootName} has musl"
                : names.Exists(name => name.StartsWith("ld-linux", StringComparison.Ordinal)) ? $", but {RootName} has glibc"
                : $", and {RootName} has no C library (a statically linked program would run)";
        }

        static string BuiltFor(string loader) =>
            loader.StartsWith("/nix/", StringComparison.Ordinal) || loader.StartsWith("/gnu/store/", StringComparison.Ordinal) ? "it was built for a Nix or Guix store"
            : loader.Contains("ld-musl") ? "it was built for musl (Alpine and others)"
            : loader.Contains("ld-linux") || loader.Contains("ld64.so") || loader.Contains("/ld.so") ? "it was built for glibc (Debian, Fedora and others)"
            : loader.Contains("/system/bin/linker") ? "it was built for Android"
            : "it was built for another system";

        static string TypeName(FileType type) => type switch
        {
            FileType.Directory => "directory",
            FileType.CharacterDevice or FileType.BlockDevice => "device",
            FileType.Fifo => "FIFO",
            FileType.Socket => "socket",
            _ => "special file",
        };
    }
}
