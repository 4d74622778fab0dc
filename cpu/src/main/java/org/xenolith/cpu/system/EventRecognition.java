package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/**
 * Takes events from outside at an instruction boundary, in order of priority: INIT, NMI, INTR (SDM
 * vol. 3A, 7.9).
 */
final class EventRecognition {
    private static final int NMI_VECTOR = 2;

    private EventRecognition() {}

    /** Whether STI, MOV SS or POP SS holds interrupts off. */
    static boolean inhibited(Cpu c) {
        return c.instructions < c.shadowUntil;
    }

    /** IRET: NMIs may come again, first the one that came meanwhile. */
    static void unblockNmi(Cpu c) {
        if (c.nonRoot != null && c.nonRoot.iretKeepsBlocking) {
            return;
        }
        c.nmiBlocked = false;
        if (c.nmiLatched) {
            c.nmiLatched = false;
            c.pins |= Cpu.PIN_NMI;
        }
    }

    /**
     * Takes the first event that may be taken.
     *
     * @return whether there was one
     */
    static boolean service(Cpu c, NativeSupervisor supervisor) {
        boolean root = c.vmx != null && c.vmx.on; // where INIT waits for the end of it
        if ((c.pins & Cpu.PIN_INIT) != 0 && !root) {
            c.pins &= ~Cpu.PIN_INIT;
            supervisor.init(c);
            return true;
        }
        if ((c.pins & Cpu.PIN_NMI) != 0 && c.nmiBlocked) {
            c.pins &= ~Cpu.PIN_NMI; // or the pin would be looked at before every instruction
            c.nmiLatched = true;
        }
        if (c.shutdown || c.waitsForStartup || inhibited(c)) {
            return false;
        }
        if ((c.pins & Cpu.PIN_NMI) != 0) {
            c.pins &= ~Cpu.PIN_NMI;
            c.nmiBlocked = true;
            c.halted = false;
            c.monitor.disarm();
            supervisor.external(c, NMI_VECTOR);
            return true;
        }
        if ((c.pins & Cpu.PIN_INTR) != 0 && (c.eflags & Flags.IF) != 0) {
            int vector = c.interruptController.acknowledge();
            if (vector >= 0) {
                c.halted = false;
                c.monitor.disarm();
                supervisor.external(c, vector);
                return true;
            }
        }
        if ((c.pins & Cpu.PIN_INTR) != 0 && c.monitor.endsByMasked()) {
            c.halted = false;
            c.monitor.disarm();
        }
        return false;
    }
}
