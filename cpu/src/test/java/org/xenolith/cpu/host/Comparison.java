package org.xenolith.cpu.host;

import org.xenolith.cpu.decode.Instruction;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;

/** Runs random cases of forms here and on the host's processor. Not thread-safe. */
final class Comparison {
    /** Cases that share an encoding. */
    private static final int STATES = 4;

    /** Differences reported for a form. */
    private static final int MOST_SHOWN = 2;

    private final HostCpu host;
    private final UserMachine machine;
    private final long seed;
    private final byte[][] codes = new byte[HostCpu.BATCH][];
    private final HostState[] before = new HostState[HostCpu.BATCH];
    private final HostState after = new HostState();

    /** Cases run so far. */
    long cases;

    Comparison(HostCpu host, long seed) throws IOException {
        this.host = host;
        this.seed = seed;
        machine = new UserMachine(HostCpu.isAmd());
        if (!host.hasLocalSegments()) {
            machine.withoutLocalSegments();
        }
        Arrays.setAll(before, i -> new HostState());
    }

    /**
     * Compares a form.
     *
     * @param rounds number of cases
     * @param differing takes what differs, reduced to what matters
     */
    void compare(Form form, int rounds, Consumer<HostCase> differing) throws IOException {
        long formSeed = seed * 31 + (form.row().id() + ": " + form).hashCode();
        CaseRandom random = new CaseRandom(formSeed);
        CaseGenerator encoder = new CaseGenerator(random);
        StateGenerator states = new StateGenerator(random, host.hasLocalSegments());
        boolean vectors = StateGenerator.usesVectors(form.row());
        int shown = 0;
        for (int from = 0; from < rounds && shown < MOST_SHOWN; from += HostCpu.BATCH) {
            int n = Math.min(HostCpu.BATCH, rounds - from);
            for (int i = 0; i < n; i++) {
                byte[] code = i % STATES == 0 ? encoder.encode(form) : codes[i - 1].clone();
                Instruction in = encoder.instruction();
                states.fill(form, in, code, before[i], i / STATES % 2 == 0);
                codes[i] = code;
                host.put(i, code, before[i], isStraight(in));
            }
            host.run(n);
            cases += n;
            for (int i = 0; i < n; i++) {
                String text = difference(i, i, vectors);
                if (!text.isEmpty()) {
                    // it may have read what ends it in the host's memory: INT3 will do the same
                    host.put(0, codes[i], before[i], false);
                    host.run(1);
                    text = difference(i, 0, vectors);
                }
                if (!text.isEmpty() && shown++ < MOST_SHOWN) {
                    differing.accept(
                            new HostCase(
                                    form + ":" + text,
                                    HostCpu.isAmd(),
                                    codes[i],
                                    before[i].copy(),
                                    after.copy()));
                }
            }
            if (shown > 0) {
                return; // the batch has been taken for reduction
            }
        }
    }

    /** Whether an instruction goes on to its end or raises an exception. */
    static boolean isStraight(Instruction in) {
        return in.opcode != null && !in.opcode.ends();
    }

    private String difference(int i, int slot, boolean vectors) {
        host.get(slot, after);
        if (Disagreements.isOfHost(after)) {
            return "";
        }
        Disagreements.level(machine.decode(codes[i], before[i]), after);
        return machine.difference(codes[i], before[i], after, vectors);
    }
}
