namespace Kist.Engine.Configuration;

/// <summary>Errors of a launch name a field of the OCI configuration; who typed a flag never saw that one.</summary>
public static class TypedNames
{
    /// <summary>Fields and flags; a field comes before those that its name is the beginning of.</summary>
    static readonly (string Field, string Flag)[] Table =
    [
        ("/linux/resources/memory/swap", "--memory-swap"),
        ("/linux/resources/memory", "--memory"),
        ("/linux/resources/cpu/shares", "--cpu-shares"),
        ("/linux/resources/cpu/cpus", "--cpuset-cpus"),
        ("/linux/resources/cpu/quota", "--cpus"),
        ("/linux/resources/cpu/period", "--cpus"),
        ("/linux/resources/cpu", "--cpus, --cpu-shares or --cpuset-cpus"),
        ("/linux/resources/pids", "--pids-limit"),
        ("/linux/sysctl", "--sysctl"),
        ("/process/rlimits", "--ulimit"),
        ("/process/cwd", "--workdir"),
    ];

    /// <summary>The message with flags in place of fields.</summary>
    public static string In(string message)
    {
        foreach ((string field, string flag) in Table)
            for (int at; (at = Find(message, field)) >= 0;)
            {
                int end = at + field.Length;
                while (end < message.Length && message[end] is not (' ' or ':' or ']' or ';'))
                    end++;
                // The rest of a field's name says which of several, and is worth keeping where a user typed it.
                string name = flag == "--sysctl" && end > at + field.Length ? $"{flag} {message[(at + field.Length + 1)..end]}" : flag;
                message = message[..at] + name + message[end..];
            }
        return message;
    }

    /// <summary>Not in the middle of a path.</summary>
    static int Find(string message, string field)
    {
        int at = message.IndexOf(field, StringComparison.Ordinal);
        return at > 0 && message[at - 1] is not (' ' or '[') ? -1 : at;
    }
}
