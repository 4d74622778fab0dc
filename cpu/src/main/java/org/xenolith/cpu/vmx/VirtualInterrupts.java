package org.xenolith.cpu.vmx;

import static org.xenolith.cpu.vmx.VirtualApicPage.IRR;
import static org.xenolith.cpu.vmx.VirtualApicPage.ISR;
import static org.xenolith.cpu.vmx.VirtualApicPage.PPR;
import static org.xenolith.cpu.vmx.VirtualApicPage.TPR;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.Flags;

/**
 * Evaluation and delivery of virtual interrupts (SDM vol. 3C, 30.1.3 to 30.2.2): the highest vector
 * requested (RVI) and in service (SVI) are kept in the guest's interrupt status.
 */
final class VirtualInterrupts {
    private static final int CLASS = 0xf0;
    private static final int VECTOR = 0xff;

    private static final int DESCRIPTOR_BYTES = 64;
    private static final int NOTIFIED_AT = 32;

    private final NonRootOperation owner;
    private final VirtualApicPage page;
    private final Cpu cpu;
    private boolean on;

    VirtualInterrupts(NonRootOperation owner, VirtualApicPage page) {
        this.owner = owner;
        this.page = page;
        cpu = owner.cpu;
    }

    void load(boolean delivery) {
        on = delivery;
    }

    /** VM entry: the processor priority anew, and whether an interrupt is pending. */
    void enter() {
        priorityChanged();
    }

    void leave() {
        cpu.pins &= ~Cpu.PIN_VIRTUAL;
    }

    private int requested() {
        return owner.field(VmcsField.GUEST_INTERRUPT_STATUS) & VECTOR;
    }

    private int inService() {
        return owner.field(VmcsField.GUEST_INTERRUPT_STATUS) >>> 8 & VECTOR;
    }

    private void status(int rvi, int svi) {
        owner.put(VmcsField.GUEST_INTERRUPT_STATUS, svi << 8 | rvi);
    }

    /** The task priority, or what is in service, has changed. */
    void priorityChanged() {
        updatePriority();
        evaluate();
    }

    private void updatePriority() {
        int task = page.get32(TPR) & VECTOR;
        int service = inService();
        page.put32(PPR, (task & CLASS) >= (service & CLASS) ? task : service & CLASS);
    }

    private void evaluate() {
        boolean pending =
                !owner.primary(Controls.INTERRUPT_WINDOW_EXITING)
                        && (requested() & CLASS) > (page.get32(PPR) & CLASS);
        cpu.pins = pending ? cpu.pins | Cpu.PIN_VIRTUAL : cpu.pins & ~Cpu.PIN_VIRTUAL;
        cpu.attend();
    }

    /** The guest requests an interrupt of itself. */
    void request(int vector) {
        page.set(IRR, vector);
        status(Math.max(requested(), vector), inService());
        evaluate();
    }

    /**
     * Posted-interrupt processing (SDM vol. 3C, 30.6): takes the requests that the descriptor in
     * memory holds.
     */
    void takePosted() {
        long at = owner.vmcs.read(VmcsField.POSTED_INTERRUPT_DESCRIPTOR);
        PhysicalMemory ram = cpu.ram;
        if (!ram.contains(at, DESCRIPTOR_BYTES)) {
            return;
        }
        ram.put8(at + NOTIFIED_AT, (byte) (ram.get8(at + NOTIFIED_AT) & ~1));
        for (int vector = 0; vector <= VECTOR; vector += 32) {
            int bits = ram.get32(at + vector / 8);
            ram.put32(at + vector / 8, 0);
            for (; bits != 0; bits &= bits - 1) {
                request(vector + Integer.numberOfTrailingZeros(bits));
            }
        }
    }

    /** The guest has dealt with the interrupt in service. */
    void endOfInterrupt() {
        int vector = inService();
        page.clear(ISR, vector);
        status(requested(), page.highest(ISR));
        updatePriority();
        if (exits(vector)) {
            owner.exitBehind(ExitReason.VIRTUALIZED_EOI, vector);
        } else {
            evaluate();
        }
    }

    private boolean exits(int vector) {
        VmcsField bitmap = VmcsField.of(VmcsField.EOI_EXIT_BITMAP_0.encoding + 2L * (vector >>> 6));
        return (owner.vmcs.read(bitmap) >>> vector & 1) != 0;
    }

    /**
     * Delivers the pending interrupt if it may be taken.
     *
     * @return whether there was one
     */
    boolean boundary() {
        boolean open =
                (cpu.eflags & Flags.IF) != 0
                        && cpu.instructions >= cpu.shadowUntil
                        && !cpu.shutdown
                        && !cpu.waitsForStartup;
        if (!on || (cpu.pins & Cpu.PIN_VIRTUAL) == 0 || !open) {
            return false;
        }
        cpu.pins &= ~Cpu.PIN_VIRTUAL;
        int vector = requested();
        page.set(ISR, vector);
        page.put32(PPR, vector & CLASS);
        page.clear(IRR, vector);
        status(page.highest(IRR), vector);
        cpu.halted = false;
        cpu.monitor.disarm();
        owner.deliver(vector);
        return true;
    }
}
