namespace Kist.Tests.Support;

/// <summary>A program in C, to do in a container what no tool does.</summary>
public static class StaticProgram
{
    /// <summary>Compiles it, linked statically. Without a compiler the test is skipped.</summary>
    public static async Task Compile(string source, string target)
    {
        string gcc = Requirements.Program("gcc");
        using TemporaryDirectory folder = new();
        (await KistCommand.Program(gcc, "-static", "-O1", "-w", "-o", target, folder.File("program.c", source)).Run()).Succeeded();
    }
}
