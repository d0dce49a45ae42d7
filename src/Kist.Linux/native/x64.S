// What C# cannot say: the bare system call, the first instructions of a child, and a signal handler.

// long kist_syscall(long number, long a, long b, long c, long d, long e, long f): a result or -errno.
        .globl  kist_syscall
        .type   kist_syscall, @function
kist_syscall:
        mov     %rdi, %rax
        mov     %rsi, %rdi
        mov     %rdx, %rsi
        mov     %rcx, %rdx
        mov     %r8, %r10
        mov     %r9, %r8
        mov     8(%rsp), %r9
        syscall
        ret

// long kist_spawn(struct spawn *s): clone3, then in the child execveat(s->image, "", s->argv, s->envp, AT_EMPTY_PATH).
// Nothing else runs there, and it touches no memory but s->scratch, so it may share the parent's (CLONE_VM).
// In a new user namespace the child first waits for a byte on s->gate, which says that its id maps are written (an exec
// before that would drop every capability), and becomes root there; s->other_end is the parent's, closed so that the
// parent's death ends the wait.
//   struct spawn { 0 clone_args *args; 8 size; 16 image; 24 argv; 32 envp; 40 gate (-1: none); 48 other_end; 56 scratch }
        .globl  kist_spawn
        .type   kist_spawn, @function
kist_spawn:
        push    %rbx
        mov     %rdi, %rbx
        mov     (%rbx), %rdi
        mov     8(%rbx), %rsi
        mov     $435, %eax              // clone3
        syscall
        test    %rax, %rax
        jz      child
        pop     %rbx
        ret
child:  mov     40(%rbx), %rdi
        test    %rdi, %rdi
        js      execute
        mov     48(%rbx), %rdi
        mov     $3, %eax                // close
        syscall
        mov     40(%rbx), %rdi
        lea     56(%rbx), %rsi
        mov     $1, %edx
        xor     %eax, %eax              // read
        syscall
        cmp     $1, %rax
        jne     fail
        xor     %edi, %edi
        xor     %esi, %esi
        xor     %edx, %edx
        mov     $119, %eax              // setresgid(0, 0, 0)
        syscall
        test    %rax, %rax
        jnz     fail
        xor     %edi, %edi
        xor     %esi, %esi
        xor     %edx, %edx
        mov     $117, %eax              // setresuid(0, 0, 0)
        syscall
        test    %rax, %rax
        jnz     fail
execute: mov    16(%rbx), %rdi
        lea     nothing(%rip), %rsi
        mov     24(%rbx), %rdx
        mov     32(%rbx), %r10
        mov     $0x1000, %r8d           // AT_EMPTY_PATH
        mov     $322, %eax              // execveat
        syscall
fail:   mov     $125, %edi
        mov     $231, %eax              // exit_group
        syscall
        hlt

// void kist_signal_handler(int signal): writes the number to kist_signal_pipe as one byte. No C# may run in a handler.
        .globl  kist_signal_handler
        .hidden kist_signal_handler
        .type   kist_signal_handler, @function
kist_signal_handler:
        push    %rdi
        mov     kist_signal_pipe(%rip), %edi
        mov     %rsp, %rsi
        mov     $1, %edx
        mov     $1, %eax                // write
        syscall
        pop     %rdi
        ret

// void kist_signals_to(int pipe): where the handler writes. Returns the handler's address.
        .globl  kist_signals_to
        .type   kist_signals_to, @function
kist_signals_to:
        mov     %edi, kist_signal_pipe(%rip)
        lea     kist_signal_handler(%rip), %rax
        ret

        .section .rodata
nothing: .byte  0

        .data
        .balign 4
kist_signal_pipe: .long -1

        .section .note.GNU-stack, "", @progbits
