// What C# cannot say: the bare system call, the first instructions of a child, and a signal handler. See x64.S.

        .globl  kist_syscall
        .type   kist_syscall, %function
kist_syscall:
        mov     x8, x0
        mov     x0, x1
        mov     x1, x2
        mov     x2, x3
        mov     x3, x4
        mov     x4, x5
        mov     x5, x6
        svc     0
        ret

        .globl  kist_spawn
        .type   kist_spawn, %function
kist_spawn:
        mov     x9, x0
        ldp     x0, x1, [x9]
        mov     x8, 435                 // clone3
        svc     0
        cbz     x0, child
        ret
child:  ldr     x0, [x9, 40]
        tbnz    x0, 63, execute
        ldr     x0, [x9, 48]
        mov     x8, 57                  // close
        svc     0
        ldr     x0, [x9, 40]
        add     x1, x9, 56
        mov     x2, 1
        mov     x8, 63                  // read
        svc     0
        cmp     x0, 1
        b.ne    fail
        mov     x0, 0
        mov     x1, 0
        mov     x2, 0
        mov     x8, 149                 // setresgid(0, 0, 0)
        svc     0
        cbnz    x0, fail
        mov     x0, 0
        mov     x1, 0
        mov     x2, 0
        mov     x8, 147                 // setresuid(0, 0, 0)
        svc     0
        cbnz    x0, fail
execute: ldr    x0, [x9, 16]
        adr     x1, nothing
        ldp     x2, x3, [x9, 24]
        mov     x4, 0x1000              // AT_EMPTY_PATH
        mov     x8, 281                 // execveat
        svc     0
fail:   mov     x0, 125
        mov     x8, 94                  // exit_group
        svc     0
        brk     0

        .globl  kist_signal_handler
        .hidden kist_signal_handler
        .type   kist_signal_handler, %function
kist_signal_handler:
        str     x0, [sp, -16]!
        adrp    x1, kist_signal_pipe
        ldr     w0, [x1, :lo12:kist_signal_pipe]
        mov     x1, sp
        mov     x2, 1
        mov     x8, 64                  // write
        svc     0
        ldr     x0, [sp], 16
        ret

        .globl  kist_signals_to
        .type   kist_signals_to, %function
kist_signals_to:
        adrp    x1, kist_signal_pipe
        str     w0, [x1, :lo12:kist_signal_pipe]
        adrp    x0, kist_signal_handler
        add     x0, x0, :lo12:kist_signal_handler
        ret

nothing: .byte  0

        .data
        .balign 4
kist_signal_pipe: .word -1

        .section .note.GNU-stack, "", %progbits
