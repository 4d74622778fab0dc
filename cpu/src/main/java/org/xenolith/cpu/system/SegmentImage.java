package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Descriptor;

/**
 * A code or stack segment that has been checked but not loaded.
 *
 * @param selector as it will be visible
 * @param descriptor as read; null selectors have none, 0
 */
record SegmentImage(int selector, long descriptor) {
    /** Rights of data in virtual-8086 mode: present, DPL 3, writable, accessed. */
    static final int ACCESS_8086 = 0xf3;

    long base() {
        return Descriptor.base(descriptor);
    }

    long limit() {
        return Descriptor.limit(descriptor);
    }

    int access() {
        return Descriptor.access(descriptor) | Cpu.ACCESS_ACCESSED;
    }

    boolean isNull() {
        return (selector & ~3) == 0;
    }

    /** Whether it is code of 64-bit mode, given that IA-32e mode is active. */
    boolean is64() {
        return (descriptor >>> 53 & 1) != 0;
    }

    /** Sets the accessed flag in the table, the last thing that may fault. */
    void touch(Cpu c) {
        if (!isNull()) {
            c.markAccessed(selector, descriptor);
        }
    }

    /** Fills CS; RPL becomes {@code cpl}, which becomes current. */
    void enterCode(Cpu c, int cpl) {
        c.cpl = cpl;
        c.setSegment(Cpu.CS, selector & ~3 | cpl, base(), limit(), access());
        c.privilegeChanged();
    }

    /** Fills SS. */
    void enterStack(Cpu c) {
        if (isNull()) {
            int dpl = (selector & 3) << Cpu.ACCESS_DPL_SHIFT;
            c.setSegment(Cpu.SS, selector, 0, 0, Cpu.ACCESS_UNUSABLE | dpl);
        } else {
            c.setSegment(Cpu.SS, selector, base(), limit(), access());
        }
    }

    /** Fails with #GP(0) unless {@code offset} lies in this code segment. */
    void requireInside(Cpu c, long offset) {
        if (c.longMode() && is64()) {
            if (!c.canonical(offset)) {
                throw c.generalProtection();
            }
        } else if (offset < 0 || offset > limit()) {
            throw c.generalProtection();
        }
    }

    /**
     * Reads and checks the code segment of a gate or of a return to {@code vector}'s level.
     *
     * @throws CpuFault #GP with the selector if it is no code segment or has L and D both set
     */
    static SegmentImage code(Cpu c, int selector) {
        if ((selector & 0xfffc) == 0) {
            throw c.generalProtection();
        }
        long d = c.descriptor(selector);
        boolean reserved = c.longMode() && (d >>> 53 & 3) == 3;
        boolean refused = c.supervisor.ownsDescriptors() && (d >>> 53 & 1) == 0;
        if (!Descriptor.code(d) || reserved || refused) {
            throw c.fault(CpuFault.GP, selector & 0xfffc);
        }
        return new SegmentImage(selector, d);
    }

    /** Fails with #NP(selector) unless the descriptor is present. */
    SegmentImage requirePresent(Cpu c) {
        if (!Descriptor.present(descriptor)) {
            throw c.fault(CpuFault.NP, selector & 0xfffc);
        }
        return this;
    }

    /**
     * Reads and checks a stack segment for privilege level {@code cpl}.
     *
     * @param vector raised with the selector if it does not fit: #TS or #GP
     */
    static SegmentImage stack(Cpu c, int selector, int cpl, int vector) {
        int error = selector & 0xfffc;
        if (error == 0) {
            throw c.fault(vector, 0);
        }
        long d;
        try {
            d = c.descriptor(selector);
        } catch (CpuFault fault) {
            throw fault.vector == CpuFault.GP ? c.fault(vector, error) : fault;
        }
        if ((selector & 3) != cpl || Descriptor.dpl(d) != cpl || !Descriptor.writableData(d)) {
            throw c.fault(vector, error);
        }
        if (!Descriptor.present(d)) {
            throw c.fault(CpuFault.SS, error);
        }
        return new SegmentImage(selector, d);
    }
}
