package org.xenolith.xen.trace;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/** Where events of a machine go. */
public final class Tracer {
    /** Traces nothing. */
    public static final Tracer OFF = new Tracer(Set.of(), event -> {});

    private final EnumSet<TraceKind> kinds = EnumSet.noneOf(TraceKind.class);
    private final Consumer<TraceEvent> sink;

    /**
     * Traces some kinds of events.
     *
     * @param sink takes each event, on the thread that runs the machine
     */
    public Tracer(Set<TraceKind> wanted, Consumer<TraceEvent> sink) {
        kinds.addAll(wanted);
        this.sink = sink;
    }

    /** Whether events of this kind are to be emitted. */
    public boolean wants(TraceKind kind) {
        return kinds.contains(kind);
    }

    /** Takes an event of a kind that is wanted. */
    public void emit(TraceEvent event) {
        sink.accept(event);
    }
}
