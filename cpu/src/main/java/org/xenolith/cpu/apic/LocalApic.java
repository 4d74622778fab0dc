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
 *
 * <p>Power-up leaves it enabled in xAPIC mode at {@link #DEFAULT_BASE}, software-disabled and with
 * all local interrupts masked. INTR is driven anew after each change of the registers.
 */
public final class LocalApic implements InterruptController, BusDevice {
    /** Physical address of the registers after reset. */
    public static final long DEFAULT_BASE = 0xfee00000L;

    private static final int IA32_APIC_BASE = 0x1b;
    private static final int IA32_TSC_DEADLINE = 0x6e0;
    private static final long BASE_BSP = 1 << 8;
    private static final long BASE_X2APIC = 1 << 10;
    private static final long BASE_ENABLE = 1 << 11;
    private static final long PAGE = -1L << 12;

    /** Where the registers appear in the physical address space of their processor. */
    @FunctionalInterface
    public interface PageMap {
        /**
         * Moves the page.
         *
         * @param base physical address, or -1 for nowhere
         */
        void map(long base, BusDevice page);
    }

    /**
     * What CPUID promises of the APIC.
     *
     * @param x2apic CPUID.1:ECX[21]
     * @param tscDeadline CPUID.1:ECX[24]
     * @param physicalBits MAXPHYADDR, 32 to 52
     */
    public record Features(boolean x2apic, boolean tscDeadline, int physicalBits) {
        /** All there is, with 46 bits. */
        public static final Features ALL = new Features(true, true, 46);
    }

    private final Cpu cpu;
    private final Features features;
    private final ProcessorPins pins;
    private final IntSupplier pic;
    private final ApicTimer timer;
    private final ApicRegisters registers;
    private final X2ApicView msrs;
    private PageMap pageMap;
    private final long resetBase;
    private long base;
    private boolean lint0;

    /** With {@link Features#ALL}; see the other constructor. */
    public LocalApic(
            Cpu cpu, int id, ProcessorPins pins, ApicBus bus, TimerQueue timers, IntSupplier pic) {
        this(cpu, id, pins, bus, timers, pic, Features.ALL);
    }

    /**
     * The APIC of a processor.
     *
     * @param cpu makes the exceptions and knows the TSC's offset
     * @param id APIC ID; beyond 254 only x2APIC mode reaches it. 0 is the bootstrap processor
     * @param timers queue in the time of {@link ProcessorPins#now}
     * @param pic the INTA cycle of the 8259s behind LINT0; gives a vector, or -1 for none
     */
    public LocalApic(
            Cpu cpu,
            int id,
            ProcessorPins pins,
            ApicBus bus,
            TimerQueue timers,
            IntSupplier pic,
            Features features) {
        this.cpu = cpu;
        this.pins = pins;
        this.pic = pic;
        this.features = features;
        timer = new ApicTimer(timers, pins::now, () -> cpu.tscOffset, this::timerExpired);
        registers =
                new ApicRegisters(
                        this, bus, timer, new LocalVectorTable(features.tscDeadline()), id);
        msrs = new X2ApicView(registers);
        resetBase = DEFAULT_BASE | BASE_ENABLE | (id == 0 ? BASE_BSP : 0);
        base = resetBase;
        bus.attach(this);
        mapPage(cpu::mapApic);
    }

    /** Has the page mapped by {@code map}, now and whenever IA32_APIC_BASE changes. */
    public void mapPage(PageMap map) {
        pageMap = map;
        mapPage();
    }

    private void mapPage() {
        pageMap.map(enabled() && !x2apic() ? base & PAGE : -1, this);
    }

    /** The RESET# pin: as after power-up, except for the level of LINT0, which the 8259s drive. */
    public void reset() {
        base = resetBase;
        registers.powerUp();
        mapPage();
        update();
    }

    // ---- modes ---------------------------------------------------------------------------------

    /** Whether IA32_APIC_BASE enables it; if not, CPUID.1:EDX[9] is clear. */
    public boolean enabled() {
        return (base & BASE_ENABLE) != 0;
    }

    /** Whether it is in x2APIC mode. */
    public boolean x2apic() {
        return (base & BASE_X2APIC) != 0;
    }

    boolean softwareEnabled() {
        return enabled() && registers.softwareEnabled();
    }

    /**
     * Puts the APIC into virtual wire mode, as firmware does on the bootstrap processor before it
     * starts a system: LINT0 passes the 8259s' interrupts, LINT1 is NMI (SDM vol. 3A, 11.5.1).
     */
    public void virtualWire() {
        registers.write(ApicRegisters.SVR, 0x1ff);
        registers.write(
                ApicRegisters.LVT_TIMER + LocalVectorTable.LINT0,
                DeliveryMode.EXTINT.ordinal() << 8);
        registers.write(
                ApicRegisters.LVT_TIMER + LocalVectorTable.LINT1, DeliveryMode.NMI.ordinal() << 8);
    }

    /** Transitions between modes: SDM vol. 3A, 11.12.5. */
    private void setBase(long value) {
        boolean enable = (value & BASE_ENABLE) != 0;
        boolean extended = (value & BASE_X2APIC) != 0;
        long address = PAGE & ~(-1L << features.physicalBits());
        boolean reserved = (value & ~(address | BASE_BSP | BASE_X2APIC | BASE_ENABLE)) != 0;
        boolean illegal =
                extended && !(enable && features.x2apic() && enabled())
                        || x2apic() && enable && !extended;
        if (reserved || illegal) {
            throw cpu.generalProtection();
        }
        boolean disabled = enabled() && !enable;
        base = value;
        if (disabled) {
            registers.powerUp();
        }
        mapPage();
        update();
    }

    // ---- the bus's side ------------------------------------------------------------------------

    int processorPriority() {
        return registers.priorities().processorPriority();
    }

    boolean isMeant(ApicMessage message) {
        return enabled() && registers.isMeant(message);
    }

    /**
     * Takes a message, or what a local source makes.
     *
     * @return whether it was accepted
     */
    boolean receive(DeliveryMode mode, int vector, boolean level) {
        switch (mode) {
            case FIXED, LOWEST_PRIORITY -> {
                return request(vector, level);
            }
            case SMI -> pins.signalSmi();
            case NMI -> pins.signalNmi();
            case INIT -> {
                registers.init();
                update();
                pins.signalInit();
            }
            case STARTUP -> pins.signalStartup(vector);
            case RESERVED, EXTINT -> {
                return false;
            }
        }
        return true;
    }

    /**
     * Makes an edge-triggered interrupt pending past the bus: a hypervisor's own. It is lost while
     * the APIC is disabled, also by software.
     *
     * @param vector 16 to 255
     */
    public void interrupt(int vector) {
        request(vector, false);
    }

    /** Software has enabled the APIC, or confirmed that it is. */
    void enabledBySoftware() {
        pins.apicEnabled();
    }

    private boolean request(int vector, boolean level) {
        if (!softwareEnabled()) {
            return false;
        }
        if (vector < 16) {
            registers.error(ApicError.RECEIVE_ILLEGAL_VECTOR);
            return false;
        }
        registers.priorities().request(vector, level);
        update();
        return true;
    }

    // ---- local inputs --------------------------------------------------------------------------

    private void timerExpired() {
        local(LocalVectorTable.TIMER);
    }

    /** An edge of a local source, with the delivery mode of its entry. */
    void local(int source) {
        LocalVectorTable table = registers.table();
        if (enabled() && !table.masked(source)) {
            receive(table.mode(source), table.vector(source), false);
        }
    }

    /**
     * Drives LINT0, the INTR output of the 8259s. Its entry's polarity bit has no effect: the wire
     * carries assertion, not voltage.
     */
    public void lint0(boolean high) {
        boolean rising = high && !lint0;
        lint0 = high;
        if (rising && !registers.table().levelTriggered()) {
            local(LocalVectorTable.LINT0);
        }
        update();
    }

    /** A rising edge on LINT1, which is NMI while the APIC is disabled. */
    public void lint1() {
        if (enabled()) {
            local(LocalVectorTable.LINT1);
        } else {
            pins.signalNmi();
        }
    }

    /** The thermal sensor has something to say. */
    public void thermal() {
        local(LocalVectorTable.THERMAL);
    }

    /** A performance counter has overflowed; delivery masks the entry (SDM vol. 3B, 20.6.3). */
    public void performance() {
        local(LocalVectorTable.PERFORMANCE);
        registers.table().mask(LocalVectorTable.PERFORMANCE);
    }

    /** The TSC's offset has changed: a waiting TSC deadline moves. */
    public void tscChanged() {
        timer.tscChanged();
    }

    /** Whether the 8259s' output reaches the processor: through LINT0, or past a disabled APIC. */
    private boolean external() {
        LocalVectorTable table = registers.table();
        boolean passes =
                !table.masked(LocalVectorTable.LINT0)
                        && table.mode(LocalVectorTable.LINT0) == DeliveryMode.EXTINT;
        return lint0 && (!enabled() || passes);
    }

    /** Samples a level-triggered LINT0 and drives INTR anew. */
    void update() {
        LocalVectorTable table = registers.table();
        if (lint0 && softwareEnabled() && table.levelRequestable()) {
            int vector = table.vector(LocalVectorTable.LINT0);
            table.levelAccepted(); // before the request, whose own update must not ask again
            request(vector, true);
        }
        pins.signalInterrupt(external() || enabled() && registers.priorities().deliverable());
    }

    // ---- the processor's side ------------------------------------------------------------------

    /**
     * {@inheritDoc} An external interrupt goes first; a request that priorities hold back gives the
     * spurious vector (SDM vol. 3A, 11.9).
     */
    @Override
    public int acknowledge() {
        int vector = -1;
        if (external()) {
            vector = pic.getAsInt();
        } else if (enabled()) {
            vector = registers.priorities().accept();
            if (vector < 0 && registers.priorities().pending()) {
                vector = registers.spuriousVector();
            }
        }
        update();
        return vector;
    }

    @Override
    public void endOfInterrupt() {
        registers.write(ApicRegisters.EOI, 0);
    }

    @Override
    public int taskPriority() {
        return registers.priorities().taskPriority() >> 4;
    }

    @Override
    public void taskPriority(int priority) {
        registers.write(ApicRegisters.TPR, (priority & 15) << 4);
    }

    @Override
    public boolean ownsMsr(int msr) {
        return msr == IA32_APIC_BASE
                || msr == IA32_TSC_DEADLINE
                || msr >= X2ApicView.FIRST_MSR && msr <= X2ApicView.LAST_MSR;
    }

    @Override
    public long readMsr(int msr) {
        if (msr == IA32_APIC_BASE) {
            return base;
        }
        if (msr == IA32_TSC_DEADLINE && features.tscDeadline()) {
            return timer.tscDeadline();
        }
        if (!x2apic() || !msrs.readable(msr)) {
            throw cpu.generalProtection();
        }
        return msrs.read(msr);
    }

    @Override
    public void writeMsr(int msr, long value) {
        if (msr == IA32_APIC_BASE) {
            setBase(value);
        } else if (msr == IA32_TSC_DEADLINE && features.tscDeadline()) {
            timer.setTscDeadline(value);
        } else if (x2apic() && msrs.accepts(msr, value)) {
            msrs.write(msr, value);
        } else {
            throw cpu.generalProtection();
        }
    }

    // ---- registers in memory -------------------------------------------------------------------

    /**
     * {@inheritDoc} Each register is the first four bytes of its sixteen; the others read as zero,
     * and everything reads as ones except in xAPIC mode.
     */
    @Override
    public long read(long offset, int size) {
        if (!enabled() || x2apic()) {
            return -1;
        }
        int value = (offset & 15) < 4 ? registers.read((int) offset >> 4) : 0;
        return (value & 0xffffffffL) >>> 8 * (offset & 3);
    }

    /** {@inheritDoc} Only aligned stores of 32 bits or more are defined; others have no effect. */
    @Override
    public void write(long offset, int size, long value) {
        if (enabled() && !x2apic() && (offset & 15) == 0 && size >= 4) {
            registers.write((int) offset >> 4, (int) value);
        }
    }

    // ---- saving --------------------------------------------------------------------------------

    /** The state at rest. */
    public LocalApicState save() {
        return registers.save(base, lint0);
    }

    /**
     * Takes a saved state; its timer is armed again and INTR driven.
     *
     * @throws IllegalArgumentException if it has another version or another shape
     */
    public void restore(LocalApicState state) {
        if (state.version() != LocalApicState.VERSION) {
            throw new IllegalArgumentException("local APIC state version " + state.version());
        }
        base = state.base();
        lint0 = state.lint0();
        registers.restore(state);
        mapPage();
        update();
    }
}
