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
    static final int RRD = 0x0c;
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
    static final int LVT_ERROR = 0x37;
    static final int INITIAL_COUNT = 0x38;
    static final int CURRENT_COUNT = 0x39;
    static final int DIVIDE = 0x3e;
    static final int SELF_IPI = 0x3f;

    /** Spurious vector, software enable, focus processor checking (kept, without effect). */
    static final int SVR_WRITABLE = 0x3ff;

    private static final int SVR_ENABLE = 1 << 8;
    private static final int SVR_RESET = 0xff;

    /** An integrated APIC (0x14) whose last LVT entry is number 5; EOI is always broadcast. */
    private static final int VERSION_VALUE = 0x00050014;

    private static final int TOP_BYTE = 0xff000000;
    private static final int DFR_FIXED = 0x0fffffff;

    private final LocalApic apic;
    private final ApicBus bus;
    private final ApicTimer timer;
    private final LocalVectorTable table;
    private final PriorityLogic priorities = new PriorityLogic();
    private final int initialId;
    private int xapicId;
    private int ldr;
    private int dfr;
    private int svr;
    private int esr;
    private int errors;
    private boolean errorArmed;
    private int icr;
    private int icrHigh;

    ApicRegisters(LocalApic apic, ApicBus bus, ApicTimer timer, LocalVectorTable table, int id) {
        this.apic = apic;
        this.bus = bus;
        this.timer = timer;
        this.table = table;
        initialId = id;
        powerUp();
    }

    /** The state after power-up, or after the APIC was disabled (SDM vol. 3A, 11.4.7.1). */
    void powerUp() {
        xapicId = initialId & 0xff;
        init();
    }

    /** The state after INIT: as after power-up, but for the APIC ID (SDM vol. 3A, 11.4.7.3). */
    void init() {
        priorities.reset();
        table.reset();
        timer.reset();
        ldr = 0;
        dfr = -1;
        svr = SVR_RESET;
        esr = 0;
        errors = 0;
        errorArmed = true;
        icr = 0;
        icrHigh = 0;
    }

    LocalVectorTable table() {
        return table;
    }

    PriorityLogic priorities() {
        return priorities;
    }

    boolean softwareEnabled() {
        return (svr & SVR_ENABLE) != 0;
    }

    int spuriousVector() {
        return svr & 0xff;
    }

    static boolean isLvt(int register) {
        return register >= LVT_TIMER && register <= LVT_ERROR;
    }

    /** The local vector table's source whose register this is. */
    static int source(int lvtRegister) {
        return lvtRegister - LVT_TIMER;
    }

    // ---- destinations --------------------------------------------------------------------------

    /** In x2APIC mode it follows from the ID (SDM vol. 3A, 11.12.10.2). */
    private int logicalId() {
        return apic.x2apic() ? initialId >> 4 << 16 | 1 << (initialId & 15) : ldr;
    }

    boolean isMeant(ApicMessage message) {
        int destination = message.destination();
        if (message.broadcast()) {
            return true;
        }
        if (!message.logical()) {
            return destination == (apic.x2apic() ? initialId : xapicId);
        }
        int mine = logicalId();
        if (apic.x2apic()) {
            return destination >>> 16 == mine >>> 16 && (destination & mine & 0xffff) != 0;
        }
        mine >>>= 24;
        if (destination >>> 8 != 0) {
            return false;
        }
        boolean flat = dfr >>> 28 == 15;
        return flat
                ? (destination & mine) != 0
                : destination >> 4 == mine >> 4 && (destination & mine & 15) != 0;
    }

    // ---- errors --------------------------------------------------------------------------------

    /**
     * Logs an error; the first after a write of ESR interrupts (SDM vol. 3A, 11.5.3).
     *
     * @param bit as in ESR
     */
    void error(int bit) {
        errors |= bit;
        if (errorArmed) {
            errorArmed = false;
            apic.local(LocalVectorTable.ERROR);
        }
    }

    private void writeEsr() {
        esr = errors;
        errors = 0;
        errorArmed = true;
    }

    // ---- reading and writing -------------------------------------------------------------------

    /** Reads; registers that do not exist read as 0, which is an error in xAPIC mode. */
    int read(int register) {
        if (register >= ISR && register < ESR) {
            return priorities.read(register - ISR);
        }
        if (isLvt(register)) {
            return table.entry(source(register));
        }
        return switch (register) {
            case ID -> apic.x2apic() ? initialId : xapicId << 24;
            case VERSION -> VERSION_VALUE;
            case TPR -> priorities.taskPriority();
            case PPR -> priorities.processorPriority();
            case LDR -> logicalId();
            case DFR -> dfr;
            case SVR -> svr;
            case ESR -> esr;
            case ICR -> icr;
            case ICR_HIGH -> icrHigh;
            case INITIAL_COUNT -> (int) timer.initialCount();
            case CURRENT_COUNT -> (int) timer.currentCount();
            case DIVIDE -> timer.divideConfiguration();
            case APR, RRD, EOI -> 0; // APR and remote read are gone since the Pentium 4
            default -> {
                error(ApicError.ILLEGAL_REGISTER);
                yield 0;
            }
        };
    }

    void write(int register, int value) {
        if (isLvt(register)) {
            writeLvt(source(register), value);
            return;
        }
        switch (register) {
            case ID -> xapicId = value >>> 24;
            case TPR -> {
                priorities.taskPriority(value & 0xff);
                apic.update();
            }
            case EOI -> endOfInterrupt();
            case LDR -> ldr = value & TOP_BYTE;
            case DFR -> dfr = value | DFR_FIXED;
            case SVR -> writeSvr(value);
            case ESR -> writeEsr();
            case ICR -> writeIcr(value);
            case ICR_HIGH -> icrHigh = apic.x2apic() ? value : value & TOP_BYTE;
            case INITIAL_COUNT -> timer.setInitialCount(value & 0xffffffffL);
            case DIVIDE -> timer.setDivideConfiguration(value);
            case VERSION, APR, PPR, RRD, CURRENT_COUNT -> {
                // read-only
            }
            default -> {
                if (register < ISR || register >= ESR) {
                    error(ApicError.ILLEGAL_REGISTER);
                }
            }
        }
    }

    private void writeSvr(int value) {
        svr = value & SVR_WRITABLE;
        if (!softwareEnabled()) {
            table.maskAll();
        }
        apic.update();
        if (softwareEnabled()) {
            apic.enabledBySoftware();
        }
    }

    private void writeLvt(int source, int value) {
        table.write(source, value, softwareEnabled());
        if (source == LocalVectorTable.TIMER) {
            timer.setMode(table.timerMode());
        }
        apic.update();
    }

    private void writeIcr(int value) {
        icr = value & InterruptCommand.WRITABLE;
        send(icr);
    }

    private void send(int command) {
        if (DeliveryMode.of(command >> 8 & 7).hasVector() && (command & 0xff) < 16) {
            error(ApicError.SEND_ILLEGAL_VECTOR);
        }
        boolean x2apic = apic.x2apic();
        InterruptCommand.send(apic, bus, command, x2apic ? icrHigh : icrHigh >>> 24, x2apic);
    }

    /** The self IPI register: a fixed interrupt for this APIC. */
    void selfIpi(int vector) {
        send(1 << 18 | vector & 0xff);
    }

    private void endOfInterrupt() {
        int vector = priorities.end();
        if (vector >= 0 && priorities.levelTriggered(vector)) {
            table.levelEnded(vector);
            bus.endOfInterrupt(vector);
        }
        apic.update();
    }

    // ---- saving --------------------------------------------------------------------------------

    LocalApicState save(long base, boolean lint0) {
        return new LocalApicState(
                LocalApicState.VERSION,
                base,
                xapicId,
                priorities.taskPriority(),
                ldr,
                dfr,
                svr,
                esr,
                errors,
                errorArmed,
                icr & 0xffffffffL | (long) icrHigh << 32,
                priorities.inService.save(),
                priorities.triggerMode.save(),
                priorities.requested.save(),
                table.save(),
                lint0,
                timer.save());
    }

    void restore(LocalApicState state) {
        priorities.inService.restore(state.isr());
        priorities.triggerMode.restore(state.tmr());
        priorities.requested.restore(state.irr());
        table.restore(state.lvt());
        priorities.taskPriority(state.tpr() & 0xff);
        xapicId = state.xapicId() & 0xff;
        ldr = state.ldr() & TOP_BYTE;
        dfr = state.dfr() | DFR_FIXED;
        svr = state.svr() & SVR_WRITABLE;
        esr = state.esr() & ApicError.ALL;
        errors = state.errors() & ApicError.ALL;
        errorArmed = state.errorArmed();
        icr = (int) state.icr() & InterruptCommand.WRITABLE;
        icrHigh = (int) (state.icr() >>> 32);
        timer.restore(table.timerMode(), state.timer());
    }
}
