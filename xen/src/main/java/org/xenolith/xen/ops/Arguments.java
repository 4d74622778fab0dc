package org.xenolith.xen.ops;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.GuestAbi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A structure that a hypercall takes from the guest, and how fields of it go back. */
public final class Arguments {
    private final Vcpu vcpu;
    private final long gva;
    private final ByteBuffer bytes;

    private Arguments(Vcpu vcpu, long gva, byte[] bytes) {
        this.vcpu = vcpu;
        this.gva = gva;
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Copies {@code size} bytes from the guest. */
    public static Arguments read(Vcpu vcpu, long gva, int size) throws GuestFault {
        byte[] bytes = new byte[size];
        vcpu.memory().read(gva, bytes, 0, size);
        return new Arguments(vcpu, gva, bytes);
    }

    public int u16(int offset) {
        return bytes.getShort(offset) & 0xffff;
    }

    public int u32(int offset) {
        return bytes.getInt(offset);
    }

    public long u64(int offset) {
        return bytes.getLong(offset);
    }

    /** A word of the caller's size, zero-extended. */
    public long word(int offset) {
        return vcpu.abi() == GuestAbi.I386 ? u32(offset) & 0xffffffffL : u64(offset);
    }

    public void put8(int offset, int value) throws GuestFault {
        vcpu.memory().write(gva + offset, new byte[] {(byte) value}, 0, 1);
    }

    public void put16(int offset, int value) throws GuestFault {
        byte[] two = {(byte) value, (byte) (value >> 8)};
        vcpu.memory().write(gva + offset, two, 0, 2);
    }

    public void put32(int offset, int value) throws GuestFault {
        vcpu.memory().write32(gva + offset, value);
    }

    public void put64(int offset, long value) throws GuestFault {
        vcpu.memory().write64(gva + offset, value);
    }

    /** The domain that a domid names for the caller, or null if there is none. */
    static Domain domain(Vcpu caller, int domid) {
        return domid == Subjects.DOMID_SELF ? caller.domain : caller.domain.machine.domain(domid);
    }
}
