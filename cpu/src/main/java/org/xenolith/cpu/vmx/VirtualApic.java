package org.xenolith.cpu.vmx;

import static org.xenolith.cpu.vmx.VirtualApicPage.EOI;
import static org.xenolith.cpu.vmx.VirtualApicPage.ICR_HIGH;
import static org.xenolith.cpu.vmx.VirtualApicPage.ICR_LOW;
import static org.xenolith.cpu.vmx.VirtualApicPage.SELF_IPI;
import static org.xenolith.cpu.vmx.VirtualApicPage.TPR;

import org.xenolith.cpu.state.ApicVirtualization;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.ExitReason;

/**
 * A guest's accesses to its APIC (SDM vol. 3C, chapter 30): by CR8, by the APIC-access page and by
 * MSRs. Some are made to the virtual-APIC page, some exit, some do both: the exit then follows the
 * instruction.
 */
final class VirtualApic extends ApicVirtualization {
    private static final int FIRST_MSR = 0x800;
    private static final int LAST_MSR = 0x8ff;
    private static final int MSR_TPR = 0x808;
    private static final int MSR_EOI = 0x80b;
    private static final int MSR_SELF_IPI = 0x83f;

    /** Exit qualification of an APIC access: bits 15:12, what it was. */
    private static final int DATA_READ = 0;

    private static final int DATA_WRITE = 1;
    private static final int FETCH = 2;
    private static final int TYPE_SHIFT = 12;
    private static final long TYPE_DELIVERY = 3 << TYPE_SHIFT;

    /** ICR bits that must be as in a self IPI: all but the vector and the destination mode. */
    private static final int SELF_MASK = 0xffffffff & ~0x48ff;

    private static final int SELF_SHORTHAND = 1 << 18;
    private static final int LOWEST_VECTOR = 16;

    private final Cpu cpu;
    private final NonRootOperation owner;
    private final VirtualApicPage page;
    private final VirtualInterrupts interrupts;
    private boolean accesses;
    private boolean registers;
    private boolean delivery;
    private boolean x2apic;
    private int threshold;

    VirtualApic(NonRootOperation owner) {
        this.owner = owner;
        cpu = owner.cpu;
        page = new VirtualApicPage(cpu.ram);
        interrupts = new VirtualInterrupts(owner, page);
    }

    /** Takes the controls on. The APIC-access page has no effect on other pages' translations. */
    void load() {
        Vmcs vmcs = owner.vmcs;
        shadowsTaskPriority = owner.primary(Controls.TPR_SHADOW);
        accesses = owner.secondary(Controls.VIRTUALIZE_APIC_ACCESSES);
        registers = shadowsTaskPriority && owner.secondary(Controls.APIC_REGISTER_VIRTUALIZATION);
        delivery = shadowsTaskPriority && owner.secondary(Controls.VIRTUAL_INTERRUPT_DELIVERY);
        x2apic = shadowsTaskPriority && owner.secondary(Controls.VIRTUALIZE_X2APIC);
        page.base = vmcs.read(VmcsField.VIRTUAL_APIC_ADDRESS);
        threshold = (int) vmcs.read(VmcsField.TPR_THRESHOLD) & 15;
        interrupts.load(delivery);
        cpu.accessApicAt(accesses ? vmcs.read(VmcsField.APIC_ACCESS_ADDRESS) : -1);
    }

    /** Whether any control is on that this is about. */
    boolean isUsed() {
        return accesses || shadowsTaskPriority;
    }

    /** What VM entry does behind the loading of state (SDM vol. 3C, 27.3.2.5 and 27.7.7). */
    void enter() {
        if (delivery) {
            interrupts.enter();
        } else if (accesses && shadowsTaskPriority) {
            compareWithThreshold();
        }
    }

    /** Non-root operation ends. */
    void leave() {
        cpu.accessApicAt(-1);
        interrupts.leave();
    }

    /** An interrupt has told of others that memory holds. */
    void takePosted() {
        interrupts.takePosted();
    }

    /** At an instruction boundary: what waits there. */
    boolean boundary() {
        return interrupts.boundary();
    }

    // ---- the APIC-access page ------------------------------------------------------------------

    @Override
    protected long read(long offset, int size) {
        if (!isRegister(offset, size) || !virtualizesRead((int) offset & ~15)) {
            throw exit(offset, DATA_READ);
        }
        return page.get((int) offset, size);
    }

    @Override
    protected void checkWrite(long offset, int size) {
        if (!isRegister(offset, size) || !virtualizesWrite((int) offset & ~15)) {
            throw exit(offset, DATA_WRITE);
        }
        cpu.requireSingle();
    }

    @Override
    protected void write(long offset, int size, long value) {
        checkWrite(offset, size);
        page.put((int) offset, size, value);
        emulateWrite((int) offset & ~15);
    }

    @Override
    protected CpuFault fetch(long offset) {
        return exit(offset, FETCH);
    }

    private CpuFault exit(long offset, int type) {
        return owner.exit(ExitReason.APIC_ACCESS, offset | (long) type << TYPE_SHIFT);
    }

    /** The qualification of an exit whose access turns out to have delivered an event. */
    static long inDelivery(long qualification) {
        return qualification & 0xfff | TYPE_DELIVERY;
    }

    /** Whether an access lies in the four bytes of one register, and TPR shadowing is on. */
    private boolean isRegister(long offset, int size) {
        return shadowsTaskPriority
                && size <= 4
                && (offset & 15) + size <= 4
                && cpu.executing >= 0; // no event is being delivered
    }

    private boolean virtualizesRead(int register) {
        if (!registers) {
            return register == TPR;
        }
        return switch (register >>> 4) {
            case 0x2, 0x3, 0x8, 0xb, 0xd, 0xe, 0xf, 0x28, 0x30, 0x31, 0x38, 0x3e -> true;
            default ->
                    register >= 0x100 && register < 0x280 || register >= 0x320 && register < 0x380;
        };
    }

    private boolean virtualizesWrite(int register) {
        if (register == TPR || delivery && (register == EOI || register == ICR_LOW)) {
            return true;
        }
        if (!registers) {
            return false;
        }
        return switch (register >>> 4) {
            case 0x2, 0xb, 0xd, 0xe, 0xf, 0x28, 0x30, 0x31, 0x38, 0x3e -> true;
            default -> register >= 0x320 && register < 0x380;
        };
    }

    /** What follows a write to the page (SDM vol. 3C, 30.4.3.2). */
    private void emulateWrite(int register) {
        switch (register) {
            case TPR -> {
                page.put32(TPR, page.get32(TPR) & 0xff);
                taskPriorityChanged();
            }
            case ICR_HIGH -> page.put32(ICR_HIGH, page.get32(ICR_HIGH) & 0xff000000);
            case EOI -> {
                if (delivery) {
                    page.put32(EOI, 0);
                    interrupts.endOfInterrupt();
                } else {
                    owner.exitBehind(ExitReason.APIC_WRITE, EOI);
                }
            }
            case ICR_LOW -> {
                int command = page.get32(ICR_LOW);
                boolean self = (command & SELF_MASK) == SELF_SHORTHAND;
                if (delivery && self && (command & 0xff) >= LOWEST_VECTOR) {
                    interrupts.request(command & 0xff);
                } else {
                    owner.exitBehind(ExitReason.APIC_WRITE, ICR_LOW);
                }
            }
            default -> owner.exitBehind(ExitReason.APIC_WRITE, register);
        }
    }

    // ---- task priority -------------------------------------------------------------------------

    @Override
    public int taskPriority() {
        return page.get32(TPR) >>> 4 & 15;
    }

    @Override
    public void taskPriority(int priority) {
        page.put32(TPR, priority << 4);
        taskPriorityChanged();
    }

    private void taskPriorityChanged() {
        if (delivery) {
            interrupts.priorityChanged();
        } else {
            compareWithThreshold();
        }
    }

    private void compareWithThreshold() {
        if (taskPriority() < threshold) {
            owner.exitBehind(ExitReason.TPR_BELOW_THRESHOLD, 0);
        }
    }

    // ---- x2APIC --------------------------------------------------------------------------------

    @Override
    public boolean virtualizesMsr(int msr, boolean write) {
        if (!x2apic || msr < FIRST_MSR || msr > LAST_MSR) {
            return false;
        }
        if (write) {
            return msr == MSR_TPR || delivery && (msr == MSR_EOI || msr == MSR_SELF_IPI);
        }
        return msr == MSR_TPR || registers;
    }

    @Override
    public long readMsr(int msr) {
        return page.get((msr - FIRST_MSR) << 4, 8);
    }

    @Override
    public void writeMsr(int msr, long value) {
        if ((value & (msr == MSR_EOI ? -1 : ~0xffL)) != 0) {
            throw cpu.generalProtection();
        }
        page.put((msr - FIRST_MSR) << 4, 8, value);
        if (msr == MSR_TPR) {
            taskPriorityChanged();
        } else if (msr == MSR_EOI) {
            interrupts.endOfInterrupt();
        } else if (value >= LOWEST_VECTOR) {
            interrupts.request((int) value);
        } else {
            owner.exitBehind(ExitReason.APIC_WRITE, SELF_IPI);
        }
    }
}
