package org.xenolith.xen.event;

import org.xenolith.cpu.engine.CodeCache;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.frames.SharedMemory;
import org.xenolith.xen.hypercall.GuestAbi;

import java.util.Map;
import java.util.TreeMap;

/** A domain as event channels see it, with the guest's end of both encodings. */
final class FakeEventDomain implements EventDomain {
    static final int DOMID = 7;

    private static final int PENDING = 1 << 31;
    private static final int MASKED = 1 << 30;
    private static final int LINKED = 1 << 29;
    private static final int LINK_MASK = (1 << 17) - 1;

    final class FakeVcpu implements EventVcpu {
        final int id;
        final long info;
        int wakes;

        FakeVcpu(int id) {
            this.id = id;
            info = sharedInfo + 64L * id;
        }

        @Override
        public int id() {
            return id;
        }

        @Override
        public long infoAddress() {
            return info;
        }

        @Override
        public void upcallRaised() {
            wake();
        }

        @Override
        public void wake() {
            wakes++;
        }

        @Override
        public boolean polls(int port) {
            return false;
        }
    }

    final PhysicalMemory ram = new PhysicalMemory(64 * 4096);
    final SharedMemory memory = new SharedMemory(ram, new CodeCache(ram));
    final FrameTable frames = new FrameTable(64);
    final long sharedInfo = frames.allocate(DOMID) << 12;
    final FakeVcpu[] vcpus;
    final EventChannels events;
    GuestAbi abi = GuestAbi.X86_64;

    /** Machine addresses that the guest gave to the hypervisor for FIFO. */
    final long[] control;

    final long array = frames.allocate(DOMID) << 12;

    FakeEventDomain(int vcpuCount) {
        vcpus = new FakeVcpu[vcpuCount];
        control = new long[vcpuCount];
        for (int v = 0; v < vcpuCount; v++) {
            vcpus[v] = new FakeVcpu(v);
        }
        events = new EventChannels(this);
    }

    /** Switches to FIFO with one page of words, all masked as a fresh port is by Linux. */
    void useFifo() {
        for (int v = 0; v < vcpus.length; v++) {
            control[v] = frames.allocate(DOMID) << 12;
            if (events.initControl(v, control[v] >>> 12, 0) != 0) {
                throw new AssertionError();
            }
        }
        if (events.expandArray(array >>> 12) != 0) {
            throw new AssertionError();
        }
    }

    /** The guest's upcall handler, 2-level: clears what is pending and counts it by port. */
    Map<Integer, Integer> take2Level(int vcpu) {
        Map<Integer, Integer> taken = new TreeMap<>();
        long info = vcpus[vcpu].info;
        while (ram.get8(info) != 0) {
            ram.put8(info, (byte) 0);
            long selector = ram.get64(info + 8);
            ram.put64(info + 8, 0);
            for (int w = 0; w < 64; w++) {
                long pending = ram.get64(sharedInfo + 0x800 + 8L * w);
                long mask = ram.get64(sharedInfo + 0xa00 + 8L * w);
                if ((selector >>> w & 1) == 0) {
                    continue;
                }
                for (int b = 0; b < 64; b++) {
                    if (((pending & ~mask) >>> b & 1) != 0) {
                        taken.merge(w * 64 + b, 1, Integer::sum);
                    }
                }
                ram.put64(sharedInfo + 0x800 + 8L * w, pending & mask);
            }
        }
        return taken;
    }

    /** The guest's upcall handler, FIFO: follows the queues and counts what it takes by port. */
    Map<Integer, Integer> takeFifo(int vcpu) {
        Map<Integer, Integer> taken = new TreeMap<>();
        long info = vcpus[vcpu].info;
        ram.put8(info, (byte) 0);
        int ready = ram.get32(control[vcpu]);
        ram.put32(control[vcpu], 0);
        for (int priority = 0; priority < 16; priority++) {
            if ((ready >>> priority & 1) == 0) {
                continue;
            }
            int port = ram.get32(control[vcpu] + 8 + 4L * priority);
            while (port != 0) {
                long at = array + 4L * port;
                int word = ram.get32(at);
                if ((word & PENDING) != 0 && (word & MASKED) == 0) {
                    taken.merge(port, 1, Integer::sum);
                    word &= ~PENDING;
                }
                ram.put32(at, word & ~(LINKED | LINK_MASK));
                port = word & LINK_MASK;
            }
        }
        return taken;
    }

    int word(int port) {
        return ram.get32(array + 4L * port);
    }

    void mask(int port, boolean fifo) {
        if (fifo) {
            ram.put32(array + 4L * port, word(port) | MASKED);
        } else {
            memory.assignBit(sharedInfo + 0xa00, port, true);
        }
    }

    @Override
    public int domid() {
        return DOMID;
    }

    @Override
    public SharedMemory memory() {
        return memory;
    }

    @Override
    public FrameTable frames() {
        return frames;
    }

    @Override
    public GuestAbi sharedAbi() {
        return abi;
    }

    @Override
    public long sharedInfo() {
        return sharedInfo;
    }

    @Override
    public int vcpuCount() {
        return vcpus.length;
    }

    @Override
    public EventVcpu eventVcpu(int id) {
        return vcpus[id];
    }

    @Override
    public long gfnToMfn(long gfn) {
        return gfn;
    }

    @Override
    public EventChannels eventsOf(int domid) {
        return null;
    }
}
