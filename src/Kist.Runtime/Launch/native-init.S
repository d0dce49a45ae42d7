// kist-init as bytes of the executable, found without reflection. Its folder is on the assembler's path (Native.props).
        .section .rodata
        .balign 16
image:  .incbin "kist-init"
image_end:

        .text
#ifdef __x86_64__
// const void *kist_init_image(long *size)
        .globl  kist_init_image
kist_init_image:
        movq    $(image_end - image), (%rdi)
        lea     image(%rip), %rax
        ret
#else
        .globl  kist_init_image
kist_init_image:
        ldr     x1, =(image_end - image)
        str     x1, [x0]
        adrp    x0, image
        add     x0, x0, :lo12:image
        ret
#endif
        .section .note.GNU-stack, "", %progbits
