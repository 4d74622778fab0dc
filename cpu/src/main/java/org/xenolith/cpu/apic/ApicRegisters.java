package org.xenolith.cpu.apic;

/**
 * The registers of a local APIC by number: offset in the page / 16, or MSR - 0x800 (SDM vol. 3A,
 * tables 11-1 and 11-6), with what reading and writing them does.
 */
final class ApicRegisters {
    static final int ID = 0x02;
    static final int VERSION = 0x03;
    static final int TPR = 0x08;
    static final int APR = 0x09;
    static final int PPR = 0x0a;
    static final int EOI = 0x0b;
    static final int LDR = 0x0d;
    static final int DFR = 0x0e;
    static final int SVR = 0x0f;
    static final int ISR = 0x10;
    static final int TMR = 0x18;
    static final int IRR = 0x20;
    static final int ESR = 0x28;
    static final int ICR = 0x30;
    static final int ICR_HIGH = 0x31;
    static final int LVT_TIMER = 0x32;
    static final int LVT_THERMAL = 0x33;
    static final int LVT_PERFORMANCE = 0x34;
    static final int LVT_LINT0 = 0x35;
    static final int LVT_LINT1 = 0x36;
    static final int LVT_ERROR = 0x37;
    static final int INITIAL_COUNT = 0x38;
    static final int CURRENT_COUNT = 0x39;
    static final int DIVIDE = 0x3e;
    private static final int SELF_IPI = 0x3f;

    /** Integrated APIC with six LVT entries. */
    private static final int VERSION_VALUE = 0x00050014;

    private static final int SVR_ENABLE = 1 << 8;
    private static final int LVT_MASKED = 1 << 16;
    private static final int ESR_SEND_ILLEGAL = 1 << 5;
    private static final int ESR_RECEIVE_ILLEGAL = 1 << 6;

    /** Bits that can be written: timer, thermal, performance, LINT0, LINT1, error. */
    private static final int[] LVT_WRITABLE = {
        0x700ff, 0x107ff, 0x107ff, 0x1a7ff, 0x1a7ff, 0x100ff
    };

    private final LocalApic apic;
    private final ApicBus bus;
    private final ApicTimer timer;
    private final int id;
    private final int[] isr = new int[8];
    private final int[] tmr = new int[8];
    private final int[] irr = new int[8];
    private final int[] lvt = new int[6];
    private int tpr;
    private int ldr;
    private int dfr;
    private int svr;
    private int esr;
    private int errors;
    private int icr;
    private int icrHigh;
    private boolean raisingError;

    ApicRegisters(LocalApic apic, ApicBus bus, ApicTimer timer, int id) {
        this.apic = apic;
        this.bus = bus;
        this.timer = timer;
        this.id = id;
        reset();
    }

    /** The state after power-up, reset or INIT (SDM vol. 3A, 11.4.7). */
    void reset() {
        java.util.Arrays.fill(isr, 0);
        java.util.Arrays.fill(tmr, 0);
        java.util.Arrays.fill(irr, 0);
        java.util.Arrays.fill(lvt, LVT_MASKED);
        tpr = 0;
        ldr = 0;
        dfr = -1;
        svr = 0xff;
        esr = 0;
        errors = 0;
        icr = 0;
        icrHigh = 0;
        timer.reset();
    }

    ApicTimer timer() {
        return timer;
    }

    boolean softwareEnabled() {
        return (svr & SVR_ENABLE) != 0;
    }

    // ---- priorities ----------------------------------------------------------------------------

    private static int highest(int[] bits) {
        for (int i = 7; i >= 0; i--) {
            if (bits[i] != 0) {
                return 32 * i + 31 - Integer.numberOfLeadingZeros(bits[i]);
            }
        }
        return -1;
    }

    int processorPriority() {
        int inService = Math.max(0, highest(isr));
        return tpr >> 4 >= inService >> 4 ? tpr : inService & 0xf0;
    }

    /** The vector that the processor may have now, or -1. */
    int deliverable() {
        int vector = highest(irr);
        return vector >> 4 > processorPriority() >> 4 ? vector : -1;
    }

    /** Moves the deliverable vector into service; the spurious one if there is none. */
    int accept() {
        int vector = deliverable();
        if (vector < 0) {
            return -1;
        }
        irr[vector >> 5] &= ~(1 << vector);
        isr[vector >> 5] |= 1 << vector;
        return vector;
    }

    /** A fixed interrupt has arrived. */
    void request(int vector, boolean level) {
        if (vector < 16) {
            error(ESR_RECEIVE_ILLEGAL);
            return;
        }
        int bit = 1 << vector;
        irr[vector >> 5] |= bit;
        tmr[vector >> 5] = level ? tmr[vector >> 5] | bit : tmr[vector >> 5] & ~bit;
        apic.update();
    }

    private void endOfInterrupt() {
        int vector = highest(isr);
        if (vector >= 0) {
            isr[vector >> 5] &= ~(1 << vector);
            if ((tmr[vector >> 5] & 1 << vector) != 0) {
                bus.endOfInterrupt(vector);
            }
        }
        apic.update();
    }

    private void error(int bit) {
        errors |= bit;
        if (!raisingError) {
            raisingError = true; // an illegal vector in the entry itself must not recurse
            local(LVT_ERROR);
            raisingError = false;
        }
    }

    // ---- local vector table --------------------------------------------------------------------

    /** An event of a local source. */
    void local(int register) {
        int entry = lvt[register - LVT_TIMER];
        if ((entry & LVT_MASKED) != 0) {
            return;
        }
        int mode = register == LVT_TIMER || register == LVT_ERROR ? 0 : entry >> 8 & 7;
        if (mode == ApicBus.NMI) {
            apic.nmi();
        } else if (mode == ApicBus.FIXED) {
            request(entry & 0xff, false);
        }
    }

    void localUnlessExtInt(int register) {
        if ((lvt[register - LVT_TIMER] >> 8 & 7) != ApicBus.EXTINT) {
            local(register);
        }
    }

    /** Whether LINT0 lets the 8259s' interrupts through. */
    boolean passesExtInt() {
        int entry = lvt[LVT_LINT0 - LVT_TIMER];
        return (entry & LVT_MASKED) == 0 && (entry >> 8 & 7) == ApicBus.EXTINT;
    }

    // ---- destinations --------------------------------------------------------------------------

    private int logicalId() {
        return apic.x2apic() ? id >> 4 << 16 | 1 << (id & 15) : ldr;
    }

    boolean logicallyMeant(int destination) {
        int logical = logicalId();
        if (apic.x2apic()) {
            return destination >>> 16 == logical >>> 16 && (destination & logical & 0xffff) != 0;
        }
        int mine = logical >>> 24;
        if (dfr >>> 28 == 15) {
            return (destination & mine) != 0;
        }
        int cluster = destination >> 4 & 15;
        return (cluster == 15 || cluster == mine >> 4) && (destination & mine & 15) != 0;
    }

    private void send() {
        int vector = icr & 0xff;
        int mode = icr >> 8 & 7;
        boolean deassert = mode == ApicBus.INIT && (icr & 1 << 15) != 0 && (icr & 1 << 14) == 0;
        if (deassert) {
            return; // only synchronised arbitration IDs in the first APICs
        }
        if ((mode == ApicBus.FIXED || mode == ApicBus.LOWEST_PRIORITY) && vector < 16) {
            error(ESR_SEND_ILLEGAL);
        }
        switch (icr >> 18 & 3) {
            case 0 -> {
                int destination = apic.x2apic() ? icrHigh : icrHigh >>> 24;
                bus.deliver(destination, (icr & 1 << 11) != 0, mode, vector, false);
            }
            case 1 -> apic.receive(mode, vector, false);
            case 2 -> bus.deliverToAll(null, mode, vector);
            default -> bus.deliverToAll(apic, mode, vector);
        }
    }

    // ---- reading and writing -------------------------------------------------------------------

    static boolean readableAsMsr(int register) {
        return switch (register) {
            case ID, VERSION, TPR, PPR, LDR, SVR, ESR, ICR -> true;
            case INITIAL_COUNT, CURRENT_COUNT, DIVIDE -> true;
            default ->
                    register >= ISR && register < ESR
                            || register >= LVT_TIMER && register <= LVT_ERROR;
        };
    }

    /** Bits that WRMSR may set; 0 for registers that cannot be written or take only 0. */
    static long writableAsMsr(int register) {
        return switch (register) {
            case TPR -> 0xff;
            case SVR -> 0x1ff;
            case ICR -> 0xffffffff000ccfffL;
            case INITIAL_COUNT -> 0xffffffffL;
            case DIVIDE -> 11;
            case SELF_IPI -> 0xff;
            default ->
                    register >= LVT_TIMER && register <= LVT_ERROR
                            ? LVT_WRITABLE[register - LVT_TIMER]
                            : 0;
        };
    }

    static boolean takesZero(int register) {
        return register == EOI || register == ESR;
    }

    int read(int register) {
        if (register >= ISR && register < ESR) {
            int[] bits = register < TMR ? isr : register < IRR ? tmr : irr;
            return bits[register & 7];
        }
        if (register >= LVT_TIMER && register <= LVT_ERROR) {
            return lvt[register - LVT_TIMER];
        }
        return switch (register) {
            case ID -> apic.x2apic() ? id : id << 24;
            case VERSION -> VERSION_VALUE;
            case TPR -> tpr;
            case APR -> 0;
            case PPR -> processorPriority();
            case LDR -> logicalId();
            case DFR -> dfr;
            case SVR -> svr;
            case ESR -> esr;
            case ICR -> icr;
            case ICR_HIGH -> icrHigh;
            case INITIAL_COUNT -> (int) timer.initialCount();
            case CURRENT_COUNT -> (int) timer.currentCount();
            case DIVIDE -> timer.divideConfiguration();
            default -> 0;
        };
    }

    void write(int register, int value) {
        if (register >= LVT_TIMER && register <= LVT_ERROR) {
            writeLvt(register, value);
            return;
        }
        switch (register) {
            case TPR -> {
                tpr = value & 0xff;
                apic.update();
            }
            case EOI -> endOfInterrupt();
            case LDR -> ldr = value & 0xff000000;
            case DFR -> dfr = value | 0x0fffffff;
            case SVR -> {
                svr = value & 0x1ff;
                if (!softwareEnabled()) {
                    for (int i = 0; i < lvt.length; i++) {
                        lvt[i] |= LVT_MASKED;
                    }
                }
                apic.update();
            }
            case ESR -> {
                esr = errors;
                errors = 0;
            }
            case ICR -> {
                icr = value & 0x000ccfff;
                send();
            }
            case ICR_HIGH -> icrHigh = apic.x2apic() ? value : value & 0xff000000;
            case INITIAL_COUNT -> timer.setInitialCount(value & 0xffffffffL);
            case DIVIDE -> timer.setDivideConfiguration(value);
            default -> {
                // reserved or read-only
            }
        }
    }

    private void writeLvt(int register, int value) {
        int i = register - LVT_TIMER;
        int written = value & LVT_WRITABLE[i];
        lvt[i] = softwareEnabled() ? written : written | LVT_MASKED;
        if (register == LVT_TIMER) {
            timer.setMode(written >> 17 & 3);
        }
        apic.update();
    }
}
