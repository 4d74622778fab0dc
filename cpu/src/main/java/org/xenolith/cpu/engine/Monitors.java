package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

import java.util.List;

/** The lines that a machine's processors watch by MONITOR. */
final class Monitors {
    private final List<Cpu> processors;
    private boolean armed;

    /**
     * @param processors of the machine, now and later
     */
    Monitors(List<Cpu> processors) {
        this.processors = processors;
    }

    /** Some processor has begun or ended to watch. */
    void changed() {
        armed = false;
        for (Cpu cpu : processors) {
            armed |= cpu.monitor.armed();
        }
    }

    /** Whether a line in the frame of a machine address is watched. */
    boolean watch(long maddr) {
        if (armed) {
            for (Cpu cpu : processors) {
                if (cpu.monitor.watchesFrame(maddr)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Bytes are about to change. */
    void written(long maddr, long length) {
        if (armed) {
            for (Cpu cpu : processors) {
                cpu.monitor.written(maddr, length);
            }
        }
    }
}
