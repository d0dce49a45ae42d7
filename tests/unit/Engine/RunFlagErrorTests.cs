namespace Kist.Tests.Unit.Engine;

/// <summary>What is wrong is said, with the option and what it takes; nothing is ignored.</summary>
public sealed class RunFlagErrorTests
{
    [Test]
    [Arguments("", "kist run needs a SOURCE: @host, or a directory with a root filesystem; see kist run --help")]
    [Arguments("@foo", "unknown source @foo; the one with an @ is @host, this machine's own files")]
    [Arguments("-d ./root", "-d is not there yet: containers live on with a later release; run it in the foreground")]
    [Arguments("-p 80:80 ./root", "-p is not there yet: ports are published by bridges, which come with a later release; --network host shares the host's")]
    [Arguments("-m lots ./root", "--memory: \"lots\" is no size; write a number and a unit, like 512k, 64m or 1g")]
    [Arguments("-m -5 ./root", "--memory: \"-5\" is no size; write a number and a unit, like 512k, 64m or 1g")]
    [Arguments("-m 9999999999t ./root", "--memory 9999999999t is more than any machine has")]
    [Arguments("--memory-swap 1g ./root", "--memory-swap counts memory and swap together: it needs --memory, too")]
    [Arguments("-m 2g --memory-swap 1g ./root", "--memory-swap counts memory and swap together: it must be at least --memory")]
    [Arguments("--cpus none ./root", "--cpus: \"none\" is no number of processors; write it like 0.5 or 2")]
    [Arguments("--cpus 0.001 ./root", "--cpus 0.001 is too little; the least is 0.01")]
    [Arguments("--cpus 5 ./root", "--cpus is more than this machine has: 4")]
    [Arguments("--cpuset-cpus 4 ./root", "--cpuset-cpus 4: this machine has the processors 0-3")]
    [Arguments("--cpuset-cpus 2-1 ./root", "--cpuset-cpus: \"2-1\" is no list of processors; write it like 0-2,4")]
    [Arguments("--cpu-shares 300000 ./root", "--cpu-shares: \"300000\" is no whole number from 0 to 262144")]
    [Arguments("--ulimit nofile ./root", "--ulimit: \"nofile\" is not NAME=SOFT[:HARD], like nofile=1024:2048")]
    [Arguments("--ulimit nofile=2:1 ./root", "--ulimit nofile=2:1: the soft limit is above the hard one")]
    [Arguments("--cap-add SYS_ADMN ./root", "--cap-add: there is no capability \"SYS_ADMN\"; did you mean CAP_SYS_ADMIN?")]
    [Arguments("--security-opt secomp=x ./root", "--security-opt: unknown option \"secomp=x\"; there are seccomp=FILE, seccomp=unconfined, no-new-privileges, systempaths=unconfined")]
    [Arguments("--security-opt apparmor=docker ./root", "--security-opt apparmor=docker: profiles of AppArmor and SELinux come with a later release")]
    [Arguments("--network bridge ./root", "--network bridge is not there yet: bridges come with a later release; there are none and host")]
    [Arguments("--pid container:x ./root", "--pid container:x: containers that share come with a later release")]
    [Arguments("--hostname a_b/ ./root", "--hostname: \"a_b/\" is no name of a machine: at most 64 letters, digits, dots and dashes, which begin and end with a letter or digit")]
    [Arguments("--hostname x --uts host ./root", "--hostname and --uts host exclude each other: it would rename this machine")]
    [Arguments("--name -x ./root", "--name: \"-x\" is no name: 2 to 64 letters, digits, and _ . - after the first")]
    [Arguments("-w src ./root", "--workdir: \"src\" is not absolute; it is a directory in the container")]
    [Arguments("-v data:/data ./root", "-v data:/data: \"data\" is the name of a volume, and volumes come with a later release; for a directory write ./data")]
    [Arguments("-v /data ./root", "-v /data asks for an anonymous volume, and volumes come with a later release; --tmpfs /data gives an empty directory in memory")]
    [Arguments("-v .:/w:z ./root", "-v .:/w:z: relabelling for SELinux (z) is not there yet; leave it out, or use chcon(1)")]
    [Arguments("-v .:/ ./root", "-v: the container's \"/\" cannot be mounted over")]
    [Arguments("--mount type=volume,dst=/x ./root", "--mount type=volume,dst=/x: volumes come with a later release; write type=bind or type=tmpfs")]
    [Arguments("--mount type=bind,sorce=/a,dst=/x ./root", "--mount type=bind,sorce=/a,dst=/x: unknown field \"sorce\"; did you mean source?")]
    [Arguments("--device tty ./root", "--device: \"tty\" is not /dev/NAME[:/dev/OTHER][:rwm]")]
    [Arguments("--device /dev/tty:x ./root", "--device /dev/tty:x: \"x\" is no access; write some of r (read), w (write), m (mknod)")]
    [Arguments("--sysctl kernel.panic=1 ./root", "--sysctl kernel.panic belongs to no namespace: it would change this machine; there are net.*, fs.mqueue.*, kernel.domainname and the kernel.msg*, sem* and shm* of the ipc namespace")]
    [Arguments("--sysctl net.a=1 --network host ./root", "--sysctl net.a and --network host exclude each other: it would change this machine")]
    [Arguments("--env-file broken ./root", "--env-file broken, line 2: \"B C\" is no name of a variable; write KEY=VALUE, without spaces before the =")]
    [Arguments("-e =x ./root", "--env: \"=x\" names no variable; write KEY=VALUE, or KEY for the caller's value")]
    [Arguments("--stop-signal NOPE ./root", "--stop-signal: there is no signal \"NOPE\"; write a name like SIGINT, or a number from 1 to 64")]
    [Arguments("--disk 1g ./root", "--disk limits what is written to a copy, and ./root is used in place; write ./root:O for a copy-on-write view of it")]
    [Arguments("--open /x ./root", "--open shows what @host masks; SOURCE is not @host")]
    [Arguments("-u nosuch ./root", "--user: there is no user \"nosuch\" in the root filesystem's /etc/passwd; a number works without an entry")]
    public async Task The_error_says_what_and_what_to_do(string line, string message) => await Assert.That(TypedRun.Error(line)).IsEqualTo(message);

    [Test]
    public async Task A_root_filesystem_without_a_shell_needs_a_command()
    {
        await Assert.That(TypedRun.Error("./root", TypedRun.Machine with { HasRootFile = static _ => false })).Contains("there is no shell in /home/me/work/root");
    }
}
