namespace Kist.Spec;

// config-linux.md#seccomp.
public static partial class RuntimeSpecReader
{
    static Seccomp ReadSeccomp(ref SpecCursor cursor)
    {
        SeccompAction? defaultAction = null;
        uint? defaultErrnoRet = null;
        List<string>? architectures = null, flags = null;
        string? listenerPath = null, listenerMetadata = null;
        List<SeccompRule>? syscalls = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("defaultAction"u8)) defaultAction = ReadAction(ref cursor);
            else if (cursor.Is("defaultErrnoRet"u8)) defaultErrnoRet = cursor.UInt32();
            else if (cursor.Is("architectures"u8)) architectures = cursor.Strings();
            else if (cursor.Is("flags"u8)) flags = cursor.Strings();
            else if (cursor.Is("listenerPath"u8)) listenerPath = cursor.String();
            else if (cursor.Is("listenerMetadata"u8)) listenerMetadata = cursor.String();
            else if (cursor.Is("syscalls"u8)) syscalls = ReadRules(ref cursor);
            else cursor.SkipValue();
        }
        return new Seccomp
        {
            DefaultAction = defaultAction ?? throw cursor.Missing("defaultAction", SeccompTable.Actions),
            DefaultErrnoRet = defaultErrnoRet,
            Architectures = architectures ?? [],
            Flags = flags,
            ListenerPath = NullIfEmpty(listenerPath),
            ListenerMetadata = NullIfEmpty(listenerMetadata),
            Syscalls = syscalls ?? [],
        };
    }

    internal static SeccompAction ReadAction(ref SpecCursor cursor) =>
        SeccompTable.TryGetAction(cursor.Text(), out SeccompAction action) ? action : throw cursor.Unexpected(SeccompTable.Actions);

    static List<SeccompRule> ReadRules(ref SpecCursor cursor)
    {
        var rules = new List<SeccompRule>();
        cursor.BeginArray();
        while (cursor.NextElement()) rules.Add(ReadRule(ref cursor));
        return rules;
    }

    static SeccompRule ReadRule(ref SpecCursor cursor)
    {
        List<string>? names = null;
        SeccompAction? action = null;
        uint? errnoRet = null;
        List<SeccompArgument>? args = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("names"u8)) names = cursor.Strings();
            else if (cursor.Is("action"u8)) action = ReadAction(ref cursor);
            else if (cursor.Is("errnoRet"u8)) errnoRet = cursor.UInt32();
            else if (cursor.Is("args"u8)) args = ReadArguments(ref cursor);
            else cursor.SkipValue();
        }
        return new SeccompRule
        {
            Names = names ?? throw cursor.Missing("names", "the names of system calls"),
            Action = action ?? throw cursor.Missing("action", SeccompTable.Actions),
            ErrnoRet = errnoRet,
            Args = args ?? [],
        };
    }

    internal static List<SeccompArgument> ReadArguments(ref SpecCursor cursor)
    {
        var arguments = new List<SeccompArgument>();
        cursor.BeginArray();
        while (cursor.NextElement()) arguments.Add(ReadArgument(ref cursor));
        return arguments;
    }

    static SeccompArgument ReadArgument(ref SpecCursor cursor)
    {
        uint? index = null;
        ulong? value = null;
        ulong valueTwo = 0;
        SeccompOperator? op = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("index"u8)) index = (uint)cursor.Unsigned(5);
            else if (cursor.Is("value"u8)) value = cursor.Unsigned();
            else if (cursor.Is("valueTwo"u8)) valueTwo = cursor.Unsigned();
            else if (cursor.Is("op"u8))
                op = SeccompTable.TryGetOperator(cursor.Text(), out SeccompOperator known) ? known : throw cursor.Unexpected(SeccompTable.Operators);
            else cursor.SkipValue();
        }
        return new SeccompArgument(
            index ?? throw cursor.Missing("index", "an argument's number from 0 to 5"),
            value ?? throw cursor.Missing("value", "a number"),
            valueTwo,
            op ?? throw cursor.Missing("op", SeccompTable.Operators));
    }
}
