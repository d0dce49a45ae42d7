// kist-init: process 1 of a container until it becomes the user's program. It maps the plan and executes it step by
// step. It decides nothing; the first step that fails is reported in the plan as (step, part, errno) and ends it.
using System.Runtime;

namespace Kist.Init;

static unsafe class Init
{
    static void Main() { }   // csc wants one; the process starts at _start, which calls Run

    /// <summary>kist-init DESCRIPTOR SIZE: executes the plan in that descriptor. Returns only if a step failed.</summary>
    [RuntimeExport("kist_main")]
    static int Run(long argc, byte** argv)
    {
        if (argc != 3 || !ThePlan.Map(Bytes.Number(argv[1]), Bytes.Number(argv[2]))) return 126;
        PlanHeader* header = ThePlan.Header;
        PlanStep* steps = (PlanStep*)ThePlan.At(header->Steps);
        StepTrace* trace = header->Trace == 0 ? null : (StepTrace*)ThePlan.At(header->Trace);
        for (uint i = 0; i < header->StepCount; i++)
        {
            ref PlanStep step = ref steps[i];
            header->Current = i;
            header->FailedStage = Stage.Whole;
            if (trace != null) trace[i].Begin = Clock();
            long result = Execute(ref step);
            if (trace != null)
            {
                trace[i].End = Clock();
                trace[i].Errno = result < 0 ? (int)-result : 0;
            }
            if (result >= 0 || (step.Options & StepOptions.MayFail) != 0) continue;
            header->FailedStep = i;
            header->Errno = (int)-result;
            break;
        }
        return 127;
    }

    static long Execute(ref PlanStep step) => step.Kind switch
    {
        StepKind.Write => Files.Write(step),
        StepKind.WriteDescriptor => Files.WriteDescriptor(step),
        StepKind.Open => Files.Open(step),
        StepKind.Close => Files.Close(step),
        StepKind.Unshare => Kernel.Call(SystemCall.unshare, step.Flags),
        StepKind.JoinNamespace => Kernel.Call(SystemCall.setns, ThePlan.Slot(step.From), step.Flags),
        StepKind.LoopbackUp => Network.LoopbackUp(),
        StepKind.Hostname => Kernel.Call(SystemCall.sethostname, (long)ThePlan.At(step.Text), (long)step.Value),
        StepKind.Domainname => Kernel.Call(SystemCall.setdomainname, (long)ThePlan.At(step.Text), (long)step.Value),
        StepKind.Filesystem => Mounts.Filesystem(step),
        StepKind.Bind => Mounts.Bind(step),
        StepKind.Attach => Mounts.AttachSlot(step),
        StepKind.MountAttributes => Mounts.SetAttributes(step),
        StepKind.Mask => Mounts.Mask(step),
        StepKind.Directory => Files.Directory(step),
        StepKind.Node => Files.Node(step),
        StepKind.Symlink => Files.Symlink(step),
        StepKind.PivotRoot => Root.Pivot(step),
        StepKind.MoveRoot => Root.Move(step),
        StepKind.ChangeRoot => Root.Change(step),
        StepKind.Terminal => Terminal.Open(step),
        StepKind.Await => Channel.Await(step),
        StepKind.Notify => Channel.Notify(step),
        StepKind.Receive => Channel.Receive(step),
        StepKind.DieWithParent => Channel.DieWithParent(step),
        StepKind.Session => Kernel.Call(SystemCall.setsid),
        StepKind.Keyring => Credentials.JoinKeyring(step),
        StepKind.ResourceLimit => Credentials.ResourceLimit(step),
        StepKind.Umask => Kernel.Call(SystemCall.umask, step.Flags),
        StepKind.Groups => Kernel.Call(SystemCall.setgroups, step.Flags, (long)ThePlan.At(step.Data)),
        StepKind.GroupId => Kernel.Call(SystemCall.setresgid, step.Flags, step.Flags, step.Flags),
        StepKind.UserId => Kernel.Call(SystemCall.setresuid, step.Flags, step.Flags, step.Flags),
        StepKind.ProcessControl => Kernel.Call(SystemCall.prctl, step.Flags, (long)step.Value),
        StepKind.BoundingSet => Credentials.Bounding(step),
        StepKind.Capabilities => Credentials.Capabilities(step),
        StepKind.AmbientSet => Credentials.Ambient(step),
        StepKind.Personality => Kernel.Call(SystemCall.personality, (long)step.Value),
        StepKind.IoPriority => Kernel.Call(SystemCall.ioprio_set, 1, 0, step.Flags),
        StepKind.Scheduler => Kernel.Call(SystemCall.sched_setattr, 0, (long)ThePlan.At(step.Data)),
        StepKind.Seccomp => Credentials.Seccomp(step),
        StepKind.WorkingDirectory => Files.WorkingDirectory(step),
        StepKind.ResetSignals => Program.ResetSignals(),
        StepKind.CloseOnExecute => Kernel.Call(SystemCall.close_range, step.Flags, 0xffffffff, Constants.CLOSE_RANGE_CLOEXEC),
        StepKind.Supervise => Supervisor.Fork(step),
        StepKind.Execute => Program.Execute(step),
        _ => -Constants.ENOSYS,
    };

    static ulong Clock()
    {
        TimeSpecification now;
        Kernel.Call(SystemCall.clock_gettime, Constants.CLOCK_MONOTONIC, (long)&now);
        return (ulong)now.Seconds * 1_000_000_000 + (ulong)now.Nanoseconds;
    }

    struct TimeSpecification { public long Seconds, Nanoseconds; }
}
