package org.xenolith.cpu.decode;

/**
 * The flags that an instruction leaves undefined, as bits of RFLAGS. What this processor does with
 * them is up to its semantic methods; a comparison with another processor must not look at them.
 *
 * @param always undefined whatever the operands are
 * @param aboveOne undefined if the count of a shift or rotation is above 1
 * @param fromSize undefined if that count is at least the operand's size in bits
 */
public record UndefinedFlags(int always, int aboveOne, int fromSize) {
    private static final String LETTERS = "C.P.A.ZS...O";

    /**
     * Parses the table's notation.
     *
     * @throws IllegalArgumentException if it has another letter than those of OSZAPC
     */
    static UndefinedFlags parse(String always, String aboveOne, String fromSize) {
        return new UndefinedFlags(bits(always), bits(aboveOne), bits(fromSize));
    }

    /**
     * The undefined flags of one execution.
     *
     * @param count the count of a shift or rotation as the processor masks it, else 0
     * @param size operand size in bits
     */
    public int mask(int count, int size) {
        return always | (count > 1 ? aboveOne : 0) | (count >= size ? fromSize : 0);
    }

    private static int bits(String letters) {
        int bits = 0;
        for (char letter : letters.toCharArray()) {
            int bit = LETTERS.indexOf(letter);
            if (bit < 0 || letter == '.') {
                throw new IllegalArgumentException("flag " + letter);
            }
            bits |= 1 << bit;
        }
        return bits;
    }
}
