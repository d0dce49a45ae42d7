using System.Buffers;
using Kist.Linux;
using Kist.Runtime.Cgroups;
using Kist.Runtime.CommandLine;
using Kist.Spec;

namespace Kist.RuntimeCli;

/// <summary>kist-runtime spec</summary>
static class SpecVerb
{
    public static int Run(ReadOnlySpan<string> arguments)
    {
        string bundle = ".";
        bool rootless = false;
        ArgumentReader reader = new(arguments, Verbs.Spec);
        while (reader.Read(out Option? option, out string value))
        {
            switch (option.Name)
            {
                case "bundle": bundle = value; break;
                case "rootless": rootless = value == "true"; break;
                case "help": return Dispatch.Print(HelpText.Of(Verbs.Spec));
            }
        }
        if (reader.Operands.Count > 0) throw new KistException($"spec takes no \"{reader.Operands[0]}\" (kist-runtime spec --help)");

        ArrayBufferWriter<byte> json = new(4096);
        RuntimeSpecWriter.Write(DefaultSpec.Create(rootless, Kernel.GetEuid(), Kernel.GetEgid(), CgroupLayout.Probe().Version == CgroupVersion.V2), json);
        string file = $"{bundle}/config.json";
        int written = Kernel.WriteFile(Kernel.AT_FDCWD, file, json.WrittenSpan, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0x1B6);
        if (written == -(int)Errno.EEXIST) throw new KistException($"{file} exists; remove it first");
        if (written < 0) throw new KistException($"cannot write {file}: {((Errno)(-written)).Describe()}");
        return 0;
    }
}
