package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.PhysicalMemory;

/**
 * Loads and stores at linear addresses. A hit in the {@link Tlb} costs one comparison; everything
 * else (miss, page crossing, frames that hold code, addresses outside RAM) takes the slow path.
 *
 * <p>Stores never happen in part: both pages of a crossing store are checked before a byte changes.
 */
public abstract class LinearMemory extends Registers {
    static final long PAGE_MASK = ~4095L;

    /** The machine's RAM. */
    public final PhysicalMemory ram;

    /** Page walker over that RAM, also used by the supervisor for probes. */
    public final PageWalker walker;

    /** Knows which frames hold decoded code. Set once by the engine, before anything runs. */
    public CodeWatcher codeWatcher;

    private final Tlb[] contexts = {new Tlb(0), new Tlb(1), new Tlb(2)};
    private Tlb tlb = contexts[0];
    private int context;

    /** Control registers govern paging, not a hypervisor. */
    private boolean nativePaging;

    private long[] tlbRead = tlb.read;
    private long[] tlbWrite = tlb.write;
    private long[] tlbAddend = tlb.addend;

    LinearMemory(PhysicalMemory ram) {
        this.ram = ram;
        this.walker = new PageWalker(ram);
    }

    // ---- address spaces ------------------------------------------------------------------------

    /**
     * Makes one of two address-space contexts current. A hypervisor keeps a guest's kernel root in
     * context 0 and its user root in context 1, so that a mode switch needs no flush.
     *
     * @param index 0 or 1
     */
    public final void selectContext(int index) {
        context = index;
        tlb = contexts[index];
        tlbRead = tlb.read;
        tlbWrite = tlb.write;
        tlbAddend = tlb.addend;
    }

    /** The current context, 0 or 1. */
    public final int context() {
        return context;
    }

    /** Sets a context's root table and flushes its translations (MOV to CR3). */
    public final void setRoot(int index, long cr3) {
        contexts[index].cr3 = cr3;
        contexts[index].flush();
    }

    /** CR3 of a context. */
    public final long root(int index) {
        return contexts[index].cr3;
    }

    /** CR3 of the current context. */
    public final long cr3() {
        return tlb.cr3;
    }

    /**
     * Chooses the cached translations that belong to the current privilege level and EFLAGS.AC. To
     * be called after either changes by native means; costs nothing where a hypervisor chooses.
     */
    public final void privilegeChanged() {
        if (nativePaging) {
            Cpu cpu = self();
            int index = cpu.cpl == 3 ? 1 : (cpu.eflags & Flags.AC) != 0 ? 2 : 0;
            if (index != context) {
                selectContext(index);
            }
        }
    }

    /** Drops every cached translation of all contexts. */
    public final void flushTlb() {
        for (Tlb each : contexts) {
            each.flush();
        }
    }

    /** Drops the translation of one page in all contexts (INVLPG). */
    public final void invalidatePage(long va) {
        for (Tlb each : contexts) {
            each.invalidatePage(va);
        }
    }

    /** Changes whenever executable translations of the current context may have changed. */
    public final long codeEpoch() {
        return tlb.codeEpoch;
    }

    /** Called by the engine when a frame gets its first decoded code. */
    public final void protectFrame(long frameMaddr) {
        for (Tlb each : contexts) {
            each.protectFrame(frameMaddr);
        }
    }

    // ---- loads ---------------------------------------------------------------------------------

    public final byte load8(long va) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbRead[i] == (va & PAGE_MASK)) {
            return ram.get8(va + tlbAddend[i]);
        }
        return (byte) slowLoad(va, 1);
    }

    public final short load16(long va) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbRead[i] == (va + 1 & PAGE_MASK)) {
            return ram.get16(va + tlbAddend[i]);
        }
        return (short) slowLoad(va, 2);
    }

    public final int load32(long va) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbRead[i] == (va + 3 & PAGE_MASK)) {
            return ram.get32(va + tlbAddend[i]);
        }
        return (int) slowLoad(va, 4);
    }

    public final long load64(long va) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbRead[i] == (va + 7 & PAGE_MASK)) {
            return ram.get64(va + tlbAddend[i]);
        }
        return slowLoad(va, 8);
    }

    /** Loads sign-extended; for semantic methods that serve all sizes. */
    public final long load(long va, int size) {
        return switch (size) {
            case 8 -> load64(va);
            case 4 -> load32(va);
            case 2 -> load16(va);
            default -> load8(va);
        };
    }

    // ---- loads whose location the same instruction will store to -------------------------------

    /** As {@link #load8} with all checks of a store, so that the store cannot fault any more. */
    public final byte update8(long va) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbWrite[i] == (va & PAGE_MASK)) {
            return ram.get8(va + tlbAddend[i]);
        }
        slowCheckWrite(va, 1);
        return load8(va);
    }

    public final short update16(long va) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbWrite[i] == (va + 1 & PAGE_MASK)) {
            return ram.get16(va + tlbAddend[i]);
        }
        slowCheckWrite(va, 2);
        return load16(va);
    }

    public final int update32(long va) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbWrite[i] == (va + 3 & PAGE_MASK)) {
            return ram.get32(va + tlbAddend[i]);
        }
        slowCheckWrite(va, 4);
        return load32(va);
    }

    public final long update64(long va) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbWrite[i] == (va + 7 & PAGE_MASK)) {
            return ram.get64(va + tlbAddend[i]);
        }
        slowCheckWrite(va, 8);
        return load64(va);
    }

    /** Loads for update, sign-extended. */
    public final long update(long va, int size) {
        return switch (size) {
            case 8 -> update64(va);
            case 4 -> update32(va);
            case 2 -> update16(va);
            default -> update8(va);
        };
    }

    // ---- stores --------------------------------------------------------------------------------

    public final void store8(long va, byte value) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbWrite[i] == (va & PAGE_MASK)) {
            ram.put8(va + tlbAddend[i], value);
        } else {
            slowStore(va, value, 1);
        }
    }

    public final void store16(long va, short value) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbWrite[i] == (va + 1 & PAGE_MASK)) {
            ram.put16(va + tlbAddend[i], value);
        } else {
            slowStore(va, value, 2);
        }
    }

    public final void store32(long va, int value) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbWrite[i] == (va + 3 & PAGE_MASK)) {
            ram.put32(va + tlbAddend[i], value);
        } else {
            slowStore(va, value, 4);
        }
    }

    public final void store64(long va, long value) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbWrite[i] == (va + 7 & PAGE_MASK)) {
            ram.put64(va + tlbAddend[i], value);
        } else {
            slowStore(va, value, 8);
        }
    }

    /** Stores the low {@code size} bytes; for semantic methods that serve all sizes. */
    public final void store(long va, long value, int size) {
        switch (size) {
            case 8 -> store64(va, value);
            case 4 -> store32(va, (int) value);
            case 2 -> store16(va, (short) value);
            default -> store8(va, (byte) value);
        }
    }

    // ---- runs of bytes within a page, for string instructions ----------------------------------

    /**
     * Translates for reading and gives the machine address, valid up to the end of the page.
     *
     * @return the machine address, or -1 if it lies outside RAM
     */
    public final long readable(long va) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbRead[i] == (va & PAGE_MASK)) {
            return va + tlbAddend[i];
        }
        return inRam(translateRead(va));
    }

    /**
     * Translates for writing {@code length} bytes (within the page), telling the code watcher.
     *
     * @return the machine address, or -1 if it lies outside RAM
     */
    public final long writable(long va, int length) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbWrite[i] == (va & PAGE_MASK)) {
            return va + tlbAddend[i];
        }
        return inRam(translateWrite(va, length));
    }

    // ---- instruction fetch ---------------------------------------------------------------------

    /**
     * Translates for instruction fetch.
     *
     * @return the machine address, valid up to the end of the page
     */
    public final long executable(long va) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlb.exec[i] == (va & PAGE_MASK)) {
            return va + tlb.execAddend[i];
        }
        long maddr = walk(va, PageWalker.ERR_FETCH);
        if (!ram.contains(maddr & PAGE_MASK, PhysicalMemory.PAGE_SIZE)) {
            throw self().fault(CpuFault.GP, 0);
        }
        tlb.fillExec(va, maddr);
        return maddr;
    }

    // ---- slow paths ----------------------------------------------------------------------------

    private long slowLoad(long va, int size) {
        int first = 4096 - ((int) va & 4095);
        if (first >= size) {
            return physicalLoad(translateRead(va), size);
        }
        long low = translateRead(va);
        long high = translateRead(va + first);
        long value = 0;
        for (int k = size - 1; k >= 0; k--) {
            long at = k < first ? low + k : high + (k - first);
            value = value << 8 | physicalLoad(at, 1) & 0xff;
        }
        int unused = 64 - 8 * size;
        return value << unused >> unused;
    }

    private void slowStore(long va, long value, int size) {
        int first = 4096 - ((int) va & 4095);
        if (first >= size) {
            physicalStore(translateWrite(va, size), value, size);
            return;
        }
        translateWrite(va, first);
        long high = translateWrite(va + first, size - first);
        long low = translateWrite(va, first);
        for (int k = 0; k < size; k++) {
            physicalStore(k < first ? low + k : high + (k - first), value >> 8 * k, 1);
        }
    }

    /**
     * Does all checks of a store of {@code size} bytes without storing.
     *
     * @throws CpuFault as the store would
     */
    public final void checkWrite(long va, int size) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlbWrite[i] == (va + size - 1 & PAGE_MASK)) {
            return;
        }
        slowCheckWrite(va, size);
    }

    private void slowCheckWrite(long va, int size) {
        int first = 4096 - ((int) va & 4095);
        if (first >= size) {
            translateWrite(va, size);
        } else {
            translateWrite(va, first);
            translateWrite(va + first, size - first);
        }
    }

    private long translateRead(long va) {
        long maddr = walk(va, 0);
        if (ram.contains(maddr, 1)) {
            tlb.fillRead(va, maddr, walker.writeReady && !codeWatcher.holdsCode(maddr));
        }
        return maddr;
    }

    private long translateWrite(long va, int length) {
        long maddr = walk(va, PageWalker.ERR_WRITE);
        if (ram.contains(maddr, 1)) {
            if (codeWatcher.holdsCode(maddr)) {
                codeWatcher.beforeWrite(self(), maddr, length);
                tlb.fillRead(va, maddr, false);
            } else {
                tlb.fillRead(va, maddr, true);
            }
        }
        return maddr;
    }

    private long walk(long va, int access) {
        if (va << 16 >> 16 != va) {
            throw self().fault(CpuFault.GP, 0);
        }
        Cpu cpu = self();
        boolean user = cpu.cpl == 3;
        if (!walker.walk(tlb.cr3, va, access, user, cpu.writeProtect(), true)) {
            cpu.cr2 = va;
            throw cpu.fault(CpuFault.PF, walker.errorCode);
        }
        return walker.maddr;
    }

    /** A load with supervisor rights; see {@link SystemMemory}. */
    final long systemLoad(long va, int size) {
        int first = 4096 - ((int) va & 4095);
        long low = systemTranslate(va, 0);
        if (first >= size) {
            return physicalLoad(low, size);
        }
        long high = systemTranslate(va + first, 0);
        long value = 0;
        for (int k = size - 1; k >= 0; k--) {
            long at = k < first ? low + k : high + (k - first);
            value = value << 8 | physicalLoad(at, 1) & 0xff;
        }
        return value;
    }

    /** A store with supervisor rights; see {@link SystemMemory}. */
    final void systemStore(long va, long value, int size) {
        int first = Math.min(size, 4096 - ((int) va & 4095));
        long low = systemTranslate(va, PageWalker.ERR_WRITE);
        long high = first < size ? systemTranslate(va + first, PageWalker.ERR_WRITE) : 0;
        tellWatcher(low, first);
        if (first >= size) {
            physicalStore(low, value, size);
            return;
        }
        tellWatcher(high, size - first);
        for (int k = 0; k < size; k++) {
            physicalStore(k < first ? low + k : high + (k - first), value >> 8 * k, 1);
        }
    }

    private void tellWatcher(long maddr, int length) {
        if (ram.contains(maddr, length) && codeWatcher.holdsCode(maddr)) {
            codeWatcher.beforeWrite(self(), maddr, length);
        }
    }

    private long systemTranslate(long va, int access) {
        if (!walker.walk(tlb.cr3, va, access, false, self().writeProtect(), true)) {
            self().cr2 = va;
            throw self().fault(CpuFault.PF, walker.errorCode);
        }
        return walker.maddr;
    }

    private long inRam(long maddr) {
        return ram.contains(maddr & PAGE_MASK, PhysicalMemory.PAGE_SIZE) ? maddr : -1;
    }

    private long physicalLoad(long maddr, int size) {
        if (!ram.contains(maddr, size)) {
            return -1; // nothing answers there: the bus floats high
        }
        return switch (size) {
            case 8 -> ram.get64(maddr);
            case 4 -> ram.get32(maddr);
            case 2 -> ram.get16(maddr);
            default -> ram.get8(maddr);
        };
    }

    private void physicalStore(long maddr, long value, int size) {
        if (!ram.contains(maddr, size)) {
            return;
        }
        switch (size) {
            case 8 -> ram.put64(maddr, value);
            case 4 -> ram.put32(maddr, (int) value);
            case 2 -> ram.put16(maddr, (short) value);
            default -> ram.put8(maddr, (byte) value);
        }
    }

    private Cpu self() {
        return (Cpu) this;
    }
}
