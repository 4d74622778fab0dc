package org.xenolith.xen.domain;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.HypercallNumber;
import org.xenolith.xen.trace.TraceEvent;
import org.xenolith.xen.trace.TraceKind;

import java.util.HashSet;
import java.util.Set;

/** The hypercalls of one domain, by number; which there are depends on the type of guest. */
public final class HypercallTable {
    private static final Logger LOG = LoggerFactory.getLogger(HypercallTable.class);

    /** Guests choose the numbers of sub-operations: so many are logged. */
    private static final int MAX_REPORTS = 100;

    private final Hypercall[] calls = new Hypercall[HypercallNumber.LIMIT];
    private final String[] names = new String[HypercallNumber.LIMIT];

    /** Which unknown numbers were logged; the last element stands for all that are too high. */
    private final boolean[] reported = new boolean[HypercallNumber.LIMIT + 1];

    private final Set<String> reportedOperations = new HashSet<>();

    /**
     * Puts a hypercall into the table.
     *
     * @param number 0 to 63
     * @param name as in public/xen.h, without the prefix
     * @throws IllegalArgumentException if the number is taken
     */
    public void register(int number, String name, Hypercall call) {
        if (calls[number] != null) {
            throw new IllegalArgumentException(
                    "hypercall " + number + " is already " + names[number]);
        }
        calls[number] = call;
        names[number] = name;
    }

    /**
     * Serves a hypercall, whatever the guest passes. Never throws: an error of the hypervisor
     * itself crashes the domain.
     *
     * @return the value for the guest's result register
     */
    public long dispatch(Vcpu v, long number, long a1, long a2, long a3, long a4, long a5) {
        long mark = v.trace.begin(number, a1, a2);
        long result;
        if (number < 0 || number >= calls.length || calls[(int) number] == null) {
            reportUnknown(v, number);
            result = -Errno.ENOSYS;
        } else {
            result = call(v, (int) number, a1, a2, a3, a4, a5);
        }
        v.trace.end(mark, result);
        if (v.domain.machine.tracer.wants(TraceKind.HYPERCALLS)) {
            emit(v, number, a1, a2, a3, result);
        }
        return result;
    }

    private void emit(Vcpu v, long number, long a1, long a2, long a3, long result) {
        String name = number >= 0 && number < names.length ? names[(int) number] : null;
        String done = "(0x%x, 0x%x, 0x%x) = %d".formatted(a1, a2, a3, result);
        v.domain.machine.tracer.emit(
                new TraceEvent(
                        TraceKind.HYPERCALLS,
                        v.cpu.now(),
                        v.domain.domid,
                        v.id,
                        v.cpu.rip,
                        name == null ? "hypercall " + number : name,
                        a1,
                        done));
    }

    private long call(Vcpu v, int number, long a1, long a2, long a3, long a4, long a5) {
        try {
            return calls[number].call(v, a1, a2, a3, a4, a5);
        } catch (GuestFault e) {
            return -Errno.EFAULT;
        } catch (RuntimeException | StackOverflowError e) {
            LOG.debug("hypercall {}", names[number], e);
            v.domain.crash(v, "hypervisor error in hypercall " + names[number] + ": " + e);
            return -Errno.EFAULT;
        }
    }

    /** Logs, once, that the guest asked for a sub-operation that is not served. */
    public void reportUnsupported(Vcpu v, String hypercall, long operation) {
        String what = hypercall + " " + operation;
        if (reportedOperations.size() < MAX_REPORTS && reportedOperations.add(what)) {
            LOG.warn("{} calls {}, which is not supported", v, what);
        }
    }

    private void reportUnknown(Vcpu v, long number) {
        int slot = number < 0 || number >= calls.length ? calls.length : (int) number;
        if (!reported[slot]) {
            reported[slot] = true;
            LOG.warn(
                    "{} calls hypercall {}, which does not exist here (rip {}): -ENOSYS",
                    v,
                    Long.toUnsignedString(number),
                    Long.toHexString(v.cpu.rip));
        }
    }
}
