package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.PhysicalMemory;

import java.util.Arrays;
import java.util.Objects;

/**
 * Which translations are in force: root tables, contexts of privilege, and what is cached of them.
 *
 * <p>With VMX the caches are tagged (SDM vol. 3C, 29.4): there is one {@link TlbSet} for each VPID
 * and EPT pointer that was in use lately, so that a change between them drops nothing.
 *
 * <p>Public so that translated code may call its methods.
 */
public abstract class AddressSpaces extends PhysicalAccess {
    static final long PAGE_MASK = ~4095L;

    /** In place of an EPT pointer: no EPT. */
    public static final long NO_EPT = TlbSet.NO_EPT;

    /** Sets of cached translations at most, each of about 200 KiB. */
    private static final int MOST_SETS = 8;

    /** Page walker over that RAM, also used by the supervisor for probes. */
    public final PageWalker walker;

    /** Walks the extended page tables, and tells of exits that this leads to. */
    public final EptWalker ept;

    private TlbSet[] sets = {new TlbSet(0, ram.memory())};
    private long changes;

    /** The current set. */
    TlbSet set = sets[0];

    /** The current context. */
    int context;

    /** Translations of the current context. */
    Tlb tlb = set.contexts[0];

    /** Data translations of the current context; see {@link Tlb#data}. */
    long[] entries = tlb.data;

    /** Alignment is checked in the current context, on a miss: no data is cached there. */
    boolean aligned;

    /** Control registers govern paging, not a hypervisor. */
    boolean nativePaging;

    AddressSpaces(PhysicalMemory ram) {
        super(ram);
        walker = new PageWalker(ram);
        ept = new EptWalker(ram);
    }

    // ---- contexts and roots --------------------------------------------------------------------

    /**
     * Makes one of two address-space contexts current. A hypervisor keeps a guest's kernel root in
     * context 0 and its user root in context 1, so that a mode switch needs no flush. Both have a
     * twin for when alignment is checked.
     *
     * @param index 0 or 1
     */
    public final void selectContext(int index) {
        use(nativePaging || !alignmentChecked() ? index : index | TlbSet.ALIGNED);
    }

    private boolean alignmentChecked() {
        Cpu cpu = self();
        return (cpu.eflags & Flags.AC) != 0 && (cpu.cr0 & Cpu.CR0_AM) != 0;
    }

    private void use(int index) {
        context = index;
        tlb = set.contexts[index];
        entries = tlb.data;
        aligned = index == TlbSet.USER_AC;
        if (!nativePaging && index >= TlbSet.ALIGNED) {
            aligned = true;
            tlb.cr3 = set.contexts[index & ~TlbSet.ALIGNED].cr3;
            tlb.flush();
        }
    }

    /** The data translations of the current context, laid out as in {@link Tlb#data}. */
    public final long[] translations() {
        return Objects.requireNonNull(entries); // which lets HotSpot know it, too
    }

    /** The context that {@link #selectContext} chose last, 0 or 1. */
    public final int context() {
        return context & ~TlbSet.ALIGNED;
    }

    /** Sets a context's root table and flushes its translations (MOV to CR3). */
    public final void setRoot(int index, long cr3) {
        set.contexts[index].cr3 = cr3;
        set.contexts[index].flush();
        if (!nativePaging && context == (index | TlbSet.ALIGNED)) {
            use(context);
        }
    }

    /** CR3 of a context. */
    public final long root(int index) {
        return set.contexts[index].cr3;
    }

    /** CR3 of the current context. */
    public final long cr3() {
        return tlb.cr3;
    }

    /** Sets the root of every context and flushes, as MOV to CR3 does on a bare processor. */
    public final void setCr3(long cr3) {
        for (int i = 0; i < set.contexts.length; i++) {
            setRoot(i, cr3);
        }
    }

    /**
     * Chooses the cached translations that belong to the current privilege level and EFLAGS.AC. To
     * be called after either changes; where a hypervisor chooses contexts, EFLAGS.AC alone matters.
     */
    public final void privilegeChanged() {
        if (nativePaging) {
            Cpu cpu = self();
            boolean ac = (cpu.eflags & Flags.AC) != 0;
            int index =
                    cpu.cpl == 3
                            ? alignmentChecked() ? TlbSet.USER_AC : TlbSet.USER
                            : ac && walker.smap ? TlbSet.SUPERVISOR_AC : TlbSet.SUPERVISOR;
            if (index != context) {
                use(index);
            }
        } else if (alignmentChecked() != aligned) {
            selectContext(context());
        }
    }

    // ---- control registers ---------------------------------------------------------------------

    /**
     * Lets CR0, CR4 and IA32_EFER govern paging, from now on and in their present state, and
     * flushes every translation of the current VPID and EPT pointer. To be called after a change of
     * one of their bits that matters, and at reset.
     */
    public final void updatePaging() {
        govern();
        set.flush();
        privilegeChanged();
    }

    private void govern() {
        Cpu cpu = self();
        nativePaging = true;
        walker.mode = PagingMode.of(cpu.cr0, cpu.cr4, cpu.efer);
        walker.executeDisable = (cpu.efer & Cpu.EFER_NXE) != 0;
        walker.largePages = (cpu.cr4 & Cpu.CR4_PSE) != 0;
        walker.smep = (cpu.cr4 & Cpu.CR4_SMEP) != 0;
        walker.smap = (cpu.cr4 & Cpu.CR4_SMAP) != 0;
        walker.protectionKeys = (cpu.cr4 & Cpu.CR4_PKE) != 0 && cpu.longMode();
        set.controls =
                walker.mode.ordinal()
                        | (walker.executeDisable ? 1 << 8 : 0)
                        | (walker.largePages ? 1 << 9 : 0)
                        | (walker.smep ? 1 << 10 : 0)
                        | (walker.smap ? 1 << 11 : 0)
                        | (walker.protectionKeys ? 1 << 12 : 0)
                        | (cpu.writeProtect() ? 1 << 13 : 0)
                        | (walker.nested != null && ept.modeBased() ? 1 << 14 : 0);
    }

    /**
     * Reads the PDPTEs of PAE paging, through EPT if it is on.
     *
     * @return false, with nothing changed, if a present one has reserved bits set
     * @throws CpuFault the exit that EPT leads to, without a linear address
     */
    public final boolean loadPdptes(long cr3) {
        boolean loaded = walker.loadPdptes(cr3);
        if (walker.nestedFault) {
            throw self().fault(CpuFault.VM_EXIT, ept.exitReason);
        }
        return loaded;
    }

    /** Whether the upper bits of an address repeat bit 47, or bit 56 with five-level paging. */
    public final boolean canonical(long va) {
        int unused = walker.mode == PagingMode.FIVE_LEVEL ? 7 : 16;
        return va << unused >> unused == va;
    }

    /**
     * Whether an address is canonical by the widest linear addresses that the processor has: what
     * the bases of segments and descriptor tables are checked by, whatever CR4.LA57 says (SDM vol.
     * 1, 3.3.7.1).
     */
    public final boolean canonicalBase(long va) {
        int unused = (self().cr4Allowed & Cpu.CR4_LA57) != 0 ? 7 : 16;
        return va << unused >> unused == va;
    }

    /** How linear addresses are translated now. */
    public final PagingMode pagingMode() {
        return walker.mode;
    }

    // ---- VPID and EPT --------------------------------------------------------------------------

    /**
     * Translates through EPT from now on, and by the control registers as they are. What is cached
     * for this VPID and EPT pointer stays, if it was made with the same CR3, control bits and
     * APIC-access page.
     *
     * @param vpid 0 to 65535
     * @param eptp an EPT pointer that VM entry accepts, or {@link #NO_EPT}
     */
    public final void useTranslations(int vpid, long eptp, long cr3) {
        useTranslations(vpid, eptp, cr3, false, null);
    }

    /**
     * As above.
     *
     * @param userExecute mode-based execute control for EPT
     * @param log takes note of pages that become dirty; or null
     */
    public final void useTranslations(
            int vpid, long eptp, long cr3, boolean userExecute, EptWalker.DirtyLog log) {
        set = setOf(vpid, eptp);
        set.lastUse = ++changes;
        walker.nested = eptp == NO_EPT ? null : ept;
        if (eptp != NO_EPT) {
            ept.use(eptp, walker.physicalBits);
            ept.extend(userExecute, log);
        }
        long before = set.controls;
        govern();
        boolean same = set.controls == before && set.apicAccess == apicAccess;
        if (!same || set.contexts[0].cr3 != cr3) {
            setCr3(cr3);
        }
        set.apicAccess = apicAccess;
        use(context);
        privilegeChanged();
    }

    /** Translates through EPT from now on; see {@link #useTranslations}. */
    public final void setNested(long eptp) {
        useTranslations(set.vpid, eptp, cr3());
    }

    /** Ends translation through EPT. */
    public final void clearNested() {
        setNested(NO_EPT);
    }

    /** Whether addresses are translated through EPT. */
    public final boolean nested() {
        return walker.nested != null;
    }

    private TlbSet setOf(int vpid, long eptp) {
        TlbSet oldest = sets[0];
        for (TlbSet each : sets) {
            if (each.vpid == vpid && each.eptp == eptp) {
                return each;
            }
            oldest = each.lastUse < oldest.lastUse ? each : oldest;
        }
        if (sets.length < MOST_SETS) {
            oldest = new TlbSet(sets.length, ram.memory());
            sets = Arrays.copyOf(sets, sets.length + 1);
            sets[sets.length - 1] = oldest;
        }
        oldest.flush();
        oldest.vpid = vpid;
        oldest.eptp = eptp;
        return oldest;
    }

    /** Drops what is cached of translations through the EPT with a root (INVEPT). */
    public final void invalidateEpt(long eptp) {
        ept.flush();
        for (TlbSet each : sets) {
            if (each.eptp != NO_EPT && (each.eptp ^ eptp) >>> 12 == 0) {
                each.flush();
            }
        }
    }

    /** Drops what is cached of translations through any EPT (INVEPT). */
    public final void invalidateAllEpt() {
        ept.flush();
        for (TlbSet each : sets) {
            if (each.eptp != NO_EPT) {
                each.flush();
            }
        }
    }

    /**
     * Drops the translations of a VPID, or with 0 those of root operation (INVVPID, VM entry), and
     * guest-physical mappings, which might stay, but which some software expects to be gone.
     */
    public final void invalidateVpid(int vpid) {
        ept.flush();
        for (TlbSet each : sets) {
            if (each.vpid == vpid) {
                each.flush();
            }
        }
    }

    /** Drops the translations of every VPID but 0 (INVVPID). */
    public final void invalidateAllVpids() {
        for (TlbSet each : sets) {
            if (each.vpid != 0) {
                each.flush();
            }
        }
    }

    /** Drops the translation of one page from a VPID (INVVPID). */
    public final void invalidatePage(int vpid, long va) {
        for (TlbSet each : sets) {
            if (each.vpid == vpid) {
                each.invalidatePage(va);
            }
        }
    }

    /**
     * Makes the exit that the page walk for a linear address leads to, which drops what is cached
     * for it (SDM vol. 3C, 29.4.3.1); the caller throws it.
     */
    final CpuFault nestedFault(long va) {
        for (Tlb each : set.contexts) {
            each.drop(va);
        }
        ept.linear = va;
        ept.qualification |= EptWalker.LINEAR_VALID;
        return self().fault(CpuFault.VM_EXIT, ept.exitReason);
    }

    // ---- caches --------------------------------------------------------------------------------

    @Override
    public final void flushTlb() {
        ept.flush();
        for (TlbSet each : sets) {
            each.flush();
        }
    }

    /** Drops the translation of one page in all contexts of the current VPID (INVLPG). */
    public final void invalidatePage(long va) {
        invalidatePage(set.vpid, va);
    }

    /** Changes whenever executable translations of the current context may have changed. */
    public final long codeEpoch() {
        return tlb.codeEpoch;
    }

    /** Machine addresses of the frames that stores reach without being seen, in any context. */
    public final long[] writableFrames() {
        return Arrays.stream(sets)
                .flatMap(each -> Arrays.stream(each.contexts))
                .flatMapToLong(Tlb::writableFrames)
                .toArray();
    }

    /** Called by the engine when a frame gets its first decoded code. */
    public final void protectFrame(long frameMaddr) {
        for (TlbSet each : sets) {
            each.protectFrame(frameMaddr);
        }
    }

    final Cpu self() {
        return (Cpu) this;
    }
}
