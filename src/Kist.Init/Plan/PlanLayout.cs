// The launch plan as it lies in memory that both sides share. Compiled into kist-init and into the runtime that writes it.
// Offsets count from the start of the plan; 0 is "none". Strings are bytes that end in a zero byte.
using System.Runtime.InteropServices;

namespace Kist.Plan;

[StructLayout(LayoutKind.Sequential)]
struct PlanStep
{
    public StepKind Kind;
    public StepOptions Options;
    public uint Flags;
    /// <summary>Slots: where [Path] starts (Into), where [Text] starts (From), what this step leaves (Keep), and one more.</summary>
    public ushort Into, From, Keep, Extra;
    public uint Path, Text, Data, Reserved;
    public ulong Value, Other;
}

/// <summary>What a traced step took and returned.</summary>
[StructLayout(LayoutKind.Sequential)]
struct StepTrace
{
    /// <summary>CLOCK_MONOTONIC, in nanoseconds; an end of 0 is a step that did not finish.</summary>
    public ulong Begin, End;
    public int Errno;
    public int Reserved;
}

/// <summary>The part of a step that failed.</summary>
enum Stage : uint
{
    Whole, OpenFilesystem, Configure, Create, Mount, Source, Target, MakeTarget, Attributes, Attach, Master, Peer, Attachment, Check,
}

[StructLayout(LayoutKind.Sequential)]
unsafe struct PlanHeader
{
    public const uint CurrentVersion = 1;
    public const int MessageSize = 192;

    /// <summary>Zero, so that offset 0 is an empty string and "none" at once.</summary>
    public uint Nothing;
    public uint Version, StepCount, Steps;
    /// <summary>Where the array of <see cref="StepTrace"/> lies; 0 when nobody asked.</summary>
    public uint Trace;
    public uint Slots, SlotCount;
    /// <summary>The result: the step that failed, its part and errno, which stays 0 if none did.</summary>
    public uint FailedStep;
    public int Errno;
    public Stage FailedStage;
    /// <summary>1 once the supervisor of --init has closed what it held: before that the program must not see it.</summary>
    public uint Supervised;
    /// <summary>The step that kist-init is at: tells an end by a signal from an execve that worked.</summary>
    public uint Current;
    /// <summary>With <see cref="StepKind.Execute"/>: the candidate that the errno belongs to.</summary>
    public uint Candidate;
    /// <summary>What the kernel said about a mount that failed (fsopen(2)'s message), ended by a zero byte.</summary>
    public fixed byte Message[MessageSize];
}

/// <summary>Slots with a fixed meaning. 0 is the working directory.</summary>
static class Slot
{
    public const ushort WorkingDirectory = 0, Channel = 1, Root = 2, Proc = 3, Dev = 4, Sys = 5, Null = 6, Empty = 7, Scratch = 8,
        Pts = 9, TerminalMaster = 10, TerminalPeer = 11, FirstFree = 12;
}

/// <summary>The bytes that go over the channel between the two sides.</summary>
static class ChannelByte
{
    public const uint Ready = 'r', Go = 'g', Descriptors = 'd';
}
