package org.xenolith.cpu.state;

/**
 * Thrown before a store that would change bytes of the block that is executing. The run loop
 * executes the storing instruction on its own and decodes afresh, which makes self-modifying code
 * exact. Stackless and shared; it carries no state.
 */
public final class CodeWriteFault extends RuntimeException {
    /** The only instance. */
    public static final CodeWriteFault INSTANCE = new CodeWriteFault();

    private CodeWriteFault() {
        super(null, null, false, false);
    }
}
