package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

/**
 * Thrown and caught within translated code, ahead of a block that would end behind {@link
 * Cpu#limit}. A plain branch would do, but HotSpot compiles a branch that has never been taken to a
 * trap, and every block's would be: a loop of ten blocks was compiled up to ten times, until each
 * of them had once been where the budget ended. The one branch here is known to be taken. Stackless
 * and shared; it carries no state.
 */
final class BudgetExhausted extends RuntimeException {
    private static final BudgetExhausted INSTANCE = new BudgetExhausted();

    private BudgetExhausted() {
        super(null, null, false, false);
    }

    /**
     * Checks that a block may run.
     *
     * @param instructions retired so far
     * @param count instructions of the block
     */
    static void check(Cpu cpu, long instructions, long count) {
        if (cpu.limit - instructions < count) {
            throw INSTANCE;
        }
    }
}
