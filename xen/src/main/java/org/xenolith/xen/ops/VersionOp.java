package org.xenolith.xen.ops;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.GuestAbi;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** xen_version(cmd, arg): what this hypervisor is (public/version.h). */
final class VersionOp {
    /** VMASST_TYPE_pae_extended_cr3 (public/xen.h) and the feature that it switches on. */
    private static final int PAE_EXTENDED_CR3 = 3;

    private static final int PAE_PGDIR_ABOVE_4GB = 1 << 4;

    private static final int VERSION = 0;
    private static final int EXTRAVERSION = 1;
    private static final int COMPILE_INFO = 2;
    private static final int CAPABILITIES = 3;
    private static final int CHANGESET = 4;
    private static final int PLATFORM_PARAMETERS = 5;
    private static final int GET_FEATURES = 6;
    private static final int PAGESIZE = 7;
    private static final int GUEST_HANDLE = 8;
    private static final int COMMANDLINE = 9;
    private static final int BUILD_ID = 10;

    private static final int MAJOR = 4;
    private static final int MINOR = 17;

    /** Start of the addresses that belong to Xen in a 64-bit PV guest. */
    private static final long VIRT_START = 0xffff800000000000L;

    /** A 32-bit caller runs translated: Xen takes none of its addresses. */
    private static final long NO_VIRT_START = 0xffffffffL;

    private VersionOp() {}

    static long call(Vcpu v, long cmd, long arg, long a3, long a4, long a5) throws GuestFault {
        return switch ((int) cmd) {
            case VERSION -> MAJOR << 16 | MINOR;
            case EXTRAVERSION -> text(v, arg, 16, ".7");
            case COMPILE_INFO -> {
                text(v, arg, 64, "Xenolith, compiled by javac");
                text(v, arg + 64, 16, "xenolith");
                text(v, arg + 80, 32, "");
                yield text(v, arg + 112, 32, "");
            }
            case CAPABILITIES -> text(v, arg, 1024, capabilities(v));
            case CHANGESET -> text(v, arg, 64, "unavailable");
            case PLATFORM_PARAMETERS -> {
                v.memory().writeWord(arg, virtStart(v));
                yield 0;
            }
            case GET_FEATURES -> features(v, arg);
            case PAGESIZE -> arg == 0 ? 4096 : -Errno.EINVAL;
            case GUEST_HANDLE -> handle(v, arg);
            // As Xen answers unprivileged domains.
            case COMMANDLINE -> text(v, arg, 9, "<denied>");
            case BUILD_ID -> -Errno.EPERM;
            default -> -Errno.ENOSYS;
        };
    }

    private static long virtStart(Vcpu v) {
        return v.abi() == GuestAbi.I386 ? NO_VIRT_START : VIRT_START;
    }

    /** Kinds of domains that this hypervisor can run. */
    private static String capabilities(Vcpu v) {
        String hvm = "hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 ";
        return v.domain.machine.virtualization ? "xen-3.0-x86_64 " + hvm : "xen-3.0-x86_64 ";
    }

    /** Writes text into a field of {@code size} bytes, filled up with zeroes. */
    private static long text(Vcpu v, long gva, int size, String text) throws GuestFault {
        byte[] field = new byte[size];
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, field, 0, bytes.length);
        v.memory().write(gva, field, 0, size);
        return 0;
    }

    private static long features(Vcpu v, long arg) throws GuestFault {
        if (v.memory().read32(arg) != 0) {
            return -Errno.EINVAL;
        }
        Domain domain = v.domain;
        boolean extendedCr3 = (domain.vmAssist >>> PAE_EXTENDED_CR3 & 1) != 0;
        int assisted = extendedCr3 ? PAE_PGDIR_ABOVE_4GB : 0;
        v.memory().write32(arg + 4, domain.features | assisted);
        return 0;
    }

    private static long handle(Vcpu v, long arg) throws GuestFault {
        UUID uuid = v.domain.uuid;
        byte[] bytes = new byte[16];
        for (int k = 0; k < 8; k++) {
            bytes[k] = (byte) (uuid.getMostSignificantBits() >>> 56 - 8 * k);
            bytes[8 + k] = (byte) (uuid.getLeastSignificantBits() >>> 56 - 8 * k);
        }
        v.memory().write(arg, bytes, 0, bytes.length);
        return 0;
    }
}
