namespace Kist.Tests.Unit.Spec;

/// <summary>A document that has every property of the specification, with values that no default has.</summary>
static class FullSpec
{
    public const string Json = """
    {
      "ociVersion": "1.3.0",
      "process": {
        "terminal": true, "consoleSize": {"height": 25, "width": 80},
        "user": {"uid": 1, "gid": 2, "umask": 63, "additionalGids": [5, 6]},
        "args": ["sh", "-c", "echo \"é <&>\""], "env": ["PATH=/bin", "EMPTY="], "cwd": "/root",
        "capabilities": {
          "bounding": ["CAP_KILL", "CAP_CHECKPOINT_RESTORE"], "effective": ["CAP_KILL"], "inheritable": ["CAP_CHOWN"],
          "permitted": ["CAP_KILL", "CAP_BPF"], "ambient": ["CAP_SETUID"]
        },
        "rlimits": [{"type": "RLIMIT_CORE", "hard": 18446744073709551615, "soft": 1024}, {"type": "RLIMIT_NOFILE", "hard": 3, "soft": 2}],
        "noNewPrivileges": true, "apparmorProfile": "acme", "oomScoreAdj": -17,
        "scheduler": {"policy": "SCHED_DEADLINE", "nice": 3, "flags": ["SCHED_FLAG_RESET_ON_FORK"], "runtime": 1, "deadline": 2, "period": 3},
        "selinuxLabel": "system_u:system_r:svirt_lxc_net_t:s0:c124,c675",
        "ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": 4},
        "execCPUAffinity": {"initial": "7", "final": "0-3,7"}
      },
      "root": {"path": "rootfs", "readonly": true},
      "hostname": "slartibartfast", "domainname": "foobarbaz.test",
      "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {
          "destination": "/data", "type": "none", "source": "/volumes/testing", "options": ["rbind", "rw", "idmap"],
          "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}], "gidMappings": [{"containerID": 1, "hostID": 2000, "size": 20}]
        }
      ],
      "hooks": {
        "prestart": [{"path": "/p", "args": ["p", "a"], "env": ["K=v"], "timeout": 3}],
        "createRuntime": [{"path": "/cr"}, {"path": "/cr2"}], "createContainer": [{"path": "/cc"}], "startContainer": [{"path": "/sc"}],
        "poststart": [{"path": "/ps"}], "poststop": [{"path": "/pp"}]
      },
      "annotations": {"com.example.key1": "value1", "": ""},
      "linux": {
        "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 32000}], "gidMappings": [{"containerID": 0, "hostID": 2000, "size": 32000}],
        "sysctl": {"net.ipv4.ip_forward": "1", "net.core.somaxconn": "256"},
        "resources": {
          "devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}],
          "memory": {
            "limit": 536870912, "reservation": 536870911, "swap": 536870913, "kernel": -1, "kernelTCP": -1, "swappiness": 0,
            "disableOOMKiller": false, "useHierarchy": false, "checkBeforeUpdate": true
          },
          "cpu": {
            "shares": 1024, "quota": 1000000, "burst": 1000, "period": 500000, "realtimeRuntime": 950000, "realtimePeriod": 1000000,
            "cpus": "2-3", "mems": "0-7", "idle": 0
          },
          "pids": {"limit": 32771},
          "blockIO": {
            "weight": 10, "leafWeight": 11,
            "weightDevice": [{"major": 8, "minor": 0, "weight": 500, "leafWeight": 300}, {"major": 8, "minor": 16, "weight": 400}],
            "throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 600}], "throttleWriteBpsDevice": [{"major": 8, "minor": 1, "rate": 601}],
            "throttleReadIOPSDevice": [{"major": 8, "minor": 2, "rate": 602}], "throttleWriteIOPSDevice": [{"major": 8, "minor": 3, "rate": 603}]
          },
          "hugepageLimits": [{"pageSize": "2MB", "limit": 9223372036854772000}],
          "network": {"classID": 1048577, "priorities": [{"name": "eth0", "priority": 500}]},
          "rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}},
          "unified": {"memory.high": "1073741824"}
        },
        "cgroupsPath": "/myRuntime/myContainer",
        "namespaces": [
          {"type": "pid", "path": "/proc/1234/ns/pid"}, {"type": "network"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"},
          {"type": "user"}, {"type": "cgroup"}, {"type": "time"}
        ],
        "devices": [
          {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 438, "uid": 0, "gid": 1},
          {"path": "/dev/sda", "type": "b", "major": 8, "minor": 0}
        ],
        "netDevices": {"eth0": {"name": "container_eth0"}, "ens4": {}},
        "seccomp": {
          "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
          "flags": [], "listenerPath": "/run/agent.sock", "listenerMetadata": "opaque",
          "syscalls": [
            {"names": ["getcwd", "chmod"], "action": "SCMP_ACT_TRACE", "errnoRet": 1},
            {
              "names": ["clone"], "action": "SCMP_ACT_NOTIFY",
              "args": [{"index": 5, "value": 18446744073709551615, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ"}, {"index": 0, "value": 0, "op": "SCMP_CMP_NE"}]
            }
          ]
        },
        "rootfsPropagation": "slave", "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"],
        "mountLabel": "system_u:object_r:svirt_sandbox_file_t:s0:c715,c811",
        "intelRdt": {
          "closID": "guaranteed_group", "schemata": ["L3:0=7f0;1=1f"], "l3CacheSchema": "L3:0=7f0", "memBwSchema": "MB:0=20;1=70",
          "enableMonitoring": true
        },
        "memoryPolicy": {"mode": "MPOL_INTERLEAVE", "nodes": "2-3", "flags": ["MPOL_F_STATIC_NODES"]},
        "personality": {"domain": "LINUX32"},
        "timeOffsets": {"monotonic": {"secs": 172800, "nanosecs": 7}, "boottime": {"secs": -604800}}
      }
    }
    """;
}
