// The entry point. The system call that C# imports is in Kist.Linux/native.
        .globl  _start
_start: xor     %ebp, %ebp
        mov     (%rsp), %rdi            // argc
        lea     8(%rsp), %rsi           // argv
        and     $-16, %rsp
        call    kist_main
        mov     %eax, %edi
        mov     $231, %eax              // exit_group
        syscall

        .section .rodata                // the guard word of methods that use stackalloc
        .balign 8
        .globl  __security_cookie
__security_cookie:
        .quad   0x2b992ddfa23249d6

        .section .note.GNU-stack, "", @progbits
