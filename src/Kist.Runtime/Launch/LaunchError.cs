using System.Text;
using Kist.Linux;
using Kist.Plan;
using Kist.Runtime.Steps;

namespace Kist.Runtime.Launch;

/// <summary>Failures of a launch in words: what failed, on what, asked for by which field, why, and what to do.</summary>
static unsafe class LaunchError
{
    public static KistException Of(Step step, Errno errno, string? on = null)
        => new($"cannot {step.Operation}{(on is null ? "" : $" ({on})")}: {errno.Describe()}{Source(step)}");

    static string Source(Step step) => step.Field == "" ? "" : $" [{step.Field}]";

    public static KistException OfCgroup(MakeCgroups step, string directory, Errno errno) => errno switch
    {
        Errno.EACCES or Errno.EPERM or Errno.EROFS => new($"cannot make the cgroup {directory}: {errno.Describe()}; limits need a cgroup that this user may write to. "
            + "Run as root, or in a delegated scope: systemd-run --user --scope -p Delegate=yes kist run ..."),
        Errno.EEXIST => new($"cannot use the cgroup {directory}: it exists and has processes in it; another container may have it"),
        Errno.ENOENT => new($"cannot make the cgroup {directory}: no control group hierarchy is mounted there"),
        _ => new($"cannot make the cgroup {directory}: {errno.Describe()}"),
    };

    public static KistException OfControllers(EnableControllers step, string path, Errno errno) => new(
        $"cannot switch on {string.Join(", ", step.Controllers)} in {path}/cgroup.subtree_control: {errno.Describe()}{Source(step)}; "
        + (errno == Errno.EBUSY ? "that cgroup has processes of its own, and so may not pass controllers on"
            : "the limit cannot be enforced here: the controller is not delegated to this cgroup. Run as root, or in a delegated scope: systemd-run --user --scope -p Delegate=yes kist run ..."));

    public static KistException OfLimit(WriteCgroup step, Errno errno) => new(
        $"cannot enforce {(step.Field == "" ? step.File : step.Field)}: writing \"{step.Value}\" to {step.File}: {errno.Describe()}"
        + errno switch
        {
            Errno.EINVAL or Errno.ERANGE => "; the kernel takes no such value there",
            Errno.ENOENT => "; this kernel, or this cgroup, has no such limit",
            Errno.EACCES or Errno.EPERM => "; this user may not set it",
            Errno.EBUSY => "; the memory in use is above it already",
            _ => "",
        });

    public static KistException OfClone(CloneContainer step, Errno errno)
    {
        bool user = (step.Namespaces & CloneFlag.CLONE_NEWUSER) != 0;
        string why = errno switch
        {
            Errno.EPERM when !user => "making namespaces needs CAP_SYS_ADMIN; run as root, or with a user namespace",
            Errno.EPERM or Errno.EACCES or Errno.ENOSPC or Errno.EUSERS when user => UserNamespaces.WhyForbidden(errno),
            Errno.EINVAL => "this kernel lacks one of these namespaces",
            Errno.EAGAIN => "the limit of processes is reached (RLIMIT_NPROC, pids.max)",
            Errno.ENOSPC => "a limit of namespaces is reached (/proc/sys/user/max_*_namespaces)",
            Errno.EBUSY or Errno.EOPNOTSUPP => "the cgroup takes no processes: it has children with controllers, or is of type domain invalid",
            _ => "",
        };
        return new($"cannot {step.Operation}: {errno.Describe()}{(why == "" ? "" : "; " + why)}");
    }

    /// <summary>What kist-init reported, or that it ended without a word.</summary>
    public static KistException OfContainer(LaunchPlan plan, PlanEncoder encoder, int status)
    {
        PlanHeader* header = encoder.Header;
        if (header->Errno == 0)
        {
            string at = encoder.Steps[(int)header->Current].Operation;
            if (status == 128 + Kernel.SIGKILL && plan.Request.Spec.Linux.Resources.Memory?.Limit is { } limit and >= 0)
                return new($"/linux/resources/memory/limit: {limit} bytes are too few: the container was killed while it was set up, at \"{at}\"");
            return new(status > 128
                ? $"the container was killed by signal {status - 128} while it was set up, at \"{at}\""
                : $"kist-init ended with status {status} at \"{at}\"");
        }
        ContainerStep step = encoder.Steps[(int)header->FailedStep];
        Errno errno = (Errno)header->Errno;
        if (step is ExecuteProgram execute) return OfProgram(plan, execute, errno, (int)header->Candidate);
        string message = Encoding.UTF8.GetString(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(header->Message)).Trim();
        string said = message == "" ? "" : $"; the kernel says: {message.Replace("\n", "; ")}";
        return new($"cannot {step.Operation}: {What(header->FailedStage)}{errno.Describe()}{Source(step)}{said}{Advice(plan, step, header->FailedStage, errno)}");
    }

    static string What(Stage stage) => stage switch
    {
        Stage.OpenFilesystem => "this kernel has no such filesystem: ",
        Stage.Configure => "an option is refused: ",
        Stage.Source => "the source: ",
        Stage.Target => "the mount point: ",
        Stage.MakeTarget => "the mount point cannot be made: ",
        Stage.Attach => "attaching it: ",
        Stage.Check => "it lies outside the container's root: ",
        _ => "",
    };

    static string Advice(LaunchPlan plan, ContainerStep step, Stage stage, Errno errno) => (step, stage, errno) switch
    {
        (BindMount bind, Stage.Source, Errno.ENOENT) => $"; {bind.Source} does not exist on this machine",
        (BindMount or MountFilesystem, Stage.MakeTarget, Errno.EROFS) => "; the root filesystem is read-only and has no such directory: make it there",
        (BindMount or MountFilesystem or AttachMount, Stage.Attach, Errno.EINVAL or Errno.ENOTDIR) => "; a directory can be mounted on a directory, a file on a file",
        (BindMount or MountFilesystem or AttachMount, Stage.Target, Errno.EPERM) => "; it leads into /proc, where a mount could take the place of what Kist writes to (CVE-2019-16884)",
        (WriteFile, Stage.Target, Errno.EXDEV or Errno.ELOOP) => "; something else is mounted there, or a link leads away (CVE-2025-52881)",
        (BindMount or MountFilesystem or AttachMount, Stage.Target, Errno.ELOOP) => "; a symbolic link stands there, and would lead the mount elsewhere (CVE-2019-19921)",
        (SimpleCall { SystemCall: "chdir" }, Stage.Whole, Errno.ENOENT) => $"; {plan.Request.Spec.Process!.Cwd} is not in the container: make it, or choose another working directory (-w)",
        (SimpleCall { SystemCall: "chdir" }, _, Errno.ENOTDIR) => "; it is not a directory",
        (SimpleCall { SystemCall: "prlimit" }, _, Errno.EPERM) => "; a limit cannot be raised above the caller's hard limit without CAP_SYS_RESOURCE",
        (EnterRoot, _, Errno.EINVAL) => "; on an initramfs pivot_root cannot work: use --no-pivot",
        (WriteFile, _, Errno.ENOENT) => "; this kernel has no such parameter",
        (_, _, Errno.ENOSPC) => "; the disk, or the container's scratch, is full",
        _ => "",
    };

    static KistException OfProgram(LaunchPlan plan, ExecuteProgram step, Errno errno, int candidate)
    {
        Spec.RuntimeSpec spec = plan.Request.Spec;
        (string path, string name) = plan.Request.Root is { Parts: [{ Source: var source }, ..] } ? (source == "" ? "/" : source, source is "" or "/" ? "this machine" : source)
            : spec.Root!.Path.StartsWith('/') ? (spec.Root.Path, spec.Root.Path) : ($"{plan.Request.Bundle}/{spec.Root.Path}", spec.Root.Path);
        // The candidate that the errno belongs to comes first; with several of them the errno of the last says nothing of the others.
        IReadOnlyList<string> candidates = errno == Errno.ENOENT || candidate >= step.Candidates.Count ? step.Candidates : [step.Candidates[candidate]];
        if (RootDirectory.Open(path, out RootDirectory root) != Errno.None)
            return new($"cannot run \"{step.Arguments[0]}\": {errno.Describe()}", errno == Errno.ENOENT ? 127 : 126);
        using (root)
        {
            (string message, int exitCode) = ExecDiagnosis.Explain(root, name, candidates, step.Arguments[0], errno, spec.Process!.User.Uid, spec.Process.User.Gid);
            return new(message, exitCode);
        }
    }
}
