package org.xenolith.hvm.p2m;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.SharedMemory;
import org.xenolith.xen.hypercall.GuestAbi;

/**
 * An HVM guest's memory as its kernel sees it: through the processor's own paging and the domain's
 * map behind it, with supervisor rights. A failed access leaves no trace in the guest's registers.
 */
public final class HvmGuestMemory implements GuestMemory {
    private final Cpu cpu;
    private final PhysicalMemory ram;
    private final SharedMemory memory;

    /** The memory that {@code vcpu} sees. */
    public HvmGuestMemory(Vcpu vcpu) {
        cpu = vcpu.cpu;
        ram = cpu.ram;
        memory = vcpu.domain.machine.memory;
    }

    @Override
    public GuestAbi abi() {
        return (cpu.mode & Cpu.MODE_SIZE) == Cpu.MODE_64 ? GuestAbi.X86_64 : GuestAbi.I386;
    }

    /** Machine address of a byte. */
    private long translate(long gva, boolean write) throws GuestFault {
        if (gva >>> 32 != 0 && (cpu.efer & Cpu.EFER_LMA) == 0) {
            throw GuestFault.INSTANCE; // a structure that runs over the end of linear addresses
        }
        long cr2 = cpu.cr2;
        long maddr;
        try {
            maddr = cpu.systemAddress(gva, write);
        } catch (CpuFault fault) {
            cpu.cr2 = cr2;
            throw GuestFault.INSTANCE;
        }
        if (!ram.contains(maddr & -4096L, PhysicalMemory.PAGE_SIZE)) {
            throw GuestFault.INSTANCE;
        }
        return maddr;
    }

    private static int chunk(long gva, int length) {
        return Math.min(length, PhysicalMemory.PAGE_SIZE - (int) (gva & 0xfff));
    }

    @Override
    public void read(long gva, byte[] dst, int offset, int length) throws GuestFault {
        int done = 0;
        while (done < length) {
            int n = chunk(gva + done, length - done);
            ram.read(translate(gva + done, false), dst, offset + done, n);
            done += n;
        }
    }

    @Override
    public void write(long gva, byte[] src, int offset, int length) throws GuestFault {
        for (int done = 0; done < length; done += chunk(gva + done, length - done)) {
            translate(gva + done, true);
        }
        int done = 0;
        while (done < length) {
            int n = chunk(gva + done, length - done);
            memory.write(translate(gva + done, true), src, offset + done, n);
            done += n;
        }
    }

    @Override
    public int read32(long gva) throws GuestFault {
        return (int) number(gva, 4);
    }

    @Override
    public long read64(long gva) throws GuestFault {
        return number(gva, 8);
    }

    private long number(long gva, int size) throws GuestFault {
        byte[] bytes = new byte[size];
        read(gva, bytes, 0, size);
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | bytes[i] & 0xff;
        }
        return value;
    }

    @Override
    public void write32(long gva, int value) throws GuestFault {
        putNumber(gva, value, 4);
    }

    @Override
    public void write64(long gva, long value) throws GuestFault {
        putNumber(gva, value, 8);
    }

    private void putNumber(long gva, long value, int size) throws GuestFault {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (value >>> 8 * i);
        }
        write(gva, bytes, 0, size);
    }
}
