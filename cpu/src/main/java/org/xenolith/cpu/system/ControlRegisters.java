package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;

/**
 * CR0, CR2, CR3, CR4, CR8 and IA32_EFER: what may be written, and what follows from it (SDM vol.
 * 2B, "MOV—Move to/from Control Registers"; vol. 3A, 2.5 and 10.8.5). All checks precede the
 * change.
 */
public final class ControlRegisters {
    private static final long CR0_DEFINED =
            Cpu.CR0_PE
                    | Cpu.CR0_MP
                    | Cpu.CR0_EM
                    | Cpu.CR0_TS
                    | Cpu.CR0_ET
                    | Cpu.CR0_NE
                    | Cpu.CR0_WP
                    | Cpu.CR0_AM
                    | Cpu.CR0_NW
                    | Cpu.CR0_CD
                    | Cpu.CR0_PG;

    /** CR0 bits after whose change the PDPTEs of PAE paging are read anew. */
    private static final long CR0_PDPTE = Cpu.CR0_PG | Cpu.CR0_CD | Cpu.CR0_NW;

    private static final long CR0_PAGING = Cpu.CR0_PG | Cpu.CR0_WP | Cpu.CR0_PE;
    private static final long CR4_PDPTE = Cpu.CR4_PAE | Cpu.CR4_PGE | Cpu.CR4_PSE | Cpu.CR4_SMEP;
    private static final long CR4_PAGING =
            CR4_PDPTE | Cpu.CR4_SMAP | Cpu.CR4_PKE | Cpu.CR4_LA57 | Cpu.CR4_PCIDE;
    private static final long EFER_DEFINED =
            Cpu.EFER_SCE | Cpu.EFER_LME | Cpu.EFER_LMA | Cpu.EFER_NXE | Cpu.EFER_FFXSR;
    private static final long PCID = 0xfff;
    private static final long NO_FLUSH = 1L << 63;
    private static final int MAX_PRIORITY = 15;
    private static final int TSS_16 = 1;
    private static final int TSS_16_BUSY = 3;

    private ControlRegisters() {}

    /**
     * MOV from a control register.
     *
     * @throws org.xenolith.cpu.state.CpuFault #GP(0) above ring 0, #UD if there is no such register
     */
    public static long read(Cpu c, int register) {
        requireAccess(c, register);
        return switch (register) {
            case 0 -> c.cr0;
            case 2 -> c.cr2;
            case 3 -> c.cr3();
            case 4 -> c.cr4;
            case 8 -> c.interruptController == null ? 0 : c.interruptController.taskPriority();
            default -> throw c.undefined();
        };
    }

    /**
     * MOV to a control register.
     *
     * @param value zero-extended outside 64-bit mode
     * @throws org.xenolith.cpu.state.CpuFault #GP(0) above ring 0 or for a value that the present
     *     mode does not allow, #UD if there is no such register
     */
    public static void write(Cpu c, int register, long value) {
        requireAccess(c, register);
        switch (register) {
            case 0 -> writeCr0(c, value);
            case 2 -> c.cr2 = value;
            case 3 -> writeCr3(c, value);
            case 4 -> writeCr4(c, value);
            case 8 -> writeCr8(c, value);
            default -> throw c.undefined();
        }
    }

    /** #UD if there is no such register comes before the privilege check. */
    static void requireAccess(Cpu c, int register) {
        if (register > 8 || register == 1 || register >= 5 && register < 8) {
            throw c.undefined();
        }
        c.requireRing0();
    }

    private static void writeCr0(Cpu c, long written) {
        boolean paging = (written & Cpu.CR0_PG) != 0;
        require(c, written >>> 32 == 0);
        require(c, (written & c.cr0Required) == c.cr0Required);
        require(c, !paging || (written & Cpu.CR0_PE) != 0);
        require(c, (written & Cpu.CR0_NW) == 0 || (written & Cpu.CR0_CD) != 0);
        long value = written & CR0_DEFINED | Cpu.CR0_ET;
        long changed = value ^ c.cr0;
        long efer = c.efer;
        if ((changed & Cpu.CR0_PG) != 0) {
            if (paging && (efer & Cpu.EFER_LME) != 0) {
                requireLongModeEntry(c);
                efer |= Cpu.EFER_LMA;
            } else if (!paging) {
                require(c, (c.mode & Cpu.MODE_SIZE) != Cpu.MODE_64);
                require(c, (c.cr4 & Cpu.CR4_PCIDE) == 0);
                efer &= ~(long) Cpu.EFER_LMA;
            }
        }
        if ((changed & CR0_PDPTE) != 0) {
            loadPdptes(c, value, c.cr4, efer, c.cr3());
        }
        c.cr0 = value;
        c.efer = efer;
        if ((changed & CR0_PAGING) != 0) {
            c.updatePaging();
        }
        c.updateMode();
    }

    private static void requireLongModeEntry(Cpu c) {
        require(c, (c.cr4 & Cpu.CR4_PAE) != 0);
        require(c, (c.segmentAccess[Cpu.CS] & Cpu.ACCESS_LONG) == 0);
        int task = c.segmentAccess[Cpu.TR];
        int type = task & Cpu.ACCESS_TYPE;
        boolean usable = (task & Cpu.ACCESS_UNUSABLE) == 0;
        require(c, !usable || type != TSS_16 && type != TSS_16_BUSY);
    }

    private static void writeCr3(Cpu c, long written) {
        long value = written;
        boolean keep = false;
        if (c.longMode()) {
            if ((c.cr4 & Cpu.CR4_PCIDE) != 0) {
                keep = value < 0;
                value &= ~NO_FLUSH;
            }
            require(c, value >>> c.walker.physicalBits == 0);
        }
        if (!keep || value != c.cr3()) {
            switchRoot(c, value);
        }
    }

    /**
     * Makes another table the root, as MOV to CR3 and a task switch do.
     *
     * @throws org.xenolith.cpu.state.CpuFault #GP(0) for bad PDPTEs of PAE paging
     */
    static void switchRoot(Cpu c, long cr3) {
        loadPdptes(c, c.cr0, c.cr4, c.efer, cr3);
        c.setCr3(cr3);
    }

    private static void writeCr4(Cpu c, long value) {
        require(c, (value & ~c.cr4Allowed) == 0);
        require(c, (value & c.cr4Required) == c.cr4Required);
        long changed = value ^ c.cr4;
        if (c.longMode()) {
            require(c, (value & Cpu.CR4_PAE) != 0 && (changed & Cpu.CR4_LA57) == 0);
        }
        if ((changed & value & Cpu.CR4_PCIDE) != 0) {
            require(c, c.longMode() && (c.cr3() & PCID) == 0);
        }
        if ((changed & CR4_PDPTE) != 0) {
            loadPdptes(c, c.cr0, value, c.efer, c.cr3());
        }
        c.cr4 = value;
        if ((changed & CR4_PAGING) != 0) {
            c.updatePaging();
        }
        c.updateMode();
    }

    /** #GP(0) for what CR8 does not take. */
    static void requirePriority(Cpu c, long value) {
        require(c, value >= 0 && value <= MAX_PRIORITY);
    }

    private static void writeCr8(Cpu c, long value) {
        requirePriority(c, value);
        if (c.interruptController != null) {
            c.interruptController.taskPriority((int) value);
        }
    }

    /**
     * WRMSR of IA32_EFER; LMA cannot be written.
     *
     * @throws org.xenolith.cpu.state.CpuFault #GP(0) for undefined bits, or a change of LME while
     *     paging is on
     */
    public static void writeEfer(Cpu c, long value) {
        require(c, (value & ~EFER_DEFINED) == 0);
        long changed = value ^ c.efer;
        require(c, (changed & Cpu.EFER_LME) == 0 || (c.cr0 & Cpu.CR0_PG) == 0);
        c.setEfer(value);
        if ((changed & Cpu.EFER_NXE) != 0) {
            c.updatePaging();
        }
    }

    /** Reads the PDPTEs if these registers mean PAE paging; #GP(0) if they are bad. */
    private static void loadPdptes(Cpu c, long cr0, long cr4, long efer, long cr3) {
        boolean pae =
                (cr0 & Cpu.CR0_PG) != 0 && (cr4 & Cpu.CR4_PAE) != 0 && (efer & Cpu.EFER_LMA) == 0;
        if (pae) {
            require(c, c.loadPdptes(cr3));
        }
    }

    private static void require(Cpu c, boolean allowed) {
        if (!allowed) {
            throw c.generalProtection();
        }
    }
}
