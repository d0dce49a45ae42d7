using System.Text;
using Kist.Linux;
using Kist.Plan;
using Kist.Runtime.Steps;

namespace Kist.Runtime.Launch;

/// <summary>
/// Lays out a plan in a memfd that kist-init inherits and maps. Sizes are checked: a plan that does not fit is an error before
/// anything runs (CVE-2021-43784).
/// </summary>
sealed unsafe class PlanEncoder : IDisposable
{
    const int FilterLimit = 4096 * 8;   // BPF_MAXINSNS instructions
    const uint MFD_NOEXEC_SEAL = 8;

    readonly byte* _memory;
    readonly int _size;
    int _end;
    PlanStep* _filterStep;

    /// <summary>Encodes the container's side of a plan.</summary>
    public PlanEncoder(LaunchPlan plan)
    {
        List<ContainerStep> steps = new(plan.Steps.Count);
        foreach (Step step in plan.Steps) if (step is ContainerStep inside) steps.Add(inside);
        Steps = steps;
        _size = Size(plan, steps);
        Descriptor = Kernel.MemfdCreate("kist-plan\0"u8, MFD_NOEXEC_SEAL);
        if (Descriptor == -(int)Errno.EINVAL) Descriptor = Kernel.MemfdCreate("kist-plan\0"u8, 0);   // before Linux 6.3
        Check(Descriptor, "make the memory of the launch plan");
        Check(Kernel.Ftruncate(Descriptor, _size), "size the memory of the launch plan");
        long memory = Kernel.MapShared(Descriptor, _size);
        Check(memory, "map the memory of the launch plan");
        _memory = (byte*)memory;

        PlanHeader* header = Header;
        header->Version = PlanHeader.CurrentVersion;
        header->StepCount = (uint)steps.Count;
        header->Slots = (uint)Reserve(plan.SlotCount * sizeof(int), sizeof(int));
        header->SlotCount = (uint)plan.SlotCount;
        Slots = (int*)(_memory + header->Slots);
        new Span<int>(Slots, plan.SlotCount).Fill(-1);
        Slots[Slot.WorkingDirectory] = Kernel.AT_FDCWD;
        header->Steps = (uint)Reserve(steps.Count * sizeof(PlanStep), 8);
        if (plan.Request.Trace) header->Trace = (uint)Reserve(steps.Count * sizeof(StepTrace), 8);
        PlanStep* at = (PlanStep*)(_memory + header->Steps);
        try
        {
            foreach (ContainerStep step in steps) step.Encode(this, ref *at++);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<ContainerStep> Steps { get; }
    public int Descriptor { get; private set; }
    public int* Slots { get; }
    public PlanHeader* Header => (PlanHeader*)_memory;
    public StepTrace* Trace => Header->Trace == 0 ? null : (StepTrace*)(_memory + Header->Trace);

    // Strings are at most three bytes a character; what is not used costs nothing, as a memfd is sparse.
    static int Size(LaunchPlan plan, List<ContainerStep> steps)
    {
        long strings = 0;
        foreach (ContainerStep step in steps)
            if (step is ExecuteProgram execute)
                foreach (string candidate in execute.Candidates) strings += 3L * candidate.Length + 16;
        foreach (string text in plan.Request.Spec.Process!.Args) strings += 3L * text.Length + 16;
        foreach (string text in plan.Request.Spec.Process.Env) strings += 3L * text.Length + 16;
        long size = sizeof(PlanHeader) + plan.SlotCount * 4L + steps.Count * (sizeof(PlanStep) + sizeof(StepTrace) + 3L * 4096) + strings + FilterLimit + 65536;
        if (size > 64 << 20) throw new KistException("/process: its arguments and environment are larger than Linux takes (E2BIG); pass them in a file");
        return (int)size;
    }

    static void Check(long result, string what)
    {
        if (result < 0) throw new KistException($"cannot {what}: {((Errno)(int)-result).Describe()}");
    }

    int Reserve(int size, int alignment)
    {
        if (_end == 0) _end = sizeof(PlanHeader);
        int at = _end + alignment - 1 & -alignment;
        if ((long)at + size > _size) throw new KistException("the launch plan does not fit its memory; this is a defect in Kist");
        _end = at + size;
        return at;
    }

    /// <summary>A string; an empty one is offset 0.</summary>
    public uint Put(string text) => text.Length == 0 ? 0 : PutAlways(text, out _);

    public uint Put(string text, out int length)
    {
        if (text.Length > 0) return PutAlways(text, out length);
        length = 0;
        return 0;
    }

    public uint PutPath(string path) => Put(path);

    public void PutPlace(ref PlanStep step, Place place)
    {
        step.Into = place.Slot;
        step.Path = Put(place.Path);
    }

    uint PutAlways(string text, out int length)
    {
        length = Encoding.UTF8.GetByteCount(text);
        int at = Reserve(length + 1, 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(_memory + at, length));
        if (new ReadOnlySpan<byte>(_memory + at, length).Contains((byte)0)) throw new KistException($"\"{text.Replace("\0", "\\0")}\" contains a zero byte, which no path, argument or variable can");
        return (uint)at;
    }

    public uint Put(IReadOnlyList<(string Key, string? Value)> data)
    {
        if (data.Count == 0) return 0;
        uint first = 0;
        foreach ((string key, string? value) in data)
        {
            uint at = PutAlways(key, out _);
            if (first == 0) first = at;
            PutAlways(value ?? "", out _);
        }
        Reserve(1, 1);
        return first;
    }

    public uint PutStrings(IReadOnlyList<string> strings)
    {
        int at = Reserve((strings.Count + 1) * sizeof(ulong), sizeof(ulong));
        for (int i = 0; i < strings.Count; i++) ((ulong*)(_memory + at))[i] = PutAlways(strings[i], out _);
        return (uint)at;
    }

    public uint PutNumbers(IReadOnlyList<uint> numbers)
    {
        int at = Reserve(numbers.Count * sizeof(uint) + 1, sizeof(uint));
        for (int i = 0; i < numbers.Count; i++) ((uint*)(_memory + at))[i] = numbers[i];
        return (uint)at;
    }

    public uint PutMasks(ReadOnlySpan<ulong> masks)
    {
        int at = Reserve(masks.Length * sizeof(ulong), sizeof(ulong));
        masks.CopyTo(new Span<ulong>(_memory + at, masks.Length));
        return (uint)at;
    }

    /// <summary>Room for a filter that comes while the child is at work already.</summary>
    public void ReserveFilter(ref PlanStep step)
    {
        step.Data = (uint)Reserve(FilterLimit, 8);
        fixed (PlanStep* at = &step) _filterStep = at;
    }

    public void PutFilter(ReadOnlySpan<byte> filter)
    {
        if (filter.Length is 0 or > FilterLimit) throw new KistException($"/linux/seccomp: the filter has {filter.Length / 8} instructions; Linux takes 1 to 4096");
        filter.CopyTo(new Span<byte>(_memory + _filterStep->Data, FilterLimit));
        _filterStep->Value = (ulong)(filter.Length / 8);
    }

    /// <summary>The stub's arguments, in memory that outlives the child's execve.</summary>
    public SpawnArguments* Spawn(int image, ulong flags, int cgroup, int* pidfd, int gate, int otherEnd)
    {
        SpawnArguments* spawn = (SpawnArguments*)(_memory + Reserve(sizeof(SpawnArguments) + sizeof(CloneArguments) + 4 * sizeof(nint), 8));
        CloneArguments* clone = (CloneArguments*)(spawn + 1);
        byte** argv = (byte**)(clone + 1);
        argv[0] = _memory + PutAlways("kist-init", out _);
        argv[1] = _memory + PutAlways(Descriptor.ToString(), out _);
        argv[2] = _memory + PutAlways(_size.ToString(), out _);
        clone->Flags = flags | CloneFlag.CLONE_VM | CloneFlag.CLONE_CLEAR_SIGHAND | CloneFlag.CLONE_PIDFD;
        clone->PidFd = (ulong)pidfd;
        clone->ExitSignal = Kernel.SIGCHLD;
        if (cgroup >= 0)
        {
            clone->Flags |= CloneFlag.CLONE_INTO_CGROUP;
            clone->Cgroup = (ulong)cgroup;
        }
        *spawn = new() { Clone = clone, CloneSize = sizeof(CloneArguments), Image = image, Argv = argv, Envp = argv + 3, Gate = gate, OtherEnd = otherEnd };
        return spawn;
    }

    /// <summary>The child has its own descriptor by now; the mapping stays.</summary>
    public void CloseDescriptor()
    {
        Kernel.Close(Descriptor);
        Descriptor = -1;
    }

    public void Dispose()
    {
        CloseDescriptor();
        Kernel.Unmap((nint)_memory, _size);
    }
}
