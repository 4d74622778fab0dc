package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Counts for {@link EngineStatistics}. The thread that runs the machine owns the fields, the
 * translator's thread calls the synchronized methods.
 */
final class Counters {
    long translatedInstructions;
    long entries;
    long misses;
    long faults;
    long blocks;
    long operations;
    long invalidations;
    long flushes;
    long verified;
    long unverified;

    private final Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);
    private long regions;
    private long bytecodes;
    private long nanos;

    synchronized void translated(long bytes, long time) {
        regions++;
        bytecodes += bytes;
        nanos += time;
    }

    synchronized void rejected(Rejection reason) {
        rejected.merge(reason, 1L, Long::sum);
    }

    synchronized EngineStatistics statistics(List<Cpu> processors) {
        return new EngineStatistics(
                processors.stream().mapToLong(cpu -> cpu.instructions).sum(),
                translatedInstructions,
                regions,
                new EnumMap<>(rejected),
                bytecodes,
                nanos,
                entries,
                misses,
                faults,
                blocks,
                operations,
                invalidations,
                flushes,
                verified,
                unverified);
    }
}
