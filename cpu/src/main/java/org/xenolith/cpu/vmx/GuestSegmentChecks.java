package org.xenolith.cpu.vmx;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** Checks of the guest's segment registers at VM entry (SDM vol. 3C, 27.3.1.2). */
final class GuestSegmentChecks extends EntryChecks {
    private static final int RESERVED = 0xfffe0f00;
    private static final int ACCESS_8086 = 0xf3;
    private static final int TABLE_INDICATOR = 4;
    private static final int WRITABLE_ACCESSED = 3;
    private static final int EXPAND_DOWN_ACCESSED = 7;
    private static final int LDT = 2;
    private static final int BUSY_TSS_16 = 3;
    private static final int BUSY_TSS = 11;
    private static final int LAST_NOT_CONFORMING = 11;

    private final boolean unrestricted;

    GuestSegmentChecks(Cpu cpu, Vmcs vmcs, Capabilities capabilities) {
        super(cpu, vmcs, capabilities);
        unrestricted = secondary(Controls.UNRESTRICTED_GUEST);
    }

    boolean pass() {
        boolean virtual8086 = (get(VmcsField.GUEST_RFLAGS) & Flags.VM) != 0;
        for (int segment = Cpu.ES; segment <= Cpu.GS; segment++) {
            if (!(virtual8086 ? virtual8086(segment) : base(segment) && rights(segment))) {
                return false;
            }
        }
        boolean ranks = (selector(Cpu.SS) & 3) == (selector(Cpu.CS) & 3);
        return (virtual8086 || unrestricted || ranks) && localTable() && task();
    }

    // ---- fields of a segment -------------------------------------------------------------------

    private int selector(int segment) {
        return get32(GuestState.segment(VmcsField.GUEST_ES_SELECTOR, segment));
    }

    private long segmentBase(int segment) {
        return get(GuestState.segment(VmcsField.GUEST_ES_BASE, segment));
    }

    private long limit(int segment) {
        return get(GuestState.segment(VmcsField.GUEST_ES_LIMIT, segment));
    }

    private int access(int segment) {
        return get32(GuestState.segment(VmcsField.GUEST_ES_ACCESS_RIGHTS, segment));
    }

    private boolean usable(int segment) {
        return (access(segment) & Cpu.ACCESS_UNUSABLE) == 0;
    }

    private int type(int segment) {
        return access(segment) & Cpu.ACCESS_TYPE;
    }

    private int dpl(int segment) {
        return access(segment) >>> Cpu.ACCESS_DPL_SHIFT & 3;
    }

    // ---- code and data -------------------------------------------------------------------------

    private boolean virtual8086(int segment) {
        return segmentBase(segment) == (long) selector(segment) << 4
                && limit(segment) == 0xffff
                && access(segment) == ACCESS_8086;
    }

    private boolean base(int segment) {
        if (segment >= Cpu.FS) {
            return cpu.canonicalBase(segmentBase(segment));
        }
        return segment != Cpu.CS && !usable(segment) || segmentBase(segment) >>> 32 == 0;
    }

    private boolean rights(int segment) {
        if (segment == Cpu.SS && !stackLevel()) {
            return false;
        }
        if (segment == Cpu.CS) {
            return codeType() && common(segment) && !bothSizes();
        }
        return !usable(segment)
                || (segment == Cpu.SS ? stackType() : dataType(segment)) && common(segment);
    }

    private boolean bothSizes() {
        int rights = Cpu.ACCESS_LONG | Cpu.ACCESS_BIG;
        return guest64() && (access(Cpu.CS) & rights) == rights;
    }

    private boolean codeType() {
        return switch (type(Cpu.CS)) {
            case WRITABLE_ACCESSED -> unrestricted && dpl(Cpu.CS) == 0;
            case 9, 11 -> dpl(Cpu.CS) == dpl(Cpu.SS);
            case 13, 15 -> dpl(Cpu.CS) <= dpl(Cpu.SS);
            default -> false;
        };
    }

    private boolean stackType() {
        return type(Cpu.SS) == WRITABLE_ACCESSED || type(Cpu.SS) == EXPAND_DOWN_ACCESSED;
    }

    /** The stack segment's privilege level is the processor's, usable or not. */
    private boolean stackLevel() {
        boolean zero = type(Cpu.CS) == WRITABLE_ACCESSED || !has(VmcsField.GUEST_CR0, Cpu.CR0_PE);
        return (unrestricted || dpl(Cpu.SS) == (selector(Cpu.SS) & 3))
                && (!zero || dpl(Cpu.SS) == 0);
    }

    private boolean dataType(int segment) {
        int type = type(segment);
        boolean code = (type & Cpu.ACCESS_CODE) != 0;
        boolean visible =
                unrestricted
                        || type > LAST_NOT_CONFORMING
                        || dpl(segment) >= (selector(segment) & 3);
        return (type & Cpu.ACCESS_ACCESSED) != 0
                && (!code || (type & Cpu.ACCESS_RW) != 0)
                && visible;
    }

    private boolean common(int segment) {
        return (access(segment) & Cpu.ACCESS_NOT_SYSTEM) != 0 && presentAndScaled(segment);
    }

    private boolean presentAndScaled(int segment) {
        long limit = limit(segment);
        boolean pages = (access(segment) & Cpu.ACCESS_GRANULARITY) != 0;
        return (access(segment) & Cpu.ACCESS_PRESENT) != 0
                && (access(segment) & RESERVED) == 0
                && (!pages || (limit & 0xfff) == 0xfff)
                && (pages || limit >>> 20 == 0);
    }

    // ---- system segments -----------------------------------------------------------------------

    private boolean localTable() {
        return !usable(Cpu.LDTR)
                || (selector(Cpu.LDTR) & TABLE_INDICATOR) == 0
                        && cpu.canonicalBase(segmentBase(Cpu.LDTR))
                        && type(Cpu.LDTR) == LDT
                        && (access(Cpu.LDTR) & Cpu.ACCESS_NOT_SYSTEM) == 0
                        && presentAndScaled(Cpu.LDTR);
    }

    private boolean task() {
        int type = type(Cpu.TR);
        return (selector(Cpu.TR) & TABLE_INDICATOR) == 0
                && cpu.canonicalBase(segmentBase(Cpu.TR))
                && (type == BUSY_TSS || type == BUSY_TSS_16 && !guest64())
                && (access(Cpu.TR) & (Cpu.ACCESS_NOT_SYSTEM | Cpu.ACCESS_UNUSABLE)) == 0
                && presentAndScaled(Cpu.TR);
    }
}
