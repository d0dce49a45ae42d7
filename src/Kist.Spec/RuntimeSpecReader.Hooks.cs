namespace Kist.Spec;

// config.md#posix-platform-hooks.
public static partial class RuntimeSpecReader
{
    static Hooks ReadHooks(ref SpecCursor cursor)
    {
        List<Hook>? prestart = null, createRuntime = null, createContainer = null, startContainer = null, poststart = null, poststop = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("prestart"u8)) prestart = ReadHookList(ref cursor);
            else if (cursor.Is("createRuntime"u8)) createRuntime = ReadHookList(ref cursor);
            else if (cursor.Is("createContainer"u8)) createContainer = ReadHookList(ref cursor);
            else if (cursor.Is("startContainer"u8)) startContainer = ReadHookList(ref cursor);
            else if (cursor.Is("poststart"u8)) poststart = ReadHookList(ref cursor);
            else if (cursor.Is("poststop"u8)) poststop = ReadHookList(ref cursor);
            else cursor.SkipValue();
        }
        return new Hooks
        {
            Prestart = prestart ?? [],
            CreateRuntime = createRuntime ?? [],
            CreateContainer = createContainer ?? [],
            StartContainer = startContainer ?? [],
            Poststart = poststart ?? [],
            Poststop = poststop ?? [],
        };
    }

    static List<Hook> ReadHookList(ref SpecCursor cursor)
    {
        var hooks = new List<Hook>();
        cursor.BeginArray();
        while (cursor.NextElement()) hooks.Add(ReadHook(ref cursor));
        return hooks;
    }

    static Hook ReadHook(ref SpecCursor cursor)
    {
        string? path = null;
        List<string>? args = null, env = null;
        int? timeout = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("path"u8)) path = cursor.String();
            else if (cursor.Is("args"u8)) args = cursor.Strings();
            else if (cursor.Is("env"u8)) env = cursor.Strings();
            else if (cursor.Is("timeout"u8)) timeout = (int)cursor.Int(1, int.MaxValue);
            else cursor.SkipValue();
        }
        return new Hook
        {
            Path = path ?? throw cursor.Missing("path", "an absolute path"),
            Args = args ?? [],
            Env = env ?? [],
            Timeout = timeout,
        };
    }
}
