package org.xenolith.xen.ops;

import org.xenolith.xen.console.ConsoleSink;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;

/** console_io(cmd, count, buffer): the hypervisor's own console, for domains that are given it. */
final class ConsoleIo {
    private static final int WRITE = 0;
    private static final int READ = 1;

    /** Most bytes of one call. */
    private static final int LIMIT = 1 << 16;

    private ConsoleIo() {}

    static long call(Vcpu v, long cmd, long count, long buffer, long a4, long a5)
            throws GuestFault {
        ConsoleSink sink = v.domain.debugConsole;
        if (sink == null) {
            return -Errno.EPERM;
        }
        switch ((int) cmd) {
            case WRITE -> {
                if (Integer.compareUnsigned((int) count, LIMIT) > 0) {
                    return -Errno.E2BIG;
                }
                byte[] bytes = new byte[(int) count];
                v.memory().read(buffer, bytes, 0, bytes.length);
                sink.accept(bytes, 0, bytes.length);
                return 0;
            }
            case READ -> {
                return 0;
            }
            default -> {
                return -Errno.ENOSYS;
            }
        }
    }
}
