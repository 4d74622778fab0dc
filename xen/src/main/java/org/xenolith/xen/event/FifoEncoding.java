package org.xenolith.xen.event;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.frames.SharedMemory;
import org.xenolith.xen.hypercall.Errno;

/**
 * The FIFO encoding: a 32-bit event word a port in pages of the guest, and for each processor a
 * control block with the heads of 16 queues, one a priority (public/event_channel.h).
 *
 * <p>A pending, unmasked port that is not LINKED is appended to the queue of its processor and
 * priority: the word of the queue's tail gets the port as its link, or, if the guest has emptied
 * the queue, the head in the control block. The guest walks the links and clears LINKED. The tails
 * are kept here, where the guest cannot reach them; no link that the guest wrote is ever followed.
 */
final class FifoEncoding implements PortEncoding {
    /** Bits in a link, and so the number of ports. */
    static final int LINK_BITS = 17;

    static final int PRIORITIES = 16;
    static final int DEFAULT_PRIORITY = 7;

    private static final int WORDS_PER_PAGE = 1024;
    private static final int MAX_PAGES = (1 << LINK_BITS) / WORDS_PER_PAGE;
    private static final int CONTROL_BLOCK_BYTES = 72;
    private static final int READY = 0;
    private static final int HEADS = 8;

    private static final int PENDING = 1 << 31;
    private static final int MASKED = 1 << 30;
    private static final int LINKED = 1 << 29;
    private static final int BUSY = 1 << 28;
    private static final int LINK_MASK = (1 << LINK_BITS) - 1;

    private static final Logger LOG = LoggerFactory.getLogger(FifoEncoding.class);

    private final EventDomain domain;
    private final SharedMemory memory;
    private final FrameTable frames;

    /** Machine addresses of the pages of event words, in order of their ports. */
    private final long[] pages = new long[MAX_PAGES];

    private int pageCount;

    /** Machine address of each processor's control block, 0 while it has none. */
    private final long[] controlBlocks;

    /** Last port appended, by processor and priority; 0 for none. */
    private final int[][] tails;

    FifoEncoding(EventDomain domain) {
        this.domain = domain;
        memory = domain.memory();
        frames = domain.frames();
        controlBlocks = new long[domain.vcpuCount()];
        tails = new int[domain.vcpuCount()][PRIORITIES];
    }

    /**
     * EVTCHNOP_init_control.
     *
     * @return 0, -ENOENT (no such processor) or -EINVAL (bad place, or there is one already)
     */
    int addControlBlock(int vcpu, long gfn, int offset) {
        if (vcpu < 0 || vcpu >= controlBlocks.length) {
            return -Errno.ENOENT;
        }
        boolean fits = Integer.compareUnsigned(offset, 4096 - CONTROL_BLOCK_BYTES) <= 0;
        if (!fits || offset % 8 != 0 || controlBlocks[vcpu] != 0) {
            return -Errno.EINVAL;
        }
        long page = takePage(gfn);
        if (page < 0) {
            return -Errno.EINVAL;
        }
        controlBlocks[vcpu] = page + offset;
        return 0;
    }

    /**
     * EVTCHNOP_expand_array. Ports that were raised before they had a word are raised again.
     *
     * @return 0, -ENOSPC or -EINVAL
     */
    int addPage(long gfn, Port[] ports) {
        if (pageCount == MAX_PAGES) {
            return -Errno.ENOSPC;
        }
        long page = takePage(gfn);
        if (page < 0) {
            return -Errno.EINVAL;
        }
        int first = pageCount * WORDS_PER_PAGE;
        pages[pageCount++] = page;
        int end = Math.min(first + WORDS_PER_PAGE, ports.length);
        for (int p = first; p < end; p++) {
            if (ports[p] != null && ports[p].savedPending) {
                ports[p].savedPending = false;
                setPending(ports[p]);
            }
        }
        return 0;
    }

    /** Takes over the ports that were bound under the 2-level encoding. */
    void adopt(Port[] ports, TwoLevelEncoding old) {
        for (int p = 1; p < Math.min(ports.length, old.limit()); p++) {
            if (ports[p] != null) {
                ports[p].savedPending = old.isPending(ports[p]);
                ports[p].priority = DEFAULT_PRIORITY;
            }
        }
    }

    @Override
    public int limit() {
        return 1 << LINK_BITS;
    }

    @Override
    public void initialise(Port port) {
        port.priority = DEFAULT_PRIORITY;
    }

    @Override
    public boolean setPending(Port port) {
        long at = word(port.number);
        if (at == 0) {
            port.savedPending = true;
            return false;
        }
        int word = memory.get32(at);
        boolean wasPending = (word & PENDING) != 0;
        word |= PENDING;
        long control = controlBlocks[port.vcpu];
        boolean link = (word & (MASKED | LINKED)) == 0 && control != 0;
        memory.put32(at, link ? word | LINKED : word);
        if (link) {
            append(port, control);
        } else if (control == 0) {
            LOG.debug("d{}v{} has no FIFO control block", domain.domid(), port.vcpu);
        }
        return !wasPending;
    }

    private void append(Port port, long control) {
        // The guest has unlinked the port since it was the last one of its old queue: that queue
        // is empty, and its tail must not lead into the new one.
        int[] oldQueue = tails[port.lastVcpu];
        if (oldQueue[port.lastPriority] == port.number) {
            oldQueue[port.lastPriority] = 0;
        }
        port.lastVcpu = port.vcpu;
        port.lastPriority = port.priority;

        int tail = tails[port.vcpu][port.priority];
        tails[port.vcpu][port.priority] = port.number;
        if (tail != 0 && linkAfter(tail, port.number)) {
            return;
        }
        memory.put32(control + HEADS + 4L * port.priority, port.number);
        if (!memory.assignBit(control + READY, port.priority, true)) {
            Upcalls.raise(memory, domain.eventVcpu(port.vcpu));
        }
    }

    /** Links {@code port} behind {@code tail} if the guest has not taken the tail off its queue. */
    private boolean linkAfter(int tail, int port) {
        long at = word(tail);
        int word = memory.get32(at);
        if ((word & LINKED) == 0) {
            return false;
        }
        memory.put32(at, word & ~(BUSY | LINK_MASK) | port);
        return true;
    }

    @Override
    public void clearPending(Port port) {
        port.savedPending = false;
        long at = word(port.number);
        if (at != 0) {
            memory.put32(at, memory.get32(at) & ~PENDING);
        }
    }

    @Override
    public void unmask(Port port) {
        long at = word(port.number);
        if (at == 0) {
            return;
        }
        int word = memory.get32(at) & ~MASKED;
        memory.put32(at, word);
        if ((word & PENDING) != 0) {
            setPending(port);
        }
    }

    @Override
    public boolean isPending(Port port) {
        long at = word(port.number);
        return at != 0 && (memory.get32(at) & PENDING) != 0;
    }

    @Override
    public boolean isBusy(Port port) {
        long at = word(port.number);
        return at != 0 && (memory.get32(at) & LINKED) != 0;
    }

    @Override
    public int setPriority(Port port, int priority) {
        if (priority < 0 || priority >= PRIORITIES) {
            return -Errno.EINVAL;
        }
        port.priority = priority;
        return 0;
    }

    @Override
    public void destroy() {
        for (long block : controlBlocks) {
            if (block != 0) {
                frames.releaseWritable(block >>> 12);
            }
        }
        for (int p = 0; p < pageCount; p++) {
            frames.releaseWritable(pages[p] >>> 12);
        }
    }

    /** Machine address of a port's event word, or 0 while the array does not reach so far. */
    private long word(int port) {
        int page = port / WORDS_PER_PAGE;
        return page < pageCount ? pages[page] + 4L * (port % WORDS_PER_PAGE) : 0;
    }

    private long takePage(long gfn) {
        long mfn = domain.gfnToMfn(gfn);
        return mfn >= 0 && frames.referenceWritable(mfn, domain.domid()) ? mfn << 12 : -1;
    }
}
