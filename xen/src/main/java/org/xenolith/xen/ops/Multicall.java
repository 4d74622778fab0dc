package org.xenolith.xen.ops;

import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.HypercallNumber;

/** multicall(list, count): several hypercalls in one (public/xen.h, multicall_entry). */
final class Multicall {
    private static final int ENTRY_BYTES = 64;
    private static final int RESULT = 8;
    private static final int ARGS = 16;

    /** Most entries; Xen has no limit, because it can interrupt itself. */
    private static final int LIMIT = 1 << 16;

    private Multicall() {}

    static long call(Vcpu v, long list, long count, long a3, long a4, long a5) throws GuestFault {
        if (v.inMulticall || Integer.compareUnsigned((int) count, LIMIT) > 0) {
            return -Errno.EINVAL;
        }
        v.inMulticall = true;
        try {
            return run(v, list, (int) count);
        } finally {
            v.inMulticall = false;
        }
    }

    private static long run(Vcpu v, long list, int count) throws GuestFault {
        for (int k = 0; k < count && v.domain.alive(); k++) {
            Arguments entry = Arguments.read(v, list + (long) ENTRY_BYTES * k, ENTRY_BYTES);
            long number = entry.u64(0);
            long result =
                    v.domain.hypercalls.dispatch(
                            v,
                            number,
                            entry.u64(ARGS),
                            entry.u64(ARGS + 8),
                            entry.u64(ARGS + 16),
                            entry.u64(ARGS + 24),
                            entry.u64(ARGS + 32));
            if (number == HypercallNumber.IRET) {
                // The registers are now those of somewhere else.
                return result;
            }
            entry.put64(RESULT, result);
        }
        return 0;
    }
}
