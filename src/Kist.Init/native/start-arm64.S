// The entry point. The system call that C# imports is in Kist.Linux/native.
        .globl  _start
_start: mov     x29, xzr
        ldr     x0, [sp]                // argc
        add     x1, sp, 8               // argv
        bl      kist_main
        mov     x8, 94                  // exit_group
        svc     0

        .section .rodata                // the guard word of methods that use stackalloc
        .balign 8
        .globl  __security_cookie
__security_cookie:
        .quad   0x2b992ddfa23249d6

        .section .note.GNU-stack, "", %progbits
