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
        xor     %eax, %eax
        ret

// bool PalStartFinalizerThread(callback, context), by the linker's --wrap: there are no finalizers to run, and one thread less.
        .globl  __wrap__Z23PalStartFinalizerThreadPFjPvES_
__wrap__Z23PalStartFinalizerThreadPFjPvES_:
        mov     $1, %eax
        ret

// int madvise(address, length, advice): MADV_DONTDUMP (16) and MADV_DODUMP (17) only shape core dumps, and the heap gives that
// advice for every piece.
        .globl  madvise
madvise:
        lea     -16(%rdx), %eax
        cmp     $1, %eax
        jbe     1f
        mov     $28, %eax
        syscall
        cmp     $-4095, %rax
        jb      2f
        or      $-1, %rax
2:      ret
1:      xor     %eax, %eax
        ret

        .bss
        .balign 4
        .globl  g_highestNumaNode, g_numaAvailable
g_highestNumaNode: .long 0
g_numaAvailable: .long 0

        .section .note.GNU-stack, "", @progbits
