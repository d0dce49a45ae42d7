// What the .NET runtime asks the machine at its start, answered at once. Defined here, these names keep the members of the
// runtime's archive that ask out of the link: cgroup limits (twice, by reading all of /proc/self/mountinfo; this program's heap
// has a limit of its own) and NUMA nodes. 0 is "no limit" and "none". docs/performance.md says what it is worth.
        .globl  _Z16InitializeCGroupv
        .globl  _Z13CleanupCGroupv
        .globl  _Z21GetPhysicalMemoryUsedPm
        .globl  _Z32GetRestrictedPhysicalMemoryLimitv
        .globl  _Z19InitializeCpuCGroupv
        .globl  _Z11GetCpuLimitPj
        .globl  _Z21NUMASupportInitializev
        .globl  _Z16BindMemoryPolicyPvmPKmm
        .globl  _Z19GetNumaNodeNumByCpui
_Z16InitializeCGroupv:
_Z13CleanupCGroupv:
_Z21GetPhysicalMemoryUsedPm:
_Z32GetRestrictedPhysicalMemoryLimitv:
_Z19InitializeCpuCGroupv:
_Z11GetCpuLimitPj:
_Z21NUMASupportInitializev:
_Z16BindMemoryPolicyPvmPKmm:
_Z19GetNumaNodeNumByCpui:
        mov     x0, xzr
        ret

// bool PalStartFinalizerThread(callback, context), by the linker's --wrap: there are no finalizers to run, and one thread less.
        .globl  __wrap__Z23PalStartFinalizerThreadPFjPvES_
__wrap__Z23PalStartFinalizerThreadPFjPvES_:
        mov     w0, 1
        ret

// int madvise(address, length, advice): MADV_DONTDUMP (16) and MADV_DODUMP (17) only shape core dumps, and the heap gives that
// advice for every piece.
        .globl  madvise
madvise:
        sub     w3, w2, 16
        cmp     w3, 1
        b.ls    1f
        mov     x8, 233
        svc     0
        cmn     x0, 4095
        b.cc    2f
        mov     x0, -1
2:      ret
1:      mov     x0, xzr
        ret

        .bss
        .balign 4
        .globl  g_highestNumaNode, g_numaAvailable
g_highestNumaNode: .long 0
g_numaAvailable: .long 0

        .section .note.GNU-stack, "", %progbits
