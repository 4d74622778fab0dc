package org.xenolith.xen.ops;

import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.HypercallNumber;

/** multicall(list, count): several hypercalls in one (public/xen.h, multicall_entry). */
final class Multicall {
    /** Words of an entry: the number, the result and 6 arguments. */
    private static final int ENTRY_WORDS = 8;

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
        int word = v.abi().word;
        for (int k = 0; k < count && v.domain.alive(); k++) {
            long at = list + (long) ENTRY_WORDS * word * k;
            Arguments entry = Arguments.read(v, at, ENTRY_WORDS * word);
            long number = entry.word(0);
            long result =
                    v.domain.hypercalls.dispatch(
                            v,
                            number,
                            entry.word(2 * word),
                            entry.word(3 * word),
                            entry.word(4 * word),
                            entry.word(5 * word),
                            entry.word(6 * word));
            if (number == HypercallNumber.IRET) {
                // The registers are now those of somewhere else.
                return result;
            }
            v.memory().writeWord(at + word, result);
        }
        return 0;
    }
}
