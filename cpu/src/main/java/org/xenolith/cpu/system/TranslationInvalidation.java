package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;

/**
 * INVLPG and INVPCID (SDM vol. 3A, 5.10.4). Translations are cached for the current PCID only, so
 * that invalidating those of another one has nothing to drop.
 */
public final class TranslationInvalidation {
    private static final int ADDRESS = 0;
    private static final int CONTEXT = 1;
    private static final int ALL = 3;
    private static final long PCID = 0xfff;

    private TranslationInvalidation() {}

    /** Drops the translation of one page; of a non-canonical address, none. */
    public static void page(Cpu c, long va) {
        c.invalidatePage(va);
    }

    /**
     * INVPCID.
     *
     * @param type 0 one address, 1 one PCID, 2 all, 3 all but global ones
     * @param context low half of the descriptor, whose low 12 bits are the PCID
     * @param address high half of the descriptor
     * @throws org.xenolith.cpu.state.CpuFault #GP(0) for a bad type or descriptor
     */
    public static void byContext(Cpu c, long type, long context, long address) {
        boolean bad = Long.compareUnsigned(type, ALL) > 0 || (context & ~PCID) != 0;
        boolean named = type == ADDRESS || type == CONTEXT;
        bad |= named && context != 0 && (c.cr4 & Cpu.CR4_PCIDE) == 0;
        bad |= type == ADDRESS && c.longMode() && !c.canonicalBase(address);
        if (bad) {
            throw c.generalProtection();
        }
        if (type == ADDRESS) {
            c.invalidatePage(address);
        } else {
            c.flushTlb();
        }
    }
}
