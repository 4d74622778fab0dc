package org.xenolith.pv.trap.state;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.PageWalker;
import org.xenolith.xen.domain.Vcpu;

/**
 * A few bytes of guest memory, at most a page, translated once through the processor's current page
 * tables with the guest's own rights. Reused without allocation by everything that reads code or
 * moves frames to and from a guest's stack.
 */
public final class GuestWindow {
    /** Access kinds for {@link #open}. */
    public static final int READ = 0;

    public static final int WRITE = PageWalker.ERR_WRITE;
    public static final int FETCH = PageWalker.ERR_FETCH;

    private final Vcpu vcpu;
    private final Cpu cpu;
    private final PhysicalMemory ram;
    private long low;
    private long high;
    private int split;

    /** After a failed {@link #open}: the first address that could not be accessed. */
    public long faultAddress;

    /** After a failed {@link #open}: the page-fault error code of that access. */
    public int errorCode;

    /** A window on the memory that {@code vcpu} sees. */
    public GuestWindow(Vcpu vcpu) {
        this.vcpu = vcpu;
        this.cpu = vcpu.cpu;
        this.ram = vcpu.cpu.ram;
    }

    /**
     * Translates a range.
     *
     * @param length bytes, 1 to 4096
     * @param access {@link #READ}, {@link #WRITE} or {@link #FETCH}
     * @return false if any byte is not accessible to the guest or lies in the hypervisor's range
     */
    public boolean open(long va, int length, int access) {
        split = Math.min(length, 4096 - ((int) va & 4095));
        low = translate(va, split, access);
        if (low < 0) {
            return false;
        }
        if (split < length) {
            high = translate(va + split, length - split, access);
            if (high < 0) {
                return false;
            }
        }
        if (access == WRITE) {
            vcpu.domain.machine.codeCache.beforeExternalWrite(low, split);
            if (split < length) {
                vcpu.domain.machine.codeCache.beforeExternalWrite(high, length - split);
            }
        }
        return true;
    }

    /** How many bytes of a range can be fetched as code, and opens them: 0 to {@code length}. */
    public int openCode(long va, int length) {
        if (open(va, length, FETCH)) {
            return length;
        }
        int inPage = 4096 - ((int) va & 4095);
        return inPage < length && open(va, inPage, FETCH) ? inPage : 0;
    }

    private long translate(long va, int length, int access) {
        if (!Addresses.allowed(va)) {
            faultAddress = va;
            errorCode = PageWalker.ERR_USER | access;
            return -1;
        }
        if (!cpu.walker.walk(cpu.cr3(), va, access, true, cpu.writeProtect(), true)) {
            faultAddress = va;
            errorCode = cpu.walker.errorCode;
            return -1;
        }
        long maddr = cpu.walker.maddr;
        if (!ram.contains(maddr, length)) {
            faultAddress = va;
            errorCode = PageWalker.ERR_USER | PageWalker.ERR_PRESENT | access;
            return -1;
        }
        return maddr;
    }

    private long at(int offset) {
        return offset < split ? low + offset : high + (offset - split);
    }

    public int get8(int offset) {
        return ram.get8(at(offset)) & 0xff;
    }

    public void put8(int offset, int value) {
        ram.put8(at(offset), (byte) value);
    }

    public long get64(int offset) {
        if (offset + 8 <= split || offset >= split) {
            return ram.get64(at(offset));
        }
        long value = 0;
        for (int i = 7; i >= 0; i--) {
            value = value << 8 | get8(offset + i);
        }
        return value;
    }

    public void put64(int offset, long value) {
        if (offset + 8 <= split || offset >= split) {
            ram.put64(at(offset), value);
            return;
        }
        for (int i = 0; i < 8; i++) {
            put8(offset + i, (int) (value >>> 8 * i));
        }
    }
}
