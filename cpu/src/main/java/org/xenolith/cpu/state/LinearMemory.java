package org.xenolith.cpu.state;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.memory.HostPage;
import org.xenolith.cpu.memory.PhysicalMemory;

import java.util.Arrays;

/**
 * Loads and stores at linear addresses. A hit in the {@link Tlb} costs one comparison; everything
 * else (miss, page crossing, frames that hold code, addresses outside RAM) takes the slow path.
 *
 * <p>Stores never happen in part: both pages of a crossing store are checked before a byte changes.
 */
public abstract class LinearMemory extends AddressSpaces {
    private static final Logger LOG = LoggerFactory.getLogger(LinearMemory.class);

    /** Knows which frames hold decoded code. Set once by the engine, before anything runs. */
    public CodeWatcher codeWatcher;

    /** Pages with bytes that data breakpoints watch, which are never cached for data; or none. */
    private long[] watchedPages = {};

    private boolean reportedFetch;

    /** Keeps what stores replace, and where they are hidden in the TLB for that; mostly null. */
    private WriteLog writeLog;

    private Tlb hidden;

    LinearMemory(PhysicalMemory ram) {
        super(ram);
    }

    // ---- stores that can be taken back ---------------------------------------------------------

    /** Keeps a log of stores in the current context, until {@link #revealWrites}. */
    public final void hideWrites(WriteLog log) {
        revealWrites();
        hidden = tlb;
        hidden.hideWrites();
        hidden.data[Tlb.MISSED] = Tlb.INVALID;
        writeLog = log;
    }

    /** Ends {@link #hideWrites}; without it, does nothing. */
    public final void revealWrites() {
        if (hidden != null) {
            hidden.revealWrites();
            hidden = null;
            writeLog = null;
        }
    }

    /**
     * Logs the page that a {@link TrialAccess} has missed, if only {@link #hideWrites} was the
     * reason.
     *
     * @return whether a store there hits now
     */
    public final boolean permitMissed() {
        long va = entries[Tlb.MISSED];
        entries[Tlb.MISSED] = Tlb.INVALID;
        return va != Tlb.INVALID && permit(va);
    }

    private boolean permit(long va) {
        long page = va & PAGE_MASK;
        long frame = hidden.hiddenFrame(page);
        if (frame < 0) {
            return false;
        }
        writeLog.add(frame);
        hidden.reveal(page);
        return true;
    }

    /** Whether a store that misses the TLB hits now, having been logged. */
    private boolean logged(long va, int size) {
        if (writeLog == null) {
            return false;
        }
        boolean within = ((va ^ va + size - 1) & PAGE_MASK) == 0;
        boolean permitted = within && (hidden.find(va, Tlb.WRITE) >= 0 || permit(va));
        if (!permitted) {
            endLog();
        }
        return permitted;
    }

    /** A load may have the page tables walked, which cannot be taken back. */
    private void endLog(long va, int size) {
        boolean within = ((va ^ va + size - 1) & PAGE_MASK) == 0;
        if (writeLog != null && (!within || tlb.find(va, Tlb.READ) < 0)) {
            endLog();
        }
    }

    /** Something that cannot be taken back comes. */
    private void endLog() {
        if (writeLog != null) {
            WriteLog log = writeLog;
            revealWrites();
            log.end();
        }
    }

    // ---- loads ---------------------------------------------------------------------------------

    public final byte load8(long va) {
        int i = Tlb.index(va);
        if (entries[i + Tlb.READ] == (va & PAGE_MASK)) {
            return HostPage.get8(va + entries[i + Tlb.ADDEND]);
        }
        return (byte) slowLoad(va, 1);
    }

    public final short load16(long va) {
        int i = Tlb.index(va);
        if (entries[i + Tlb.READ] == (va + 1 & PAGE_MASK)) {
            return HostPage.get16(va + entries[i + Tlb.ADDEND]);
        }
        return (short) slowLoad(va, 2);
    }

    public final int load32(long va) {
        int i = Tlb.index(va);
        if (entries[i + Tlb.READ] == (va + 3 & PAGE_MASK)) {
            return HostPage.get32(va + entries[i + Tlb.ADDEND]);
        }
        return (int) slowLoad(va, 4);
    }

    public final long load64(long va) {
        int i = Tlb.index(va);
        if (entries[i + Tlb.READ] == (va + 7 & PAGE_MASK)) {
            return HostPage.get64(va + entries[i + Tlb.ADDEND]);
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
        int i = Tlb.index(va);
        if (entries[i + Tlb.WRITE] == (va & PAGE_MASK)) {
            return HostPage.get8(va + entries[i + Tlb.ADDEND]);
        }
        slowCheckWrite(va, 1);
        return load8(va);
    }

    public final short update16(long va) {
        int i = Tlb.index(va);
        if (entries[i + Tlb.WRITE] == (va + 1 & PAGE_MASK)) {
            return HostPage.get16(va + entries[i + Tlb.ADDEND]);
        }
        slowCheckWrite(va, 2);
        return load16(va);
    }

    public final int update32(long va) {
        int i = Tlb.index(va);
        if (entries[i + Tlb.WRITE] == (va + 3 & PAGE_MASK)) {
            return HostPage.get32(va + entries[i + Tlb.ADDEND]);
        }
        slowCheckWrite(va, 4);
        return load32(va);
    }

    public final long update64(long va) {
        int i = Tlb.index(va);
        if (entries[i + Tlb.WRITE] == (va + 7 & PAGE_MASK)) {
            return HostPage.get64(va + entries[i + Tlb.ADDEND]);
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
        int i = Tlb.index(va);
        if (entries[i + Tlb.WRITE] == (va & PAGE_MASK)) {
            HostPage.put8(va + entries[i + Tlb.ADDEND], value);
        } else {
            slowStore(va, value, 1);
        }
    }

    public final void store16(long va, short value) {
        int i = Tlb.index(va);
        if (entries[i + Tlb.WRITE] == (va + 1 & PAGE_MASK)) {
            HostPage.put16(va + entries[i + Tlb.ADDEND], value);
        } else {
            slowStore(va, value, 2);
        }
    }

    public final void store32(long va, int value) {
        int i = Tlb.index(va);
        if (entries[i + Tlb.WRITE] == (va + 3 & PAGE_MASK)) {
            HostPage.put32(va + entries[i + Tlb.ADDEND], value);
        } else {
            slowStore(va, value, 4);
        }
    }

    public final void store64(long va, long value) {
        int i = Tlb.index(va);
        if (entries[i + Tlb.WRITE] == (va + 7 & PAGE_MASK)) {
            HostPage.put64(va + entries[i + Tlb.ADDEND], value);
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
     * @return the machine address, or -1 if it lies outside RAM, or alignment is checked or a
     *     breakpoint may be met
     */
    public final long readable(long va) {
        int i = Tlb.index(va);
        if (entries[i + Tlb.READ] == (va & PAGE_MASK)) {
            return tlb.maddr(i, va);
        }
        endLog(va, 1);
        return cacheable(wrap(va)) ? inRam(translateRead(va)) : -1;
    }

    /**
     * Translates for writing {@code length} bytes (within the page), telling the code watcher.
     *
     * @return the machine address, or -1 if it lies outside RAM, or alignment is checked or a
     *     breakpoint may be met
     */
    public final long writable(long va, int length) {
        int i = Tlb.index(va);
        if (entries[i + Tlb.WRITE] == (va & PAGE_MASK)) {
            return tlb.maddr(i, va);
        }
        logged(va, 1);
        return cacheable(wrap(va)) ? inRam(translateWrite(va, length)) : -1;
    }

    // ---- instruction fetch ---------------------------------------------------------------------

    /**
     * Translates for instruction fetch.
     *
     * @return the machine address, valid up to the end of the page
     */
    public final long executable(long address) {
        long va = wrap(address);
        int i = (int) (va >>> 12) & Tlb.MASK;
        if (tlb.exec[i] == (va & PAGE_MASK)) {
            return va + tlb.execAddend[i];
        }
        long maddr = walk(va, PageWalker.ERR_FETCH);
        if ((maddr & PAGE_MASK) == apicAccess) {
            throw self().nonRoot.apic.fetch(maddr - apicAccess);
        }
        if (!plainRam(maddr) && !isRom(maddr)) {
            if (!reportedFetch) {
                reportedFetch = true;
                LOG.warn("instruction fetch outside RAM at {}: #GP", Long.toHexString(maddr));
            }
            throw self().fault(CpuFault.GP, 0);
        }
        tlb.fillExec(va, maddr, walker.pageShift);
        return maddr;
    }

    /**
     * The machine address of {@code va} if its translation for instruction fetch is cached.
     *
     * @return -1 if it is not
     */
    public final long cachedExecutable(long va) {
        int i = (int) (va >>> 12) & Tlb.MASK;
        return tlb.exec[i] == (va & PAGE_MASK) ? va + tlb.execAddend[i] : -1;
    }

    // ---- slow paths ----------------------------------------------------------------------------

    /**
     * #AC(0) for a misaligned operand (SDM vol. 3A, 7.15, #AC). Vectors and 80-bit reals are
     * checked for alignment to 8 bytes, areas of other sizes where their parts are stored. At a
     * non-canonical address #GP comes first.
     */
    private void checkAlignment(long va, int size) {
        if (aligned && (size == 10 || Integer.bitCount(size) == 1)) {
            if ((va & Math.min(size, 8) - 1) != 0 && canonical(wrap(va))) {
                throw self().fault(CpuFault.AC, 0);
            }
        }
    }

    /**
     * Lets data breakpoints see accesses from now on. To be called after a change of DR0 to DR3 or
     * DR7.
     */
    final void watchData() {
        Cpu cpu = self();
        long[] pages = new long[4];
        int count = 0;
        for (int i = 0; i < 4; i++) {
            int condition = (int) (cpu.debug[7] >> 16 + 4 * i) & 3;
            boolean data = condition == Cpu.BREAK_WRITE || condition == Cpu.BREAK_READ;
            if (data && (cpu.debug[7] >> 2 * i & 3) != 0) {
                pages[count++] = cpu.debug[i] & PAGE_MASK; // they are aligned: none crosses a page
            }
        }
        if (count > 0 || watchedPages.length > 0) {
            watchedPages = Arrays.copyOf(pages, count);
            flushTlb();
        }
    }

    /** Whether the page of {@code va} may be entered in the TLB for data. */
    private boolean cacheable(long va) {
        return !aligned && !watched(va);
    }

    private boolean watched(long va) {
        for (long page : watchedPages) {
            if (page == (va & PAGE_MASK)) {
                return true;
            }
        }
        return false;
    }

    /** Notes the data breakpoints that an access meets, which has passed all other checks. */
    private void meetBreakpoints(long address, int size, int kind) {
        if (watchedPages.length > 0) {
            self().dataBreakpoints |= self().breakpoints(wrap(address), size, kind);
        }
    }

    private long slowLoad(long va, int size) {
        endLog(va, size);
        long value = slowLoadUnwatched(va, size);
        meetBreakpoints(va, size, Cpu.BREAK_READ);
        return value;
    }

    private long slowLoadUnwatched(long va, int size) {
        checkAlignment(va, size);
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
        logged(va, size);
        slowStoreUnwatched(va, value, size);
        meetBreakpoints(va, size, Cpu.BREAK_WRITE);
    }

    private void slowStoreUnwatched(long va, long value, int size) {
        checkAlignment(va, size);
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
        int i = Tlb.index(va);
        if (entries[i + Tlb.WRITE] == (va + size - 1 & PAGE_MASK)) {
            return;
        }
        slowCheckWrite(va, size);
    }

    private void slowCheckWrite(long va, int size) {
        if (logged(va, size)) {
            return;
        }
        checkAlignment(va, size);
        int first = 4096 - ((int) va & 4095);
        if (first >= size) {
            translateWrite(va, size);
        } else {
            translateWrite(va, first);
            translateWrite(va + first, size - first);
        }
    }

    private long translateRead(long address) {
        long va = wrap(address);
        int found = tlb.recall(va, Tlb.READ);
        if (found >= 0) {
            return tlb.maddr(found, va);
        }
        long maddr = walk(va, 0);
        if (plainRam(maddr) && cacheable(va)) {
            boolean writable = walker.writeReady && !codeWatcher.holdsCode(maddr);
            tlb.fillRead(va, maddr, writable, walker.pageShift);
        } else if (isRom(maddr) && cacheable(va)) {
            tlb.fillRead(va, maddr, false, walker.pageShift);
        }
        return maddr;
    }

    private long translateWrite(long address, int length) {
        long va = wrap(address);
        int found = tlb.recall(va, Tlb.WRITE);
        if (found >= 0) {
            return tlb.maddr(found, va);
        }
        long maddr = walk(va, PageWalker.ERR_WRITE);
        if ((maddr & PAGE_MASK) == apicAccess) {
            self().nonRoot.apic.checkWrite(maddr - apicAccess, length);
        }
        if (plainRam(maddr)) {
            boolean code = codeWatcher.holdsCode(maddr);
            if (code) {
                codeWatcher.beforeWrite(self(), maddr, length);
            }
            if (cacheable(va)) {
                tlb.fillRead(va, maddr, !code, walker.pageShift);
            }
        }
        return maddr;
    }

    /** Linear addresses have 32 bits outside 64-bit mode, where accesses wrap round at 4 GiB. */
    private long wrap(long va) {
        return (self().mode & Cpu.MODE_SIZE) == Cpu.MODE_64 ? va : va & 0xffffffffL;
    }

    private long walk(long va, int access) {
        Cpu cpu = self();
        boolean ac = (cpu.eflags & Flags.AC) != 0;
        return walk(tlb.cr3, va, access, cpu.cpl == 3, ac);
    }

    private long walk(long cr3, long va, int access, boolean user, boolean ac) {
        Cpu cpu = self();
        if (!canonical(va)) {
            CpuFault fault = cpu.fault(CpuFault.GP, 0);
            fault.nonCanonical = true;
            throw fault;
        }
        walker.pkru = cpu.pkru;
        if (!walker.walk(cr3, va, access, user, cpu.writeProtect(), true, ac)) {
            if (walker.nestedFault) {
                throw nestedFault(va);
            }
            cpu.previousCr2 = cpu.cr2;
            cpu.cr2 = va;
            throw cpu.fault(CpuFault.PF, walker.errorCode);
        }
        return onBus(walker.maddr);
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
        if (plainRam(maddr) && codeWatcher.holdsCode(maddr)) {
            codeWatcher.beforeWrite(self(), maddr, length);
        }
    }

    /** Translates with supervisor rights; see {@link SystemMemory}. */
    final long systemTranslate(long address, int access) {
        boolean write = (access & PageWalker.ERR_WRITE) != 0;
        long va = self().longMode() ? address : address & 0xffffffffL;
        Tlb supervisor = nativePaging ? set.contexts[TlbSet.SUPERVISOR] : tlb;
        int found = nativePaging ? supervisor.find(va, write ? Tlb.WRITE : Tlb.READ) : -1;
        if (found >= 0) {
            return supervisor.maddr(found, va);
        }
        endLog();
        long maddr = walk(supervisor.cr3, va, access, false, false);
        if (nativePaging && plainRam(maddr) && !watched(va)) {
            boolean writable = walker.writeReady && !codeWatcher.holdsCode(maddr);
            supervisor.fillRead(va, maddr, writable, walker.pageShift);
        }
        return maddr;
    }

    private long inRam(long maddr) {
        return plainRam(maddr) ? maddr : -1;
    }
}
