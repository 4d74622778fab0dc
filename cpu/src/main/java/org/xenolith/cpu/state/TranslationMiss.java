package org.xenolith.cpu.state;

/**
 * Thrown and caught within translated code, ahead of a load or store that is not a plain TLB hit:
 * the run loop then executes the instruction, which has not done anything yet, by the interpreter.
 * Stackless and shared; it carries no state.
 */
public final class TranslationMiss extends RuntimeException {
    /** The only instance. */
    public static final TranslationMiss INSTANCE = new TranslationMiss();

    private TranslationMiss() {
        super(null, null, false, false);
    }
}
