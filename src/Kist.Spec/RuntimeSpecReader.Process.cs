namespace Kist.Spec;

// config.md#process.
public static partial class RuntimeSpecReader
{
    static Process ReadProcess(ref SpecCursor cursor, ICollection<string> warnings)
    {
        bool terminal = false, noNewPrivileges = false;
        ConsoleSize? consoleSize = null;
        User? user = null;
        List<string>? args = null, env = null;
        string? cwd = null, apparmorProfile = null, selinuxLabel = null;
        Capabilities? capabilities = null;
        List<Rlimit>? rlimits = null;
        int? oomScoreAdj = null;
        Scheduler? scheduler = null;
        IoPriority? ioPriority = null;
        ExecCpuAffinity? affinity = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("terminal"u8)) terminal = cursor.Bool();
            else if (cursor.Is("consoleSize"u8)) consoleSize = ReadConsoleSize(ref cursor);
            else if (cursor.Is("user"u8)) user = ReadUser(ref cursor);
            else if (cursor.Is("args"u8)) args = cursor.Strings();
            else if (cursor.Is("env"u8)) env = cursor.Strings();
            else if (cursor.Is("cwd"u8)) cwd = cursor.String();
            else if (cursor.Is("capabilities"u8)) capabilities = ReadCapabilities(ref cursor, warnings);
            else if (cursor.Is("rlimits"u8)) rlimits = ReadRlimits(ref cursor);
            else if (cursor.Is("noNewPrivileges"u8)) noNewPrivileges = cursor.Bool();
            else if (cursor.Is("oomScoreAdj"u8)) oomScoreAdj = (int)cursor.Int(-1000, 1000);
            else if (cursor.Is("apparmorProfile"u8)) apparmorProfile = cursor.String();
            else if (cursor.Is("selinuxLabel"u8)) selinuxLabel = cursor.String();
            else if (cursor.Is("scheduler"u8)) scheduler = ReadScheduler(ref cursor);
            else if (cursor.Is("ioPriority"u8)) ioPriority = ReadIoPriority(ref cursor);
            else if (cursor.Is("execCPUAffinity"u8)) affinity = ReadAffinity(ref cursor);
            else cursor.SkipValue();
        }
        return new Process
        {
            Terminal = terminal,
            ConsoleSize = consoleSize,
            User = user ?? new User(),
            Args = args ?? [],
            Env = env ?? [],
            Cwd = cwd ?? throw cursor.Missing("cwd", "an absolute path"),
            Capabilities = capabilities,
            Rlimits = rlimits ?? [],
            NoNewPrivileges = noNewPrivileges,
            OomScoreAdj = oomScoreAdj,
            ApparmorProfile = NullIfEmpty(apparmorProfile),
            SelinuxLabel = NullIfEmpty(selinuxLabel),
            Scheduler = scheduler,
            IoPriority = ioPriority,
            ExecCpuAffinity = affinity,
        };
    }

    static ConsoleSize ReadConsoleSize(ref SpecCursor cursor)
    {
        uint height = 0, width = 0;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("height"u8)) height = cursor.UInt32();
            else if (cursor.Is("width"u8)) width = cursor.UInt32();
            else cursor.SkipValue();
        }
        return new ConsoleSize(height, width);
    }

    static User ReadUser(ref SpecCursor cursor)
    {
        uint uid = 0, gid = 0;
        uint? umask = null;
        List<uint>? groups = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("uid"u8)) uid = cursor.UInt32();
            else if (cursor.Is("gid"u8)) gid = cursor.UInt32();
            else if (cursor.Is("umask"u8)) umask = (uint)cursor.Unsigned(0x1ff);
            else if (cursor.Is("additionalGids"u8))
            {
                groups = [];
                cursor.BeginArray();
                while (cursor.NextElement()) groups.Add(cursor.UInt32());
            }
            else cursor.SkipValue();
        }
        return new User { Uid = uid, Gid = gid, Umask = umask, AdditionalGids = groups ?? [] };
    }

    static Capabilities ReadCapabilities(ref SpecCursor cursor, ICollection<string> warnings)
    {
        ulong bounding = 0, effective = 0, inheritable = 0, permitted = 0, ambient = 0;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("bounding"u8)) bounding = ReadCapabilitySet(ref cursor, warnings);
            else if (cursor.Is("effective"u8)) effective = ReadCapabilitySet(ref cursor, warnings);
            else if (cursor.Is("inheritable"u8)) inheritable = ReadCapabilitySet(ref cursor, warnings);
            else if (cursor.Is("permitted"u8)) permitted = ReadCapabilitySet(ref cursor, warnings);
            else if (cursor.Is("ambient"u8)) ambient = ReadCapabilitySet(ref cursor, warnings);
            else cursor.SkipValue();
        }
        return new Capabilities(bounding, effective, inheritable, permitted, ambient);
    }

    static ulong ReadCapabilitySet(ref SpecCursor cursor, ICollection<string> warnings)
    {
        ulong set = 0;
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            if (CapabilityTable.TryGetExact(cursor.Text(), out int capability))
            {
                set |= 1UL << capability;
                continue;
            }
            // More warnings than there are capabilities help nobody, and looking through them for each name would take minutes.
            if (warnings.Count > CapabilityTable.Count) continue;
            string warning = $"/process/capabilities: {SpecException.Quote(cursor.String())} is not a capability that is known here: dropped";
            if (!warnings.Contains(warning)) warnings.Add(warning);
        }
        return set;
    }

    static List<Rlimit> ReadRlimits(ref SpecCursor cursor)
    {
        var rlimits = new List<Rlimit>();
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            long start = cursor.Position;
            Rlimit rlimit = ReadRlimit(ref cursor);
            foreach (Rlimit other in rlimits)
            {
                if (other.Type == rlimit.Type)
                    throw SpecException.Unexpected(cursor.PathAt(start) + "/type", $"{rlimit.Type} a second time", "each limit once");
            }
            rlimits.Add(rlimit);
        }
        return rlimits;
    }

    static Rlimit ReadRlimit(ref SpecCursor cursor)
    {
        string? type = null;
        ulong? soft = null, hard = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("type"u8))
                type = RlimitTable.TryGetExact(cursor.Text(), out int number) ? RlimitTable.Name(number) : throw cursor.Unexpected(RlimitTable.Allowed);
            else if (cursor.Is("soft"u8)) soft = cursor.Unsigned();
            else if (cursor.Is("hard"u8)) hard = cursor.Unsigned();
            else cursor.SkipValue();
        }
        return new Rlimit(
            type ?? throw cursor.Missing("type", RlimitTable.Allowed),
            soft ?? throw cursor.Missing("soft", "the limit"),
            hard ?? throw cursor.Missing("hard", "the limit's ceiling"));
    }

    static Scheduler ReadScheduler(ref SpecCursor cursor)
    {
        string? policy = null;
        int nice = 0, priority = 0;
        List<string>? flags = null;
        ulong runtime = 0, deadline = 0, period = 0;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("policy"u8)) policy = cursor.String();
            else if (cursor.Is("nice"u8)) nice = cursor.Int32();
            else if (cursor.Is("priority"u8)) priority = cursor.Int32();
            else if (cursor.Is("flags"u8)) flags = cursor.Strings();
            else if (cursor.Is("runtime"u8)) runtime = cursor.Unsigned();
            else if (cursor.Is("deadline"u8)) deadline = cursor.Unsigned();
            else if (cursor.Is("period"u8)) period = cursor.Unsigned();
            else cursor.SkipValue();
        }
        return new Scheduler
        {
            Policy = policy ?? throw cursor.Missing("policy", "a scheduling policy (SCHED_…)"),
            Nice = nice,
            Priority = priority,
            Flags = flags ?? [],
            Runtime = runtime,
            Deadline = deadline,
            Period = period,
        };
    }

    static IoPriority ReadIoPriority(ref SpecCursor cursor)
    {
        string? name = null;
        int priority = 0;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("class"u8)) name = cursor.String();
            else if (cursor.Is("priority"u8)) priority = cursor.Int32();
            else cursor.SkipValue();
        }
        return new IoPriority(name ?? throw cursor.Missing("class", "an I/O scheduling class (IOPRIO_CLASS_…)"), priority);
    }

    static ExecCpuAffinity ReadAffinity(ref SpecCursor cursor)
    {
        string? initial = null, final = null;
        cursor.BeginObject();
        while (cursor.NextProperty())
        {
            if (cursor.Is("initial"u8)) initial = cursor.String();
            else if (cursor.Is("final"u8)) final = cursor.String();
            else cursor.SkipValue();
        }
        return new ExecCpuAffinity(NullIfEmpty(initial), NullIfEmpty(final));
    }
}
