package org.xenolith.firmware.acpi;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The ACPI tables of a machine as one block of memory, to be placed in the BIOS area: the RSDP,
 * then FACS, DSDT, FADT, MADT, HPET, RSDT and XSDT.
 */
public final class AcpiTables {
    /** Where tables begin to be aligned, in bytes; the FACS needs so much. */
    private static final int ALIGNMENT = 64;

    private static final int FACS_SIZE = 64;
    private static final int FACS_VERSION = 1;
    private static final int RSDT_REVISION = 1;

    private final long base;
    private final byte[] bytes;

    private AcpiTables(long base, byte[] bytes) {
        this.base = base;
        this.bytes = bytes;
    }

    /**
     * Builds the tables of a machine.
     *
     * @param config the machine
     * @param base physical address of the block, below 4 GiB, a multiple of 64. The RSDP is at its
     *     start, so a kernel that searches finds it only between 0xe0000 and 1 MiB
     */
    public static AcpiTables of(AcpiConfig config, long base) {
        if (base < 0 || base >= 1L << 32 || base % ALIGNMENT != 0) {
            throw new IllegalArgumentException("no place for tables: " + Long.toHexString(base));
        }
        return new Layout(base).build(config);
    }

    /** The physical address of the block, and of the RSDP. */
    public long base() {
        return base;
    }

    /** The address after the block. */
    public long end() {
        return base + bytes.length;
    }

    /** The block. */
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** A copy of the RSDP ({@link Rsdp#SIZE} bytes), as boot protocols hand it over. */
    public byte[] rsdp() {
        byte[] rsdp = new byte[Rsdp.SIZE];
        System.arraycopy(bytes, 0, rsdp, 0, rsdp.length);
        return rsdp;
    }

    /** Puts tables one after another, behind room for the RSDP. */
    private static final class Layout {
        private final long base;
        private final List<byte[]> tables = new ArrayList<>();
        private final List<Long> addresses = new ArrayList<>();
        private long next;

        Layout(long base) {
            this.base = base;
            this.next = base + ALIGNMENT;
        }

        AcpiTables build(AcpiConfig config) {
            long facs = add(facs());
            long dsdt = add(Dsdt.toBytes(config));
            List<Long> described = new ArrayList<>();
            Fadt fadt = new Fadt(facs, dsdt, config.keyboardController(), config.vga());
            described.add(add(fadt.toBytes()));
            described.add(add(Madt.of(config).toBytes()));
            if (config.hpet()) {
                described.add(add(Hpet.toBytes()));
            }
            long rsdt = add(pointers("RSDT", described, 4));
            long xsdt = add(pointers("XSDT", described, 8));
            byte[] block = new byte[(int) (next - base)];
            ByteBuffer.wrap(block).put(0, new Rsdp(rsdt, xsdt).toBytes());
            for (int i = 0; i < tables.size(); i++) {
                ByteBuffer.wrap(block).put((int) (addresses.get(i) - base), tables.get(i));
            }
            return new AcpiTables(base, block);
        }

        private long add(byte[] table) {
            long address = next;
            tables.add(table);
            addresses.add(address);
            next += table.length + ALIGNMENT - 1 & -ALIGNMENT;
            return address;
        }

        /** The firmware control structure (table 5.12): no wake vector, no global lock taken. */
        private static byte[] facs() {
            ByteBuffer out = SystemTable.little(FACS_SIZE).put(SystemTable.ascii("FACS"));
            return out.putInt(FACS_SIZE).put(32, (byte) FACS_VERSION).array();
        }

        private static byte[] pointers(String signature, List<Long> addresses, int size) {
            ByteBuffer out = SystemTable.little(size * addresses.size());
            for (long address : addresses) {
                if (size == 8) {
                    out.putLong(address);
                } else {
                    out.putInt((int) address);
                }
            }
            return SystemTable.of(signature, RSDT_REVISION, out.array());
        }
    }
}
