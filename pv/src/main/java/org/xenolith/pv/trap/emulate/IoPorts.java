package org.xenolith.pv.trap.emulate;

import org.xenolith.pv.trap.state.VcpuState;
import org.xenolith.xen.domain.GuestFault;

/**
 * The I/O ports of a PV guest without devices: the virtual IOPL or the guest kernel's permission
 * bitmap decides who may access them, and nothing answers there.
 */
final class IoPorts {
    /** What an absent device drives on the bus. */
    static final int FLOATING = -1;

    private final VcpuState state;

    IoPorts(VcpuState state) {
        this.state = state;
    }

    /**
     * Whether the running code may access ports.
     *
     * @param size bytes: 1, 2 or 4
     */
    boolean permitted(int port, int size) {
        if (state.ioPrivileged()) {
            return true;
        }
        if (port + size > state.ioPorts) {
            return false;
        }
        try {
            int bits = state.vcpu.memory().read16(state.ioBitmap + (port >> 3));
            return (bits & (1 << size) - 1 << (port & 7)) == 0;
        } catch (GuestFault e) {
            return false;
        }
    }
}
