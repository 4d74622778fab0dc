package org.xenolith.cpu.disasm;

/** How instructions are written. */
public enum Syntax {
    /** Destination first, as NASM reads it: {@code mov rax, [rbx+rcx*4+0x10]}. */
    NASM,
    /** Source first, as the GNU assembler reads it: {@code mov 0x10(%rbx,%rcx,4), %rax}. */
    ATT
}
