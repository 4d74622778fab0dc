package org.xenolith.devices;

import org.xenolith.cpu.bus.InterruptLine;

/** An interrupt line that remembers its level and counts rising edges. */
public final class Wire implements InterruptLine {
    public boolean high;
    public int rises;

    @Override
    public void set(boolean level) {
        rises += level && !high ? 1 : 0;
        high = level;
    }
}
