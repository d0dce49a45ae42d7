using Kist.Linux;
using Kist.Runtime.Steps;

namespace Kist.Runtime.Launch;

/// <summary>What a step took: begin and end in nanoseconds of CLOCK_MONOTONIC; an end of 0 is a step that was not reached or did not return.</summary>
public readonly record struct StepTiming(Step Step, ulong Begin, ulong End, Errno Errno);
