package org.xenolith.pv.mm;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.PageWalker;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.SharedMemory;

/**
 * A PV guest's memory as its kernel sees it: through the kernel's root table, with the rights of
 * CPL 3, at which that kernel runs, and never into Xen's part of the address space.
 */
final class PvGuestMemory implements GuestMemory {
    private final Vcpu vcpu;
    private final Roots roots;
    private final PhysicalMemory ram;
    private final SharedMemory memory;
    private final PageWalker walker;

    PvGuestMemory(Vcpu vcpu, Roots roots) {
        this.vcpu = vcpu;
        this.roots = roots;
        ram = vcpu.domain.machine.ram;
        memory = vcpu.domain.machine.memory;
        walker = new PageWalker(ram);
    }

    /** Machine address of a byte; accessed and dirty bits change as by an access of the guest. */
    private long translate(long gva, int access) throws GuestFault {
        long root = roots.kernel(vcpu);
        if (root == 0
                || !PvMemory.addressOk(gva)
                || !walker.walk(root, gva, access, true, true, true)
                || !ram.contains(walker.maddr & -4096L, PhysicalMemory.PAGE_SIZE)) {
            throw GuestFault.INSTANCE;
        }
        return walker.maddr;
    }

    private static int chunk(long gva, int length) {
        return Math.min(length, PhysicalMemory.PAGE_SIZE - (int) (gva & 0xfff));
    }

    @Override
    public void read(long gva, byte[] dst, int offset, int length) throws GuestFault {
        int done = 0;
        while (done < length) {
            int n = chunk(gva + done, length - done);
            ram.read(translate(gva + done, 0), dst, offset + done, n);
            done += n;
        }
    }

    @Override
    public void write(long gva, byte[] src, int offset, int length) throws GuestFault {
        for (int done = 0; done < length; done += chunk(gva + done, length - done)) {
            translate(gva + done, PageWalker.ERR_WRITE);
        }
        int done = 0;
        while (done < length) {
            int n = chunk(gva + done, length - done);
            memory.write(translate(gva + done, PageWalker.ERR_WRITE), src, offset + done, n);
            done += n;
        }
    }

    @Override
    public int read32(long gva) throws GuestFault {
        if (chunk(gva, 4) == 4) {
            return ram.get32(translate(gva, 0));
        }
        return (int) readCrossing(gva, 4);
    }

    @Override
    public long read64(long gva) throws GuestFault {
        if (chunk(gva, 8) == 8) {
            return ram.get64(translate(gva, 0));
        }
        return readCrossing(gva, 8);
    }

    @Override
    public void write32(long gva, int value) throws GuestFault {
        if (chunk(gva, 4) == 4) {
            memory.put32(translate(gva, PageWalker.ERR_WRITE), value);
        } else {
            writeCrossing(gva, value, 4);
        }
    }

    @Override
    public void write64(long gva, long value) throws GuestFault {
        if (chunk(gva, 8) == 8) {
            memory.put64(translate(gva, PageWalker.ERR_WRITE), value);
        } else {
            writeCrossing(gva, value, 8);
        }
    }

    private long readCrossing(long gva, int size) throws GuestFault {
        byte[] bytes = new byte[size];
        read(gva, bytes, 0, size);
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | bytes[i] & 0xff;
        }
        return value;
    }

    private void writeCrossing(long gva, long value, int size) throws GuestFault {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (value >>> 8 * i);
        }
        write(gva, bytes, 0, size);
    }
}
