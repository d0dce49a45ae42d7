using System.Buffers;
using System.Text;
using System.Text.Json;
using Kist.Linux;

namespace Kist.RuntimeCli;

/// <summary>Errors and warnings: for people on standard error, and for engines in the file of --log, a line each.</summary>
static class Log
{
    static GlobalOptions? s_options;

    public static void Open(GlobalOptions options) => s_options = options;

    public static int Fail(KistException error)
    {
        Write("error", error.Message);
        // Where the program could not be run the status says so, as a shell's; else runc's 1.
        return error.ExitCode == 125 ? 1 : error.ExitCode;
    }

    public static void Warn(string message)
    {
        if (s_options is { Debug: true } or { LogFile: not null }) Write("warning", message);
    }

    static void Write(string level, string message)
    {
        if (level == "error" || s_options is { Debug: true })
            _ = Kernel.Write(2, Encoding.UTF8.GetBytes($"kist-runtime: {(level == "error" ? "" : level + ": ")}{message}\n"));
        if (s_options?.LogFile is not { } file) return;
        ReadOnlySpan<byte> line = s_options.LogJson ? Json(level, message) : Encoding.UTF8.GetBytes($"time=\"{Now()}\" level={level} msg=\"{message.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"\n");
        _ = Kernel.WriteFile(Kernel.AT_FDCWD, file, line, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND, 0x1A4);
    }

    static string Now() => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    static ReadOnlySpan<byte> Json(string level, string message)
    {
        ArrayBufferWriter<byte> buffer = new(256);
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("level"u8, level);
            json.WriteString("msg"u8, message);
            json.WriteString("time"u8, Now());
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }
}
