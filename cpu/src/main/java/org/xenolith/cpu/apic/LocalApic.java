package org.xenolith.cpu.apic;

import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.InterruptController;
import org.xenolith.cpu.state.ProcessorPins;
import org.xenolith.cpu.time.TimerQueue;

import java.util.function.IntSupplier;

/**
 * A local APIC in xAPIC or x2APIC mode (SDM vol. 3A, chapter 11): 32-bit registers at 16-byte steps
 * of a page, or MSRs 0x800 to 0x83f.
 */
public final class LocalApic implements InterruptController, BusDevice {
    /** Where the registers are after reset. */
    public static final long DEFAULT_BASE = 0xfee00000L;

    private static final int IA32_APIC_BASE = 0x1b;
    private static final int IA32_TSC_DEADLINE = 0x6e0;
    private static final int X2APIC_FIRST = 0x800;
    private static final int X2APIC_LAST = 0x8ff;

    private static final long BASE_BSP = 1 << 8;
    private static final long BASE_X2APIC = 1 << 10;
    private static final long BASE_ENABLE = 1 << 11;
    private static final long BASE_ADDRESS = 0x000ffffffffff000L;

    private static final int SELF_IPI = 0x3f;

    private final Cpu cpu;
    private final int id;
    private final ProcessorPins pins;
    private final IntSupplier pic;
    private final ApicRegisters registers;
    private long base;
    private boolean lint0;

    /**
     * The APIC of a processor.
     *
     * @param id APIC ID, below 255
     * @param pic the INTA cycle of the 8259s behind LINT0; gives a vector
     */
    public LocalApic(
            Cpu cpu, int id, ProcessorPins pins, ApicBus bus, TimerQueue timers, IntSupplier pic) {
        this.cpu = cpu;
        this.id = id;
        this.pins = pins;
        this.pic = pic;
        ApicTimer timer = new ApicTimer(timers, pins::now, () -> cpu.tscOffset, this::timerExpired);
        registers = new ApicRegisters(this, bus, timer, id);
        base = DEFAULT_BASE | BASE_ENABLE | (id == 0 ? BASE_BSP : 0);
        bus.attach(this);
        cpu.mapApic(DEFAULT_BASE, this);
    }

    private void timerExpired() {
        registers.local(ApicRegisters.LVT_TIMER);
    }

    // ---- the bus's side ------------------------------------------------------------------------

    boolean x2apic() {
        return (base & BASE_X2APIC) != 0;
    }

    private boolean enabled() {
        return (base & BASE_ENABLE) != 0;
    }

    boolean softwareEnabled() {
        return enabled() && registers.softwareEnabled();
    }

    int processorPriority() {
        return registers.processorPriority();
    }

    boolean isMeant(int destination, boolean logical) {
        if (!enabled()) {
            return false;
        }
        int broadcast = x2apic() ? ApicBus.BROADCAST : 0xff;
        if (destination == broadcast || destination == ApicBus.BROADCAST) {
            return true;
        }
        return logical ? registers.logicallyMeant(destination) : destination == id;
    }

    void receive(int mode, int vector, boolean level) {
        switch (mode) {
            case ApicBus.FIXED, ApicBus.LOWEST_PRIORITY -> {
                if (softwareEnabled()) {
                    registers.request(vector, level);
                }
            }
            case ApicBus.SMI -> pins.signalSmi();
            case ApicBus.NMI -> pins.signalNmi();
            case ApicBus.INIT -> {
                registers.reset();
                update();
                pins.signalInit();
            }
            case ApicBus.STARTUP -> pins.signalStartup(vector);
            default -> {
                // ExtINT needs an INTA cycle, which only LINT0 has here
            }
        }
    }

    // ---- local inputs --------------------------------------------------------------------------

    /** Drives LINT0, the INTR output of the 8259s. */
    public void lint0(boolean high) {
        boolean rising = high && !lint0;
        lint0 = high;
        if (rising && enabled()) {
            registers.localUnlessExtInt(ApicRegisters.LVT_LINT0);
        }
        update();
    }

    /** A rising edge on LINT1, which is NMI while the APIC is disabled. */
    public void lint1() {
        if (enabled()) {
            registers.local(ApicRegisters.LVT_LINT1);
        } else {
            pins.signalNmi();
        }
    }

    /**
     * Puts the APIC into virtual wire mode, as firmware does on the bootstrap processor before it
     * starts a system: LINT0 passes the 8259s' interrupts, LINT1 is NMI (SDM vol. 3A, 11.5.1).
     */
    public void virtualWire() {
        registers.write(ApicRegisters.SVR, 0x1ff);
        registers.write(ApicRegisters.LVT_LINT0, ApicBus.EXTINT << 8);
        registers.write(ApicRegisters.LVT_LINT1, ApicBus.NMI << 8);
    }

    void nmi() {
        pins.signalNmi();
    }

    private boolean external() {
        return lint0 && (!enabled() || registers.passesExtInt());
    }

    /** Drives INTR anew. */
    void update() {
        pins.signalInterrupt(external() || enabled() && registers.deliverable() >= 0);
    }

    // ---- the processor's side ------------------------------------------------------------------

    @Override
    public int acknowledge() {
        int vector;
        if (external()) {
            vector = pic.getAsInt();
        } else {
            vector = enabled() ? registers.accept() : -1;
        }
        update();
        return vector;
    }

    @Override
    public int taskPriority() {
        return registers.read(ApicRegisters.TPR) >> 4 & 15;
    }

    @Override
    public void taskPriority(int priority) {
        registers.write(ApicRegisters.TPR, priority << 4);
    }

    @Override
    public boolean ownsMsr(int msr) {
        return msr == IA32_APIC_BASE
                || msr == IA32_TSC_DEADLINE
                || msr >= X2APIC_FIRST && msr <= X2APIC_LAST;
    }

    @Override
    public long readMsr(int msr) {
        if (msr == IA32_APIC_BASE) {
            return base;
        }
        if (msr == IA32_TSC_DEADLINE) {
            return registers.timer().tscDeadline();
        }
        int register = msr - X2APIC_FIRST;
        if (!x2apic() || !ApicRegisters.readableAsMsr(register)) {
            throw cpu.generalProtection();
        }
        long low = registers.read(register) & 0xffffffffL;
        boolean wide = register == ApicRegisters.ICR;
        return wide ? low | (long) registers.read(ApicRegisters.ICR_HIGH) << 32 : low;
    }

    @Override
    public void writeMsr(int msr, long value) {
        if (msr == IA32_APIC_BASE) {
            setBase(value);
            return;
        }
        if (msr == IA32_TSC_DEADLINE) {
            registers.timer().setTscDeadline(value);
            return;
        }
        int register = msr - X2APIC_FIRST;
        if (!x2apic() || (value & ~ApicRegisters.writableAsMsr(register)) != 0) {
            throw cpu.generalProtection();
        }
        switch (register) {
            case ApicRegisters.ICR -> {
                registers.write(ApicRegisters.ICR_HIGH, (int) (value >>> 32));
                registers.write(ApicRegisters.ICR, (int) value);
            }
            case SELF_IPI -> receive(ApicBus.FIXED, (int) value, false);
            default -> {
                if (ApicRegisters.writableAsMsr(register) == 0
                        && !ApicRegisters.takesZero(register)) {
                    throw cpu.generalProtection();
                }
                registers.write(register, (int) value);
            }
        }
    }

    /** Transitions between modes: SDM vol. 3A, 11.12.5. */
    private void setBase(long value) {
        boolean enable = (value & BASE_ENABLE) != 0;
        boolean extended = (value & BASE_X2APIC) != 0;
        boolean reserved = (value & ~(BASE_ADDRESS | BASE_BSP | BASE_X2APIC | BASE_ENABLE)) != 0;
        boolean illegal =
                extended && !enable || x2apic() && enable && !extended || !enabled() && extended;
        if (reserved || illegal) {
            throw cpu.generalProtection();
        }
        boolean disabled = enabled() && !enable;
        base = value;
        if (disabled) {
            registers.reset();
        }
        cpu.mapApic(enable && !extended ? value & BASE_ADDRESS : -1, this);
        update();
    }

    // ---- registers in memory -------------------------------------------------------------------

    @Override
    public long read(long offset, int size) {
        int value = (offset & 15) < 4 ? registers.read((int) offset >> 4) : 0;
        return (value & 0xffffffffL) >>> 8 * (offset & 3);
    }

    /** Only aligned 32-bit stores are defined; others have no effect. */
    @Override
    public void write(long offset, int size, long value) {
        if ((offset & 15) == 0 && size >= 4) {
            int register = (int) offset >> 4;
            if (register != SELF_IPI) {
                registers.write(register, (int) value);
            }
        }
    }
}
