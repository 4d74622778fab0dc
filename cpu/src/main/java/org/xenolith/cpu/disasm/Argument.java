package org.xenolith.cpu.disasm;

/** One operand of a {@link Statement}. */
sealed interface Argument {
    /**
     * A register.
     *
     * @param name without sigil
     * @param bytes its size
     * @param general one of the 16 general registers
     */
    record Register(String name, int bytes, boolean general) implements Argument {}

    /** A number, not negative unless all 64 bits belong to it. */
    record Immediate(long value) implements Argument {}

    /** A number that is part of the opcode: the 1 of short shifts. */
    record Constant(int value) implements Argument {}

    /** A branch target, absolute. */
    record Target(long address) implements Argument {}

    /**
     * Memory.
     *
     * @param segment overriding segment register, or null
     * @param base register, or null
     * @param index register, or null
     * @param scale of the index: 1, 2, 4 or 8
     * @param displacement signed; the whole address if there is neither base nor index
     * @param displaced a displacement is encoded, be it 0
     * @param relative null, or the name of the instruction pointer that {@code displacement} is
     *     added to
     * @param target what that adds up to
     * @param wide the address is an immediate of 64 bits
     * @param bytes the size of the operand, or 0 if no syntax asks for it
     * @param sized no other operand tells this size
     */
    record Memory(
            String segment,
            String base,
            String index,
            int scale,
            long displacement,
            boolean displaced,
            String relative,
            long target,
            boolean wide,
            int bytes,
            boolean sized)
            implements Argument {
        /** The address is a plain number. */
        boolean absolute() {
            return base == null && index == null && relative == null;
        }
    }
}
