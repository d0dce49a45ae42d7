using System.Text;
using Kist.Spec;

namespace Kist.Tests.Unit.Spec;

public sealed class SpecValidatorTests
{
    static string Problem(string json)
    {
        try
        {
            SpecValidator.Validate(RuntimeSpecReader.Read(Encoding.UTF8.GetBytes(json), []));
            return "valid";
        }
        catch (SpecException error)
        {
            return error.Message;
        }
    }

    [Test]
    public async Task A_document_with_every_property_is_valid()
    {
        await Assert.That(Problem(FullSpec.Json)).IsEqualTo("valid");
    }

    [Test]
    [Arguments("\"root\":", "\"toor\":", "/root is missing, expected the root filesystem")]
    [Arguments("\"path\": \"rootfs\"", "\"path\": \"\"", "/root/path: found \"\", expected the root filesystem's directory")]
    [Arguments("[\"sh\", \"-c\", \"echo \\\"é <&>\\\"\"]", "[]", "/process/args is missing, expected the program to run and its arguments")]
    [Arguments("[\"sh\", \"-c\", \"echo \\\"é <&>\\\"\"]", "[\"\"]", "/process/args/0: found \"\", expected a program's name or path")]
    [Arguments("\"cwd\": \"/root\"", "\"cwd\": \"root\"", "/process/cwd: found \"root\", expected an absolute path")]
    [Arguments("\"EMPTY=\"", "\"EMPTY\"", "/process/env/1: found \"EMPTY\", expected NAME=value")]
    [Arguments("\"EMPTY=\"", "\"=x\"", "/process/env/1: found \"=x\", expected NAME=value")]
    [Arguments("{\"height\": 25", "{\"height\": 65536", "/process/consoleSize/height: found 65536, expected an integer from 0 to 65535")]
    [Arguments("{\"uid\": 1,", "{\"uid\": 40000,", "/process/user/uid: found 40000, expected an id that /linux/uidMappings maps")]
    [Arguments("\"gid\": 2,", "\"gid\": 40000,", "/process/user/gid: found 40000, expected an id that /linux/gidMappings maps")]
    [Arguments("[5, 6]", "[5, 60000]", "/process/user/additionalGids/1: found 60000, expected an id that /linux/gidMappings maps")]
    [Arguments("\"umask\": 63", "\"umask\": 512", "/process/user/umask: found 512, expected an integer from 0 to 511")]
    [Arguments("\"hard\": 3, \"soft\": 2", "\"hard\": 3, \"soft\": 4", "/process/rlimits/1/soft: found 4, expected at most the hard limit, 3")]
    [Arguments("\"oomScoreAdj\": -17", "\"oomScoreAdj\": -1001", "/process/oomScoreAdj: found -1001, expected an integer from -1000 to 1000")]
    [Arguments("\"priority\": 4}", "\"priority\": 8}", "/process/ioPriority/priority: found 8, expected an integer from 0 to 7")]
    [Arguments("IOPRIO_CLASS_IDLE", "IDLE", "/process/ioPriority/class: found \"IDLE\", expected one of IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE")]
    [Arguments("\"runtime\": 1, \"deadline\": 2", "\"runtime\": 3, \"deadline\": 2", "/process/scheduler/deadline: found 2, expected at least the runtime, 3")]
    [Arguments("\"SCHED_DEADLINE\"", "\"SCHED_FIFO\"", "/process/scheduler/priority: found 0, expected an integer from 1 to 99")]
    [Arguments("\"SCHED_DEADLINE\"", "\"FIFO\"", "/process/scheduler/policy: found \"FIFO\", expected one of SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_ISO, SCHED_IDLE, SCHED_DEADLINE")]
    [Arguments("\"0-3,7\"", "\"3-0\"", "/process/execCPUAffinity/final: found \"3-0\", expected a list of numbers and ranges such as 0-3,7")]
    [Arguments("\"destination\": \"/proc\"", "\"destination\": \"\"", "/mounts/0/destination: found \"\", expected a path in the container")]
    [Arguments("\"type\": \"proc\", ", "", "/mounts/0/type is missing, expected a filesystem's type, or one of bind, rbind in /options")]
    [Arguments("\"source\": \"/volumes/testing\", ", "", "/mounts/1/source is missing, expected what to bind")]
    [Arguments("\"hostID\": 1000, \"size\": 10}", "\"hostID\": 1000, \"size\": 0}", "/mounts/1/uidMappings/0/size: found 0, expected at least 1 id")]
    [Arguments("\"uidMappings\": [{\"containerID\": 0, \"hostID\": 1000, \"size\": 10}], ", "", "/mounts/1/uidMappings is missing, expected mappings, as there are gidMappings")]
    [Arguments("\"/cr2\"", "\"cr2\"", "/hooks/createRuntime/1/path: found \"cr2\", expected an absolute path")]
    [Arguments("\"timeout\": 3", "\"timeout\": 0", "/hooks/prestart/0/timeout: found 0, expected an integer from 1 to 2147483647")]
    [Arguments("{\"type\": \"uts\"},", "", "/hostname: found \"slartibartfast\", expected nothing, as /linux/namespaces has no uts namespace (the host's name would change)")]
    [Arguments("{\"type\": \"user\"}, ", "", "/linux/uidMappings: found mappings, expected no mappings, as /linux/namespaces has no user namespace")]
    [Arguments("\"gidMappings\": [{\"containerID\": 0, \"hostID\": 2000, \"size\": 32000}],", "", "/linux/gidMappings is missing, expected at least one mapping for the new user namespace")]
    [Arguments("\"hostID\": 2000, \"size\": 32000}]", "\"hostID\": 2000, \"size\": 32000}, {\"containerID\": 31999, \"hostID\": 99999, \"size\": 1}]",
        "/linux/gidMappings/1/containerID: found 31999, expected ids in the container that /linux/gidMappings/0 does not map already")]
    [Arguments("\"hostID\": 2000, \"size\": 32000}]", "\"hostID\": 2000, \"size\": 32000}, {\"containerID\": 32000, \"hostID\": 1999, \"size\": 2}]",
        "/linux/gidMappings/1/hostID: found 1999, expected ids on the host that /linux/gidMappings/0 does not map already")]
    [Arguments("\"hostID\": 2000, \"size\": 32000}]", "\"hostID\": 2000, \"size\": 4294967295}]",
        "/linux/gidMappings/0/size: found 4294967295, expected at most 4294965295, so that ids on the host stay below 4294967295")]
    [Arguments(", {\"type\": \"time\"}", "", "/linux/timeOffsets/monotonic: found an offset, expected none, as /linux/namespaces has no time namespace")]
    [Arguments("{\"type\": \"time\"}", "{\"type\": \"time\", \"path\": \"/t\"}", "/linux/timeOffsets/monotonic: found an offset, expected none, as the time namespace is an existing one")]
    [Arguments("\"boottime\"", "\"realtime\"", "/linux/timeOffsets: found \"realtime\", expected one of monotonic, boottime")]
    [Arguments("\"/proc/1234/ns/pid\"", "\"ns/pid\"", "/linux/namespaces/0/path: found \"ns/pid\", expected an absolute path")]
    [Arguments("\"/dev/fuse\"", "\"dev/fuse\"", "/linux/devices/0/path: found \"dev/fuse\", expected an absolute path")]
    [Arguments("\"type\": \"b\", \"major\": 8, ", "\"type\": \"b\", ", "/linux/devices/1/major is missing, expected the device's major number")]
    [Arguments("\"type\": \"b\", \"major\": 8, ", "\"type\": \"b\", \"major\": 4096, ", "/linux/devices/1/major: found 4096, expected an integer from 0 to 4095")]
    [Arguments("\"container_eth0\"", "\"container/eth0\"", "/linux/netDevices/eth0/name: found \"container/eth0\", expected an interface's name: 1 to 15 bytes without /, : and white space")]
    [Arguments("\"/myRuntime/myContainer\"", "\"/a/../b\"", "/linux/cgroupsPath: found \"/a/../b\", expected a path without \"..\"")]
    [Arguments("{\"type\": \"network\"}, ", "", "/linux/netDevices/eth0: found a device, expected none, as /linux/namespaces has no network namespace")]
    [Arguments("net.core.somaxconn", "kernel.shmmax", "valid")]
    [Arguments("net.core.somaxconn", "kernel/sem", "valid")]
    [Arguments("net.core.somaxconn", "fs.mqueue.msg_max", "valid")]
    [Arguments("net.core.somaxconn", "user.max_user_namespaces", "valid")]
    [Arguments("net.core.somaxconn", "kernel.domainname", "valid")]
    [Arguments("net.core.somaxconn", "net/../kernel/panic", "/linux/sysctl: found \"net/../kernel/panic\", expected a kernel parameter such as net.ipv4.ip_forward")]
    [Arguments("net.core.somaxconn", "kernel.hostname", "/linux/sysctl: found \"kernel.hostname\", expected the name of the container in /hostname instead")]
    [Arguments("net.core.somaxconn", "kernel.panic",
        "/linux/sysctl: found \"kernel.panic\", expected a parameter that belongs to a namespace: net.*, user.*, fs.mqueue.*, kernel.domainname, kernel.msg*, kernel.sem, kernel.shm*")]
    [Arguments("[\"/proc/kcore\"]", "[\"proc/kcore\"]", "/linux/maskedPaths/0: found \"proc/kcore\", expected an absolute path")]
    [Arguments("[\"/proc/sys\"]", "[\"/a\", \"\"]", "/linux/readonlyPaths/1: found \"\", expected an absolute path")]
    [Arguments("{\"type\": \"mount\"}, ", "", "/linux/maskedPaths/0: found \"/proc/kcore\", expected nothing, as /linux/namespaces has no mount namespace (the host's files would be hidden)")]
    [Arguments("\"slave\"", "\"both\"", "/linux/rootfsPropagation: found \"both\", expected one of shared, slave, private, unbindable, rshared, rslave, rprivate, runbindable")]
    [Arguments("{\"domain\": \"LINUX32\"}", "{\"domain\": \"LINUX32\", \"flags\": [\"X\"]}", "/linux/personality/flags/0: found \"X\", expected no flags: the specification has none yet")]
    [Arguments("\"LINUX32\"", "\"BSD\"", "/linux/personality/domain: found \"BSD\", expected one of LINUX, LINUX32")]
    [Arguments("\"guaranteed_group\"", "\"../x\"", "/linux/intelRdt/closID: found \"../x\", expected a directory's name, or / for the default class")]
    [Arguments("\"MB:0=20;1=70\"", "\"0=20\"", "/linux/intelRdt/memBwSchema: found \"0=20\", expected one line that starts with MB:")]
    [Arguments("\"MPOL_INTERLEAVE\"", "\"MPOL_LOCAL\"", "/linux/memoryPolicy/nodes: found \"2-3\", expected no nodes with MPOL_LOCAL")]
    [Arguments("\"nodes\": \"2-3\", ", "", "/linux/memoryPolicy/nodes is missing, expected nodes for MPOL_INTERLEAVE")]
    [Arguments("\"access\": \"rw\"}", "\"access\": \"rx\"}", "/linux/resources/devices/1/access: found \"rx\", expected letters of r, w, m")]
    [Arguments("\"limit\": 536870912", "\"limit\": -2", "/linux/resources/memory/limit: found -2, expected a number of bytes, or -1 for no limit")]
    [Arguments("\"swap\": 536870913", "\"swap\": 5", "/linux/resources/memory/swap: found 5, expected at least the limit, 536870912, as it counts memory and swap")]
    [Arguments("\"limit\": 536870912", "\"limit\": -1", "/linux/resources/memory/swap: found 536870913, expected a value only together with a limit, as it counts memory and swap")]
    [Arguments("\"swap\": 536870913", "\"swap\": -1", "valid")]
    [Arguments("\"swappiness\": 0", "\"swappiness\": 101", "/linux/resources/memory/swappiness: found 101, expected an integer from 0 to 100")]
    [Arguments("\"shares\": 1024", "\"shares\": 262145", "/linux/resources/cpu/shares: found 262145, expected an integer from 2 to 262144, or 0 for the default")]
    [Arguments("\"quota\": 1000000", "\"quota\": 999", "/linux/resources/cpu/quota: found 999, expected at least 1000 microseconds, or -1 for no limit")]
    [Arguments("\"period\": 500000", "\"period\": 1000001", "/linux/resources/cpu/period: found 1000001, expected an integer from 1000 to 1000000, in microseconds")]
    [Arguments("\"burst\": 1000,", "\"burst\": 1000001,", "/linux/resources/cpu/burst: found 1000001, expected at most the quota, 1000000")]
    [Arguments("\"cpus\": \"2-3\"", "\"cpus\": \"2-\"", "/linux/resources/cpu/cpus: found \"2-\", expected a list of numbers and ranges such as 0-3,7")]
    [Arguments("\"limit\": 32771", "\"limit\": -2", "/linux/resources/pids/limit: found -2, expected a number of tasks, or -1 for no limit")]
    [Arguments("\"limit\": 32771", "\"limit\": 0", "valid")]
    [Arguments("\"weight\": 10,", "\"weight\": 9,", "/linux/resources/blockIO/weight: found 9, expected an integer from 10 to 1000, or 0 for the default")]
    [Arguments(", \"weight\": 400", "", "/linux/resources/blockIO/weightDevice/1/weight is missing, expected one of weight, leafWeight")]
    [Arguments("\"2MB\"", "\"2M\"", "/linux/resources/hugepageLimits/0/pageSize: found \"2M\", expected a size such as 64KB, 2MB, 1GB")]
    [Arguments("{\"hcaHandles\": 3, \"hcaObjects\": 10000}", "{}", "/linux/resources/rdma/mlx5_1/hcaHandles is missing, expected one of hcaHandles, hcaObjects")]
    [Arguments("\"memory.high\"", "\"../memory.high\"", "/linux/resources/unified: found \"../memory.high\", expected a file's name in the cgroup, such as memory.high")]
    [Arguments("\"SCMP_ACT_TRACE\", \"errnoRet\": 1", "\"SCMP_ACT_ALLOW\", \"errnoRet\": 1", "/linux/seccomp/syscalls/0/errnoRet: found 1, expected nothing, as SCMP_ACT_ALLOW has no number")]
    [Arguments("\"defaultErrnoRet\": 38", "\"defaultErrnoRet\": 4096", "/linux/seccomp/defaultErrnoRet: found 4096, expected an integer from 0 to 4095")]
    [Arguments("\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38", "\"defaultAction\": \"SCMP_ACT_NOTIFY\"", "/linux/seccomp/defaultAction: found SCMP_ACT_NOTIFY, expected any other action")]
    [Arguments("[\"getcwd\", \"chmod\"]", "[]", "/linux/seccomp/syscalls/0/names: found an empty list, expected at least one system call")]
    [Arguments("\"listenerPath\": \"/run/agent.sock\", ", "", "/linux/seccomp/listenerPath is missing, expected a socket's path, as there is listenerMetadata")]
    [Arguments("\"listenerPath\": \"/run/agent.sock\", \"listenerMetadata\": \"opaque\",", "",
        "/linux/seccomp/listenerPath is missing, expected a socket's path, as /linux/seccomp/syscalls/1 has the action SCMP_ACT_NOTIFY")]
    [Arguments("\"SCMP_ARCH_X32\"", "\"x32\"",
        "/linux/seccomp/architectures/1: found \"x32\", expected one of SCMP_ARCH_X86, SCMP_ARCH_X86_64, SCMP_ARCH_X32, SCMP_ARCH_ARM, SCMP_ARCH_AARCH64, SCMP_ARCH_MIPS, SCMP_ARCH_MIPS64, SCMP_ARCH_MIPS64N32, SCMP_ARCH_MIPSEL, SCMP_ARCH_MIPSEL64, SCMP_ARCH_MIPSEL64N32, SCMP_ARCH_PPC, SCMP_ARCH_PPC64, SCMP_ARCH_PPC64LE, SCMP_ARCH_S390, SCMP_ARCH_S390X, SCMP_ARCH_PARISC, SCMP_ARCH_PARISC64, SCMP_ARCH_RISCV64, SCMP_ARCH_LOONGARCH64, SCMP_ARCH_M68K, SCMP_ARCH_SH, SCMP_ARCH_SHEB")]
    [Arguments("\"flags\": [], \"listenerPath\"", "\"flags\": [\"X\"], \"listenerPath\"",
        "/linux/seccomp/flags/0: found \"X\", expected one of SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")]
    public async Task A_valid_document_with_one_thing_changed(string before, string after, string problem)
    {
        await Assert.That(FullSpec.Json.Split(before).Length).IsGreaterThanOrEqualTo(2).Because("the test changes nothing otherwise");
        int place = FullSpec.Json.IndexOf(before, StringComparison.Ordinal);
        string json = FullSpec.Json[..place] + after + FullSpec.Json[(place + before.Length)..];
        await Assert.That(Problem(json)).IsEqualTo(problem);
    }

    [Test]
    [Arguments("kernel.sem", "ipc")]
    [Arguments("fs.mqueue.queues_max", "ipc")]
    [Arguments("net.ipv4.ip_forward", "network")]
    [Arguments("net/ipv4/conf/eth0.100/forwarding", "network")]
    [Arguments("kernel.domainname", "uts")]
    [Arguments("user.max_user_namespaces", "user")]
    public async Task A_kernel_parameter_of_the_host_is_refused(string name, string type)
    {
        string json = "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"sysctl\":{\"" + name + "\":\"1\"}}}";
        await Assert.That(Problem(json))
            .IsEqualTo($"/linux/sysctl: found \"{name}\", expected that parameter only with a {type} namespace in /linux/namespaces");
    }

    [Test]
    [Arguments("net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding")]
    [Arguments("net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding")]
    [Arguments("kernel..sem", null)]
    [Arguments("../panic", null)]
    [Arguments("net.//.panic", null)]
    [Arguments("/kernel/sem", null)]
    [Arguments("", null)]
    public async Task Sysctl_names_become_paths_that_stay_below_proc_sys(string name, string? path)
    {
        await Assert.That(SysctlName.ToPath(name)).IsEqualTo(path);
    }

    [Test]
    public async Task An_idmap_without_any_mappings_is_refused()
    {
        const string Json = """{"ociVersion":"1.0.0","root":{"path":"r"},"mounts":[{"destination":"/d","source":"/s","options":["rbind","ridmap"]}]}""";
        await Assert.That(Problem(Json)).IsEqualTo(
            "/mounts/0/uidMappings is missing, expected mappings for ridmap, as the container has no user namespace whose mappings could be taken");
    }
}
