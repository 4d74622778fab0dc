package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Descriptor;
import org.xenolith.cpu.state.Flags;

/** LDTR, the task register and questions about descriptors (SDM vol. 3A, 2.4 and 6.10). */
public final class SystemSegments {
    private static final int TYPE_LDT = 2;
    private static final int TYPE_TSS_16 = 1;
    private static final int TYPE_TSS = 9;
    private static final int BUSY = 2;
    private static final int CALL_GATE_16 = 4;
    private static final int TASK_GATE = 5;
    private static final int CALL_GATE = 12;

    private SystemSegments() {}

    /** LLDT. */
    public static void loadLocalTable(Cpu c, int sel) {
        requireProtected(c);
        c.requireRing0();
        int selector = sel & 0xffff;
        if ((selector & ~3) == 0) {
            c.setSegment(Cpu.LDTR, selector, 0, -1, Cpu.ACCESS_UNUSABLE);
            return;
        }
        long d = systemDescriptor(c, selector, CpuFault.GP);
        if (Descriptor.type(d) != TYPE_LDT) {
            throw c.fault(CpuFault.GP, selector & 0xfffc);
        }
        if (!Descriptor.present(d)) {
            throw c.fault(CpuFault.NP, selector & 0xfffc);
        }
        long base = Descriptor.base(d) | highBase(c, selector);
        c.setSegment(Cpu.LDTR, selector, base, Descriptor.limit(d), Descriptor.access(d));
    }

    /** LTR. */
    public static void loadTaskRegister(Cpu c, int sel) {
        requireProtected(c);
        c.requireRing0();
        int selector = sel & 0xffff;
        if ((selector & ~3) == 0) {
            throw c.generalProtection();
        }
        long d = systemDescriptor(c, selector, CpuFault.GP);
        int type = Descriptor.type(d);
        if (type != TYPE_TSS && (type != TYPE_TSS_16 || c.longMode())) {
            throw c.fault(CpuFault.GP, selector & 0xfffc);
        }
        if (!Descriptor.present(d)) {
            throw c.fault(CpuFault.NP, selector & 0xfffc);
        }
        long base = Descriptor.base(d) | highBase(c, selector);
        writeBusy(c, selector, d, true);
        c.setSegment(Cpu.TR, selector, base, Descriptor.limit(d), Descriptor.access(d) | BUSY);
    }

    /**
     * Reads a descriptor that must lie in the GDT.
     *
     * @param vector raised with the selector if it does not
     */
    static long systemDescriptor(Cpu c, int selector, int vector) {
        int offset = selector & 0xfff8;
        if ((selector & 4) != 0 || offset + 7 > c.gdtLimit) {
            throw c.fault(vector, selector & 0xfffc);
        }
        return c.descriptor(selector);
    }

    /** Sets or clears the busy flag of a TSS descriptor in the GDT. */
    static void writeBusy(Cpu c, int selector, long descriptor, boolean busy) {
        int type = (int) (descriptor >>> 40) & 0xff;
        byte changed = (byte) (busy ? type | BUSY : type & ~BUSY);
        c.storeSystem8(c.gdtBase + (selector & 0xfff8) + 5, changed);
    }

    /** Bits 63:32 of a system segment's base, from the descriptor's second half in IA-32e mode. */
    private static long highBase(Cpu c, int selector) {
        if (!c.longMode()) {
            return 0;
        }
        long high = secondHalf(c, selector);
        if ((high >>> 40 & 31) != 0) {
            throw c.fault(CpuFault.GP, selector & 0xfffc);
        }
        long base = high << 32;
        if (!c.canonicalBase(base)) {
            throw c.fault(CpuFault.GP, selector & 0xfffc);
        }
        return base;
    }

    /** The eight bytes behind a descriptor; #GP(selector) beyond the table's limit. */
    static long secondHalf(Cpu c, int selector) {
        if ((selector & 0xfff8) + 15 > ((selector & 4) != 0 ? c.localTableLimit() : c.gdtLimit)) {
            throw c.fault(CpuFault.GP, selector & 0xfffc);
        }
        long table = (selector & 4) != 0 ? c.segmentBase[Cpu.LDTR] : c.gdtBase;
        return c.loadSystem64(table + (selector & 0xfff8) + 8);
    }

    /** Real-mode or virtual-8086 CS; in real mode limit and rights stay what they were. */
    static void setRealCode(Cpu c, int selector) {
        int access =
                c.virtual8086()
                        ? SegmentImage.ACCESS_8086
                        : c.segmentAccess[Cpu.CS] & ~Cpu.ACCESS_UNUSABLE;
        long limit = c.virtual8086() ? 0xffff : c.segmentLimit[Cpu.CS];
        c.setSegment(Cpu.CS, selector, (long) (selector & 0xffff) << 4, limit, access);
    }

    /** Fails with #UD in real-address and virtual-8086 mode. */
    public static void requireProtected(Cpu c) {
        if (c.realMode() || c.virtual8086()) {
            throw c.undefined();
        }
    }

    /** Fails with #GP(0) if CR4.UMIP keeps SGDT and its kin from user code. */
    public static void requireNoUmip(Cpu c) {
        if ((c.cr4 & Cpu.CR4_UMIP) != 0 && c.cpl > 0) {
            throw c.generalProtection();
        }
    }

    /** VERR, VERW: ZF says whether the segment may be read or written. */
    public static void verify(Cpu c, int sel, boolean write) {
        requireProtected(c);
        int selector = sel & 0xffff;
        long d = visible(c, selector);
        boolean segment = (Descriptor.type(d) & 16) != 0;
        boolean ok =
                write
                        ? Descriptor.writableData(d)
                        : segment && (!Descriptor.code(d) || (d >>> 41 & 1) != 0);
        zero(c, ok);
    }

    /**
     * LAR: the second doubleword under its mask, in which the makers treat bits 19..16 differently;
     * no result with ZF clear.
     */
    public static long accessRights(Cpu c, int sel) {
        requireProtected(c);
        long d = visible(c, sel & 0xffff);
        boolean valid =
                switch (Descriptor.type(d)) {
                    case TYPE_TSS_16, TYPE_TSS_16 | BUSY, CALL_GATE_16, TASK_GATE -> !c.longMode();
                    case TYPE_LDT, TYPE_TSS, TYPE_TSS | BUSY, CALL_GATE -> true;
                    default -> Descriptor.type(d) >= 16;
                };
        zero(c, valid);
        return d >>> 32 & (c.amd ? 0xffff00 : 0xf0ff00);
    }

    /** LSL: the limit in bytes; no result with ZF clear. */
    public static long segmentLimit(Cpu c, int sel) {
        requireProtected(c);
        long d = visible(c, sel & 0xffff);
        boolean valid =
                switch (Descriptor.type(d)) {
                    case TYPE_TSS_16, TYPE_TSS_16 | BUSY -> !c.longMode();
                    case TYPE_LDT, TYPE_TSS, TYPE_TSS | BUSY -> true;
                    default -> Descriptor.type(d) >= 16;
                };
        zero(c, valid);
        return Descriptor.limit(d);
    }

    /** ARPL: the selector with its RPL raised to that of {@code source}. */
    public static long adjustPrivilege(Cpu c, long selector, long source) {
        requireProtected(c);
        boolean raise = (selector & 3) < (source & 3);
        zero(c, raise);
        return raise ? selector & ~3L | source & 3 : selector;
    }

    /** The descriptor if it is within its table and visible at this privilege, else 0. */
    private static long visible(Cpu c, int selector) {
        if ((selector & ~3) == 0) {
            return 0;
        }
        long d;
        try {
            d = c.descriptor(selector);
        } catch (CpuFault fault) {
            if (fault.vector == CpuFault.GP) {
                return 0;
            }
            throw fault;
        }
        boolean visible =
                Descriptor.conforming(d) || Math.max(c.cpl, selector & 3) <= Descriptor.dpl(d);
        return visible ? d : 0;
    }

    private static void zero(Cpu c, boolean value) {
        Flags.setArithmetic(c, Flags.arithmetic(c) & ~Flags.ZF | (value ? Flags.ZF : 0));
    }
}
