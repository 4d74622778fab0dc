package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.NonRoot;

/** MONITOR and MWAIT (SDM vol. 2B; vol. 3A, 10.10). */
public final class MonitorOps {
    /** MWAIT's ECX: interrupts end it even while EFLAGS.IF is clear. */
    private static final int MASKED_INTERRUPTS = 1;

    private MonitorOps() {}

    /** MONITOR: watches the line at DS:rAX, where that is RAM; EDX holds hints. */
    public static void monitor(Cpu c, int addressSize, int segment) {
        requireUsable(c);
        NonRoot.check(c, ExitReason.MONITOR);
        if (extensions(c) != 0) {
            throw c.generalProtection();
        }
        long offset = Bits.zext(c.regs[Cpu.RAX], addressSize);
        long maddr = c.readable(c.linearData(segment, offset, 1, false));
        if (maddr >= 0) {
            c.monitor.arm(maddr);
        } else {
            c.monitor.disarm();
        }
    }

    /** MWAIT: waits for a store to the line or an event; EAX holds hints. */
    public static void mwait(Cpu c) {
        requireUsable(c);
        NonRoot.check(c, ExitReason.MWAIT, c.monitor.armed() ? 1 : 0);
        long extensions = extensions(c);
        if ((extensions & ~MASKED_INTERRUPTS) != 0) {
            throw c.generalProtection();
        }
        if (c.monitor.armed()) {
            c.monitor.await((extensions & MASKED_INTERRUPTS) != 0);
        }
    }

    /** ECX, or in 64-bit mode all of RCX, none of whose upper bits is defined. */
    private static long extensions(Cpu c) {
        boolean wide = (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
        return Bits.zext(c.regs[Cpu.RCX], wide ? 8 : 4);
    }

    /** #UD above ring 0, and where IA32_MISC_ENABLE has switched them off. */
    private static void requireUsable(Cpu c) {
        if (c.cpl != 0 || c.monitor.disabled) {
            throw c.undefined();
        }
    }
}
