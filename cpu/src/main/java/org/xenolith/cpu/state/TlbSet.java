package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.HostMemory;

/**
 * What is cached of the translations of one VPID, and where EPT is in use of one root of its tables
 * (SDM vol. 3C, 29.4.1): a cache for each context of privilege.
 */
final class TlbSet {
    /** Contexts of a bare processor, whose translations differ by privilege. */
    static final int SUPERVISOR = 0;

    static final int USER = 1;

    /** Supervisor with EFLAGS.AC set, where SMAP is on. */
    static final int SUPERVISOR_AC = 2;

    /** User with alignment checks, which are made on a miss: so nothing is ever cached for data. */
    static final int USER_AC = 3;

    /**
     * Where a hypervisor chooses between contexts 0 and 1, added to those while alignment is
     * checked.
     */
    static final int ALIGNED = 2;

    private static final int CONTEXTS = 4;

    /** {@link #eptp} of linear mappings. */
    static final long NO_EPT = -1;

    final Tlb[] contexts = new Tlb[CONTEXTS];

    /** VPID; 0 in root operation, and where VPIDs are not in use. */
    int vpid;

    /** The EPT pointer, or {@link #NO_EPT}. */
    long eptp = NO_EPT;

    /** Control bits that the translations depend on, as they were when it was last current. */
    long controls;

    /** The APIC-access page with which it was made, or -1. */
    long apicAccess = -1;

    /** When it was last made current, by a count of such events. */
    long lastUse;

    /** A set whose code epochs no set of another number has. */
    TlbSet(int number, HostMemory memory) {
        for (int i = 0; i < CONTEXTS; i++) {
            contexts[i] = new Tlb(CONTEXTS * number + i, memory);
        }
    }

    void flush() {
        for (Tlb each : contexts) {
            each.flush();
        }
    }

    void invalidatePage(long va) {
        for (Tlb each : contexts) {
            each.invalidatePage(va);
        }
    }

    void protectFrame(long frameMaddr) {
        for (Tlb each : contexts) {
            each.protectFrame(frameMaddr);
        }
    }
}
