using System.Diagnostics;
using Kist.Linux;
using Kist.Plan;
using Kist.Runtime.Cgroups;
using Kist.Runtime.Steps;

namespace Kist.Runtime.Launch;

/// <summary>
/// Executes the host's side of a plan, while kist-init executes the container's.
///
///     host                                      container
///     make cgroups, open files to hand on
///     clone3 ─────────────────────────────────► (user namespace: the stub waits)
///     write id maps, 'g' ─────────────────────► becomes root, executes kist-init
///     (idmapped layers) descriptors ──────────► receives, mounts
///     limits, filter, OOM score                 mounts, devices, root
///     ◄─────────────────────────────── 'r'      (terminal only)
///     'g' ────────────────────────────────────► identity, privileges, filter
///     ◄──────────────── the channel closes      execve, or a failure in the plan
/// </summary>
sealed unsafe class HostExecutor(LaunchPlan plan)
{
    readonly List<string> _cgroups = [];
    readonly List<int> _toClose = [];
    readonly List<StepTiming> _timings = [];
    PlanEncoder _encoder = null!;
    int _channel = -1, _childChannel = -1, _cgroup = -1, _pid = -1, _pidFd = -1, _terminal = -1, _scratch = -1;
    int _lastFile = -1;
    string? _lastFilePath;

    public RunningContainer Run()
    {
        Step? current = null;
        try
        {
            _encoder = new PlanEncoder(plan);
            foreach (Step step in plan.Steps)
            {
                if (step is not HostStep host) continue;
                current = step;
                ulong begin = plan.Request.Trace ? Now() : 0;
                Execute(host);
                if (plan.Request.Trace) _timings.Add(new(step, begin, Now(), Errno.None));
            }
            // The root's filesystem answers for the scratch that it lies on; a program that has ended already filled nothing.
            if (_scratch < 0 && plan.Request.Root is { DiskScratch: null, Parts: [{ Kind: RootPartKind.Overlay or RootPartKind.Empty }, ..] })
                _scratch = Kernel.OpenAt(Kernel.AT_FDCWD, $"/proc/{_pid}/root", OpenFlags.O_PATH);
            return new(plan, _pid, _pidFd, _terminal, _scratch, _cgroups, plan.Request.Trace ? Timings() : []);
        }
        catch
        {
            Abandon();
            throw;
        }
        finally
        {
            CloseLastFile();
            Kernel.Close(_channel);
            Kernel.Close(_childChannel);
            Kernel.Close(_cgroup);
            foreach (int descriptor in _toClose) Kernel.Close(descriptor);
            _encoder?.Dispose();
        }
    }

    static ulong Now() => (ulong)(Stopwatch.GetTimestamp() * (1_000_000_000 / Stopwatch.Frequency));

    /// <summary>A start that failed leaves nothing: no process, no cgroup, no descriptor.</summary>
    void Abandon()
    {
        if (_pidFd >= 0)
        {
            _ = Pidfd.SendSignal(_pidFd, Kernel.SIGKILL);
            _ = Pidfd.Wait(_pidFd, out _);
            Kernel.Close(_pidFd);
        }
        Kernel.Close(_terminal);
        Kernel.Close(_scratch);
        foreach (string cgroup in _cgroups) _ = CgroupDirectory.Remove(cgroup);
    }

    void Execute(HostStep step)
    {
        switch (step)
        {
            case MakeCgroups make: Make(make); break;
            case EnableControllers enable: Enable(enable); break;
            case WriteCgroup write: Write(write); break;
            case FilterDevices filter: Filter(filter); break;
            case NullStandardInput: ReplaceInput(step); break;
            case CloneContainer clone: Clone(clone); break;
            case WriteIdMaps maps: IdMapWriter.Write(maps, _pid, _channel); break;
            case PrepareRootView prepare: _scratch = RootViewMounts.Send(plan, prepare.View, _pid, _channel, step); break;
            case AdjustOomScore adjust: Check(step, Kernel.WriteFile(Kernel.AT_FDCWD, $"/proc/{_pid}/oom_score_adj", Text($"{adjust.Value}"))); break;
            case PrepareSeccompFilter prepare: _encoder.PutFilter(SeccompFilter.Get(prepare, plan.Request.FilterCache)); break;
            case FetchTerminal: Fetch(step); break;
            case LetGo: Release(step); break;
            case AwaitProgram: Await(); break;
            default: throw new InvalidOperationException($"no executor for {step.GetType().Name}");
        }
    }

    void Release(HostStep step)
    {
        long written = Kernel.Write(_channel, [(byte)ChannelByte.Go]);
        if (written == -(long)Errno.EPIPE) throw Failure();
        Check(step, written);
    }

    static byte[] Text(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    static void Check(Step step, long result)
    {
        if (result < 0) throw LaunchError.Of(step, (Errno)(int)-result);
    }

    void Make(MakeCgroups step)
    {
        foreach (string directory in step.Directories)
        {
            Errno error = CgroupDirectory.Make(directory);
            if (error == Errno.None) _cgroups.Add(directory);
            else if (error == Errno.ENOENT && step.Directories.Count > 1) continue;   // a hierarchy of v1 that is not mounted here
            else if (step.Optional && error is Errno.EACCES or Errno.EPERM or Errno.EROFS)
            {
                foreach (string made in _cgroups) _ = CgroupDirectory.Remove(made);
                _cgroups.Clear();
                return;
            }
            else throw LaunchError.OfCgroup(step, directory, error);
        }
    }

    static void Enable(EnableControllers step)
    {
        // From the top down to the container's parent: what is on above can be switched on below.
        string path = CgroupLayout.Root;
        string wanted = "+" + string.Join(" +", step.Controllers);
        foreach (Range part in step.Parent.AsSpan(CgroupLayout.Root.Length).Split('/'))
        {
            if (step.Parent.AsSpan(CgroupLayout.Root.Length)[part].IsEmpty && path != CgroupLayout.Root) continue;
            if (!step.Parent.AsSpan(CgroupLayout.Root.Length)[part].IsEmpty) path = $"{path}/{step.Parent.AsSpan(CgroupLayout.Root.Length)[part]}";
            int written = Kernel.WriteFile(Kernel.AT_FDCWD, path + "/cgroup.subtree_control", Text(wanted));
            // Above a delegated cgroup others decide; what counts is the last.
            if (written < 0 && path == step.Parent) throw LaunchError.OfControllers(step, path, (Errno)(-written));
        }
    }

    // Limits of one file follow one another (devices.allow): it is opened once.
    void Write(WriteCgroup step)
    {
        if (_cgroups.Count == 0) return;
        if (_pidFd >= 0 && IsTightMemory(step)) AwaitInit();
        if (_lastFilePath != step.File)
        {
            CloseLastFile();
            _lastFile = Kernel.OpenAt(Kernel.AT_FDCWD, step.File, OpenFlags.O_WRONLY);
            _lastFilePath = step.File;
            if (_lastFile == -(int)Errno.ENOENT && step.Optional) return;
        }
        if (_lastFile == -(int)Errno.ENOENT && step.Optional) return;
        long result = _lastFile < 0 ? _lastFile : Kernel.Write(_lastFile, Text(step.Value));
        if (result < 0) throw LaunchError.OfLimit(step, (Errno)(int)-result);
    }

    /// <summary>A limit that the child may be above already.</summary>
    static bool IsTightMemory(WriteCgroup step)
        => (step.File.EndsWith("/memory.max", StringComparison.Ordinal) || step.File.EndsWith("/memory.limit_in_bytes", StringComparison.Ordinal))
            && step.Value.Length <= 8 && step.Value != "max";

    /// <summary>
    /// Until it executes kist-init the child shares this process's memory, and the OOM killer ends all who do: it would take this
    /// process along.
    /// </summary>
    void AwaitInit()
    {
        string? own = Kernel.ReadLinkAt(Kernel.AT_FDCWD, "/proc/self/exe", out _);
        for (int round = 0; round < 1000; round++)
        {
            string? program = Kernel.ReadLinkAt(Kernel.AT_FDCWD, $"/proc/{_pid}/exe", out Errno error);
            // A user's child cannot be looked at before its execve.
            if (program is null ? error is not (Errno.EACCES or Errno.EPERM) : program != own) return;
            if (Poll.Wait([new(_pidFd, PollEvents.POLLIN)], 1) > 0) return;
        }
    }

    void CloseLastFile()
    {
        Kernel.Close(_lastFile);
        (_lastFile, _lastFilePath) = (-1, null);
    }

    void Filter(FilterDevices step)
    {
        if (_cgroup < 0) return;
        Errno error = DeviceFilter.Attach(_cgroup, step.Rules);
        if (error != Errno.None) throw LaunchError.Of(step, error);
    }

    static void ReplaceInput(HostStep step)
    {
        int file = Kernel.OpenAt(Kernel.AT_FDCWD, "/dev/null", OpenFlags.O_RDONLY);
        Check(step, file);
        // Where the caller had none, this is it already.
        if (file == 0)
        {
            _ = Kernel.Fcntl(file, Kernel.F_SETFD, 0);
            return;
        }
        Check(step, Kernel.Dup(file, 0));
        Kernel.Close(file);
    }

    void Clone(CloneContainer step)
    {
        Check(step, Kernel.SocketPair(out _channel, out _childChannel));
        Inherit(_childChannel);
        _encoder.Slots[Slot.Channel] = _childChannel;
        foreach (InheritedFile inherited in plan.Inherited) Inherit(inherited);
        if (step.Cgroup is { } cgroup && _cgroups.Count > 0)
        {
            _cgroup = Kernel.OpenAt(Kernel.AT_FDCWD, cgroup, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
            Check(step, _cgroup);
        }
        int image = SealedInit.Create();
        _toClose.Add(image);
        bool waits = (step.Namespaces & CloneFlag.CLONE_NEWUSER) != 0;
        int pidFd = -1;
        long pid = Kernel.Spawn(_encoder.Spawn(image, step.Namespaces, _cgroup, &pidFd, waits ? _childChannel : -1, _channel));
        if (pid < 0) throw LaunchError.OfClone(step, (Errno)(int)-pid);
        (_pid, _pidFd) = ((int)pid, pidFd);

        // Only the child holds its end from now on: when that closes, it has executed or ended.
        Kernel.Close(_childChannel);
        _childChannel = -1;
        _encoder.CloseDescriptor();
        foreach (int descriptor in _toClose) Kernel.Close(descriptor);
        _toClose.Clear();
    }

    void Inherit(InheritedFile inherited)
    {
        int file = inherited.Tree is { } clone ? Kernel.OpenTree(Kernel.AT_FDCWD, inherited.Path, clone: true, clone.Recursive)
            : Kernel.OpenAt(Kernel.AT_FDCWD, inherited.Path, inherited.Flags);
        if (file < 0 && inherited.Optional) return;
        if (file < 0) throw new KistException($"cannot open {inherited.Path}: {((Errno)(-file)).Describe()}{(file == -(int)Errno.ENOENT ? "; it does not exist on this machine" : "")}");
        _toClose.Add(file);
        // A clone of a shared mount is its peer: what the container mounts on it would appear on the host.
        if (inherited.Tree is not null && Kernel.SetMountAttributes(file, 0, true, 0, MountFlag.MS_SLAVE) is < 0 and int peer)
            throw new KistException($"cannot keep mounts on {inherited.Path} off the host: {((Errno)(-peer)).Describe()}");
        if (inherited.Tree is { } change && (change.Set | change.Clear | change.Propagation) != 0)
        {
            int set = Kernel.SetMountAttributes(file, change.Set, change.RecursiveAttributes, change.Clear, change.Propagation);
            if (set < 0) throw new KistException($"cannot set the mount attributes of {inherited.Path}: {((Errno)(-set)).Describe()}");
        }
        Inherit(file);
        _encoder.Slots[inherited.Slot] = file;
    }

    void Inherit(int descriptor)
    {
        // kist-init keeps these numbers open up to the program, which would have a file of the host's.
        if (descriptor < 3 + plan.Request.PreserveDescriptors)
            throw new KistException($"descriptor {descriptor} was to be the caller's, and is not open: open the standard descriptors and those that are preserved (3 to {2 + plan.Request.PreserveDescriptors}) first");
        _ = Kernel.Fcntl(descriptor, Kernel.F_SETFD, 0);
    }

    void Fetch(HostStep step)
    {
        byte message = 0;
        ForegroundSignals.WaitFor(_channel);
        if (Kernel.Read(_channel, new Span<byte>(ref message)) != 1 || message != (byte)ChannelByte.Ready) throw Failure();
        _terminal = Pidfd.GetDescriptor(_pidFd, _encoder.Slots[Slot.TerminalMaster]);
        Check(step, _terminal);
    }

    void Await()
    {
        byte message = 0;
        ForegroundSignals.WaitFor(_channel);
        if (Kernel.Read(_channel, new Span<byte>(ref message)) > 0) throw new KistException("kist-init sent what nobody asked for; this is a defect in Kist");
        PlanHeader* header = _encoder.Header;
        if (header->Errno != 0 || header->Current + 1 < header->StepCount) throw Failure();
    }

    /// <summary>What kist-init left in the plan, in words.</summary>
    KistException Failure()
    {
        _ = Pidfd.Wait(_pidFd, out ProcessEnd end);
        Kernel.Close(_pidFd);
        _pidFd = -1;
        return LaunchError.OfContainer(plan, _encoder, end.ExitCode);
    }

    List<StepTiming> Timings()
    {
        List<StepTiming> timings = new(plan.Steps.Count);
        int host = 0, container = 0;
        foreach (Step step in plan.Steps)
        {
            if (step.Side == Side.Host) timings.Add(_timings[host++]);
            else
            {
                StepTrace trace = _encoder.Trace[container++];
                timings.Add(new(step, trace.Begin, trace.End, (Errno)trace.Errno));
            }
        }
        return timings;
    }
}
