package org.xenolith.cpu.engine;

import java.util.Locale;

/** How much work goes into a translation: first little, for code that is warm, then more. */
public enum Tier {
    /**
     * Blocks of one page that have no translation yet, each of which may be entered. HotSpot's
     * quick compiler (C1) is enough for them.
     */
    BASELINE,

    /**
     * What is executed most from one block on, across pages and into what it calls, entered at that
     * block only: for C2.
     */
    OPTIMIZED;

    /** The name as users write it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
