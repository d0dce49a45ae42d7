namespace Kist.Linux;

/// <summary>An error for the user to read: what failed, on what, why, and what to do. Printed as it is, without a stack trace.</summary>
/// <param name="message">The whole sentence.</param>
/// <param name="exitCode">The process's exit status: 125 where Kist failed, 126 and 127 where the program could not be run.</param>
public class KistException(string message, int exitCode = 125) : Exception(message)
{
    /// <summary>What kist exits with.</summary>
    public int ExitCode { get; } = exitCode;
}
