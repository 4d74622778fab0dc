package org.xenolith.cpu.state;

/**
 * Loads of the data segment registers (SDM vol. 2B, MOV, and vol. 3A, 6.6): what MOV, POP and
 * L<i>xS</i> do with a selector.
 */
final class SegmentLoader {
    private static final int DPL_3 = 3 << Cpu.ACCESS_DPL_SHIFT;

    /** Present, writable, accessed data at privilege level 3. */
    private static final int ACCESS_8086 =
            Cpu.ACCESS_PRESENT
                    | DPL_3
                    | Cpu.ACCESS_NOT_SYSTEM
                    | Cpu.ACCESS_RW
                    | Cpu.ACCESS_ACCESSED;

    private SegmentLoader() {}

    static void load(Cpu c, int segment, int sel) {
        if (c.realMode()) { // limit and rights stay what they were
            int access = c.segmentAccess[segment] & ~(Cpu.ACCESS_UNUSABLE | DPL_3);
            c.setSegment(
                    segment,
                    sel,
                    (long) sel << 4,
                    c.segmentLimit[segment],
                    access | ACCESS_8086 & ~DPL_3);
        } else if (c.virtual8086()) {
            c.setSegment(segment, sel, (long) sel << 4, 0xffff, ACCESS_8086);
        } else if ((sel & ~3) == 0) {
            loadNull(c, segment, sel);
        } else {
            long d = c.descriptor(sel);
            check(c, segment, sel, d);
            d = c.markAccessed(sel, d);
            c.setSegment(
                    segment, sel, Descriptor.base(d), Descriptor.limit(d), Descriptor.access(d));
        }
    }

    private static void loadNull(Cpu c, int segment, int sel) {
        boolean mode64 = (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
        if (segment == Cpu.SS && (!mode64 || c.cpl == 3 || (sel & 3) != c.cpl)) {
            throw c.generalProtection();
        }
        int dpl = segment == Cpu.SS ? c.cpl << Cpu.ACCESS_DPL_SHIFT : 0;
        long base = c.nullKeepsBase ? c.segmentBase[segment] : 0;
        long limit = c.nullKeepsBase ? c.segmentLimit[segment] : 0;
        c.setSegment(segment, sel, base, limit, Cpu.ACCESS_UNUSABLE | dpl);
    }

    private static void check(Cpu c, int segment, int sel, long d) {
        int error = sel & 0xfffc;
        int dpl = Descriptor.dpl(d);
        int rpl = sel & 3;
        if (segment == Cpu.SS) {
            if (!Descriptor.writableData(d) || dpl != c.cpl || rpl != c.cpl) {
                throw c.fault(CpuFault.GP, error);
            }
            if (!Descriptor.present(d)) {
                throw c.fault(CpuFault.SS, error);
            }
            return;
        }
        boolean system = (Descriptor.type(d) & 16) == 0;
        boolean unreadable = Descriptor.code(d) && (d >>> 41 & 1) == 0;
        boolean visible = Descriptor.conforming(d) || Math.max(c.cpl, rpl) <= dpl;
        if (system || unreadable || !visible) {
            throw c.fault(CpuFault.GP, error);
        }
        if (!Descriptor.present(d)) {
            throw c.fault(CpuFault.NP, error);
        }
    }
}
