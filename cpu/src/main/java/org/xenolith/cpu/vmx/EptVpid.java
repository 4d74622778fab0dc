package org.xenolith.cpu.vmx;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.EptWalker;

/**
 * What the processor has of EPT and VPIDs, and the instructions that invalidate translations (SDM
 * vol. 3C, 29.4 and 31.3, INVEPT and INVVPID).
 */
public final class EptVpid {
    // INVEPT types
    private static final int ONE_CONTEXT = 1;
    private static final int ALL_CONTEXTS = 2;

    // INVVPID types
    private static final int ADDRESS = 0;
    private static final int ONE_VPID = 1;
    private static final int ALL_VPIDS = 2;
    private static final int ONE_VPID_BUT_GLOBALS = 3;

    private static final long VPID_MASK = 0xffff;
    private static final int UNCACHEABLE = 0;
    private static final int WRITE_BACK = 6;
    private static final int LEVELS_MASK = 7;
    private static final int FOUR_LEVELS = 3;
    private static final int POINTER_RESERVED = 0xf80;

    /**
     * IA32_VMX_EPT_VPID_CAP (SDM vol. 3D, A.10): entries that allow execution only, four levels,
     * tables of type UC or WB, pages of 2 MiB and 1 GiB, accessed and dirty flags, INVEPT and
     * INVVPID of all types.
     */
    public static final long CAPABILITIES =
            1L | 1L << 6 | 1L << 8 | 1L << 14 | 1L << 16 | 1L << 17 | 1L << 20 | 1L << 21 | 1L << 25
                    | 1L << 26 | 1L << 32 | 15L << 40;

    private EptVpid() {}

    /**
     * Whether VM entry accepts an EPT pointer (SDM vol. 3C, 27.2.1.1).
     *
     * @param physicalBits width of physical addresses
     */
    public static boolean isPointer(long eptp, int physicalBits) {
        int type = (int) eptp & EptWalker.EPTP_TYPE;
        int levels = (int) eptp >> EptWalker.EPTP_LEVELS_SHIFT & LEVELS_MASK;
        return (type == UNCACHEABLE || type == WRITE_BACK)
                && levels == FOUR_LEVELS
                && (eptp & POINTER_RESERVED) == 0
                && eptp >>> physicalBits == 0;
    }

    /**
     * INVEPT in root operation.
     *
     * @param eptp low half of the descriptor
     * @return false, with nothing done, for a bad operand (VM-instruction error 28)
     */
    public static boolean invept(Cpu c, long type, long eptp) {
        if (type == ONE_CONTEXT && isPointer(eptp, c.walker.physicalBits)) {
            c.invalidateEpt(eptp);
            return true;
        }
        if (type == ALL_CONTEXTS) {
            c.invalidateAllEpt();
            return true;
        }
        return false;
    }

    /**
     * INVVPID in root operation. Global translations are not told from others.
     *
     * @param context low half of the descriptor, whose low 16 bits are the VPID
     * @param address high half of the descriptor
     * @return false, with nothing done, for a bad operand (VM-instruction error 28)
     */
    public static boolean invvpid(Cpu c, long type, long context, long address) {
        int vpid = (int) (context & VPID_MASK);
        if ((context & ~VPID_MASK) != 0 || vpid == 0 && type != ALL_VPIDS) {
            return false;
        }
        if (type == ADDRESS && c.canonicalBase(address)) {
            c.invalidatePage(vpid, address);
        } else if (type == ONE_VPID || type == ONE_VPID_BUT_GLOBALS) {
            c.invalidateVpid(vpid);
        } else if (type == ALL_VPIDS) {
            c.invalidateAllVpids();
        } else {
            return false;
        }
        return true;
    }
}
