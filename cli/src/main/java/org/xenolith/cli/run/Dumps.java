package org.xenolith.cli.run;

import org.xenolith.cpu.time.Timer;
import org.xenolith.cpu.time.TimerQueue;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The user's wish to see a running guest's state: at virtual times known before, where two runs
 * find the same, and whenever {@link HostRequests#dump} asks.
 *
 * @param times virtual nanoseconds, not negative
 * @param target takes each as lines of text
 */
public record Dumps(List<Long> times, Consumer<String> target) {
    /** None. */
    public static final Dumps NONE = new Dumps(List.of(), text -> {});

    /** Copies the times. */
    public Dumps {
        times = List.copyOf(times);
    }

    /**
     * Prepares those of a machine that has not started.
     *
     * @param name what is dumped
     * @param state describes it, one fact a line
     */
    public void arm(TimerQueue timers, String name, Supplier<String> state) {
        for (long time : times) {
            timers.arm(new Timer(at -> write(name, at, state)), time);
        }
    }

    /** Writes one now. */
    public void write(String name, long now, Supplier<String> state) {
        String heading =
                "%s at %d.%09d s:".formatted(name, now / 1_000_000_000, now % 1_000_000_000);
        target.accept(heading + "\n" + state.get().stripTrailing());
    }
}
