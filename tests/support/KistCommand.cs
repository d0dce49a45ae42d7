using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Kist.Tests.Support;

/// <summary>What a command left: its exit status, and what it printed.</summary>
public sealed record CommandResult(string Line, int ExitCode, byte[] Bytes, string Errors)
{
    public string Output => Encoding.UTF8.GetString(Bytes);

    /// <summary>The output without the line end after it.</summary>
    public string Text => Output.TrimEnd('\n');

    /// <summary>The same result, if the command succeeded; else an exception that shows what it said.</summary>
    public CommandResult Succeeded() =>
        ExitCode == 0 ? this : throw new InvalidOperationException($"`{Line}` ended with status {ExitCode}\nstdout: {Output}\nstderr: {Errors}");

    public override string ToString() => $"`{Line}` ended with status {ExitCode}\nstdout: {Output}\nstderr: {Errors}";
}

/// <summary>
/// A command line: <c>await new KistCommand("run", "-i", root, "cat").Input("hello").Run()</c>. Nothing is inherited from the test
/// program: standard input is empty unless given, and both outputs are pipes.
/// </summary>
public sealed partial class KistCommand
{
    static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    readonly ProcessStartInfo start;
    byte[] input = [];
    TimeSpan limit = TimeLimit;

    /// <summary>kist with these arguments.</summary>
    public KistCommand(params string[] arguments) : this(arguments, Executable("kist"))
    {
    }

    KistCommand(string[] arguments, string program)
    {
        start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    /// <summary>kist-runtime with these arguments.</summary>
    public static KistCommand Runtime(params string[] arguments) => new(arguments, Executable("kist-runtime"));

    /// <summary>Any program.</summary>
    public static KistCommand Program(string program, params string[] arguments) => new(arguments, program);

    /// <summary>Where a program of the project is: in $KIST_BIN_DIR, ../bin beside the test program, or out/bin up the tree.</summary>
    public static string Executable(string name)
    {
        if (System.Environment.GetEnvironmentVariable("KIST_BIN_DIR") is { Length: > 0 } directory)
            return Path.Combine(directory, name);
        for (DirectoryInfo? up = new(AppContext.BaseDirectory); up is not null; up = up.Parent)
            foreach (string place in (string[])["bin", "out/bin"])
                if (File.Exists(Path.Combine(up.FullName, place, name)))
                    return Path.Combine(up.FullName, place, name);
        throw new FileNotFoundException($"{name} is not built: run ./build, or set KIST_BIN_DIR");
    }

    /// <summary>The same command as the last arguments of another program, such as strace.</summary>
    public KistCommand Under(string program, params string[] arguments) => new([.. arguments, start.FileName, .. start.ArgumentList], program);

    /// <summary>Starts it at a terminal.</summary>
    public Pty OnTerminal() => Pty.Program(start.FileName, [.. start.ArgumentList]);

    public KistCommand Input(string text) => Input(Encoding.UTF8.GetBytes(text));

    public KistCommand Input(byte[] bytes)
    {
        input = bytes;
        return this;
    }

    public KistCommand Environment(string name, string? value)
    {
        start.Environment[name] = value;
        return this;
    }

    public KistCommand In(string directory)
    {
        start.WorkingDirectory = directory;
        return this;
    }

    public KistCommand Within(TimeSpan time)
    {
        limit = time;
        return this;
    }

    /// <summary>Runs it to its end.</summary>
    public async Task<CommandResult> Run()
    {
        using RunningCommand running = Start();
        return await running.End();
    }

    /// <summary>Starts it, to be watched and sent signals; <see cref="RunningCommand.End"/> waits for it.</summary>
    public RunningCommand Start() => new(Line, Process.Start(start)!, input, limit);

    string Line => $"{Path.GetFileName(start.FileName)} {string.Join(' ', start.ArgumentList)}";
}

/// <summary>A command that runs.</summary>
public sealed partial class RunningCommand : IDisposable
{
    readonly string line;
    readonly Process process;
    readonly CancellationTokenSource limit;
    readonly MemoryStream output = new();
    readonly Task reading, writing;
    readonly Task<string> errors;
    readonly SemaphoreSlim news = new(0);

    internal RunningCommand(string line, Process process, byte[] input, TimeSpan limit)
    {
        this.line = line;
        this.process = process;
        this.limit = new CancellationTokenSource(limit);
        reading = Read();
        errors = process.StandardError.ReadToEndAsync();
        writing = Write(input);
    }

    public int Pid => process.Id;

    /// <summary>kill(2).</summary>
    public void Signal(int signal) => _ = kill(process.Id, signal);

    /// <summary>Waits until it has printed a text to standard output.</summary>
    public async Task Printed(string text)
    {
        while (!Output().Contains(text))
        {
            if (reading.IsCompleted)
                throw new InvalidOperationException($"`{line}` ended without printing \"{text}\" but: {Output()}\nstderr: {await errors}");
            await Task.WhenAny(reading, news.WaitAsync(limit.Token));
            if (limit.IsCancellationRequested)
                throw await TooLong();
        }
    }

    /// <summary>Waits for the end.</summary>
    public async Task<CommandResult> End()
    {
        try
        {
            await process.WaitForExitAsync(limit.Token);
            await Task.WhenAll(reading, errors, writing).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw await TooLong();
        }
        return new CommandResult(line, process.ExitCode, output.ToArray(), await errors);
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
        limit.Dispose();
        news.Dispose();
    }

    async Task<TimeoutException> TooLong()
    {
        process.Kill();
        // What it left running may keep the pipe open.
        await Task.WhenAny(errors, Task.Delay(TimeSpan.FromSeconds(1)));
        return new TimeoutException($"`{line}` took too long\nstdout: {Output()}\nstderr: {(errors.IsCompleted ? await errors : "")}");
    }

    string Output()
    {
        lock (output)
            return Encoding.UTF8.GetString(output.GetBuffer(), 0, (int)output.Length);
    }

    async Task Read()
    {
        byte[] buffer = new byte[64 << 10];
        int length;
        while ((length = await process.StandardOutput.BaseStream.ReadAsync(buffer)) > 0)
        {
            lock (output)
                output.Write(buffer, 0, length);
            news.Release();
        }
    }

    async Task Write(byte[] input)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It does not read what it was given.
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
