package org.xenolith.cpu.engine;

import java.util.Locale;
import java.util.Map;

/**
 * What has been done to execute a machine's code. Nothing of it is seen by the guest, and what
 * depends on when translations became ready differs from run to run.
 *
 * @param instructions retired by all processors
 * @param translatedInstructions of these, by translated code
 * @param regions translated
 * @param rejected hot blocks from which none was made, by reason; a block may be counted again
 * @param bytecodes bytes of bytecode in the translations
 * @param nanos host time that the translator took
 * @param entries into translated code
 * @param misses exits from it in front of an instruction for the interpreter, such as TLB misses
 * @param faults exits from it by an exception, or a store into the code that executes
 * @param blocks decoded
 * @param operations decoded
 * @param invalidations of decoded code by stores to it
 * @param flushes of all decoded code because there was too much
 * @param verified trials of regions whose results were compared
 * @param unverified executions of regions that could not be tried
 */
public record EngineStatistics(
        long instructions,
        long translatedInstructions,
        long regions,
        Map<Rejection, Long> rejected,
        long bytecodes,
        long nanos,
        long entries,
        long misses,
        long faults,
        long blocks,
        long operations,
        long invalidations,
        long flushes,
        long verified,
        long unverified) {
    /** For people, several lines. */
    public String text() {
        StringBuilder s = new StringBuilder();
        line(
                s,
                "translated code: %,d of %,d instructions (%.1f%%)",
                translatedInstructions,
                instructions,
                instructions == 0 ? 0 : 100.0 * translatedInstructions / instructions);
        if (regions > 0) {
            regions(s);
        }
        rejected.forEach(
                (reason, count) -> line(s, "%,d hot blocks not translated: %s", count, reason));
        line(
                s,
                "%,d blocks of %,d instructions decoded; %,d invalidations, %,d flushes",
                blocks,
                operations,
                invalidations,
                flushes);
        if (verified + unverified > 0) {
            line(
                    s,
                    "%,d executions of regions verified, %,d could not be tried",
                    verified,
                    unverified);
        }
        return s.toString().stripTrailing();
    }

    private void regions(StringBuilder s) {
        line(
                s,
                "%,d entries; exits: %,d elsewhere, %,d to the interpreter, %,d by exceptions",
                entries,
                entries - misses - faults,
                misses,
                faults);
        line(
                s,
                "%,d regions translated in %,d ms, %,d bytes of bytecode",
                regions,
                nanos / 1_000_000,
                bytecodes);
    }

    private static void line(StringBuilder s, String format, Object... values) {
        s.append(String.format(Locale.ROOT, format, values)).append(System.lineSeparator());
    }
}
