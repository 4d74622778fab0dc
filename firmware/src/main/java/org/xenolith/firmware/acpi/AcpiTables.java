package org.xenolith.firmware.acpi;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The ACPI tables of a machine in memory. The tables are one block: FACS, DSDT, FADT, MADT, HPET,
 * WAET, SSDTs, RSDT and XSDT. On the bare machine the RSDP stands before them, all in the BIOS
 * area; a domain has them near 4 GiB behind a page of information, and the RSDP on a page behind
 * them (PVH) or by itself in the BIOS area (HVM).
 */
public final class AcpiTables {
    /** Where the tables of Xen's domains begin: a page of information, then the tables. */
    public static final long DOMAIN_BASE = 0xfc00_0000L;

    /** Where tables begin to be aligned, in bytes; the FACS needs so much. */
    private static final int ALIGNMENT = 64;

    private static final int PAGE = 4096;
    private static final int RSDT_REVISION = 1;

    /** Where in the page of information the generation id is. */
    private static final int GENERATION_AT = 0x10;

    private final long base;
    private final byte[] bytes;
    private final long rsdpAddress;
    private final byte[] rsdp;
    private final long facsAddress;

    private AcpiTables(long base, byte[] bytes, long rsdpAddress, byte[] rsdp, long facsAddress) {
        this.facsAddress = facsAddress;
        this.base = base;
        this.bytes = bytes;
        this.rsdpAddress = rsdpAddress;
        this.rsdp = rsdp;
    }

    /**
     * Builds the tables of a machine.
     *
     * @param config the machine
     * @param base physical address of the block, below 4 GiB, a multiple of 64. The RSDP is at its
     *     start, so a kernel that searches finds it only between 0xe0000 and 1 MiB
     */
    public static AcpiTables of(AcpiConfig config, long base) {
        check(base);
        Layout layout = new Layout(config, base);
        layout.skip(ALIGNMENT);
        return layout.build(base);
    }

    /**
     * Builds the tables of an HVM domain at {@link #DOMAIN_BASE}.
     *
     * @param rsdpAddress physical address of the RSDP, on a 16-byte boundary of the BIOS area
     */
    public static AcpiTables ofHvm(AcpiConfig config, long rsdpAddress) {
        check(rsdpAddress & ~0x30);
        Layout layout = new Layout(config, DOMAIN_BASE);
        layout.skip(PAGE);
        return layout.build(rsdpAddress);
    }

    /** Builds the tables of a PVH domain at {@link #DOMAIN_BASE}, the RSDP on a page behind. */
    public static AcpiTables ofPvh(AcpiConfig config) {
        Layout layout = new Layout(config, DOMAIN_BASE);
        layout.skip(PAGE);
        return layout.build(-1);
    }

    private static void check(long base) {
        if (base < 0 || base >= 1L << 32 || base % ALIGNMENT != 0) {
            throw new IllegalArgumentException("no place for tables: " + Long.toHexString(base));
        }
    }

    /** The physical address of the block. */
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

    /** The physical address of the RSDP, which may lie in the block. */
    public long rsdpAddress() {
        return rsdpAddress;
    }

    /** The physical address of the {@link Facs}. */
    public long facsAddress() {
        return facsAddress;
    }

    /** A copy of the RSDP ({@link Rsdp#SIZE} bytes), as boot protocols hand it over. */
    public byte[] rsdp() {
        return rsdp.clone();
    }

    /** Puts tables one after another. */
    private static final class Layout {
        private final AcpiConfig config;
        private final long base;
        private final List<byte[]> tables = new ArrayList<>();
        private final List<Long> addresses = new ArrayList<>();
        private long next;

        Layout(AcpiConfig config, long base) {
            this.config = config;
            this.base = base;
            this.next = base;
        }

        /** Leaves room. */
        void skip(int size) {
            next += size;
        }

        /**
         * Builds all.
         *
         * @param rsdpAddress of the RSDP; negative for a page behind the tables
         */
        AcpiTables build(long rsdpAddress) {
            TableMaker maker = config.board().maker();
            long facs = add(Facs.of(config.board()));
            long dsdt = add(Dsdt.toBytes(config));
            List<Long> described = new ArrayList<>();
            described.add(add(Fadt.of(config, facs, dsdt).toBytes()));
            described.add(add(Madt.of(config).toBytes()));
            if (config.hpet()) {
                described.add(add(Hpet.toBytes(maker)));
            }
            if (config.board() == AcpiBoard.HVM) {
                described.add(add(Waet.toBytes(maker)));
            }
            long generation = base + GENERATION_AT;
            config.generation()
                    .ifPresent(id -> described.add(add(VmGeneration.toBytes(maker, generation))));
            config.more().forEach(table -> described.add(add(table)));
            long rsdt = add(pointers("RSDT", described, 4));
            long xsdt = add(pointers("XSDT", described, 8));
            byte[] rsdp = new Rsdp(rsdt, xsdt).toBytes(maker);
            long at = rsdpAddress;
            if (at < 0) {
                next = next + PAGE - 1 & -PAGE;
                at = add(rsdp);
            }
            byte[] block = new byte[(int) (next - base)];
            config.generation().ifPresent(id -> put(block, generation, VmGeneration.bytes(id)));
            for (int i = 0; i < tables.size(); i++) {
                put(block, addresses.get(i), tables.get(i));
            }
            if (at >= base && at < next) {
                put(block, at, rsdp);
            }
            return new AcpiTables(base, block, at, rsdp, facs);
        }

        private void put(byte[] block, long address, byte[] table) {
            System.arraycopy(table, 0, block, (int) (address - base), table.length);
        }

        private long add(byte[] table) {
            long address = next;
            tables.add(table);
            addresses.add(address);
            next += table.length + ALIGNMENT - 1 & -ALIGNMENT;
            return address;
        }

        private byte[] pointers(String signature, List<Long> addresses, int size) {
            ByteBuffer out = SystemTable.little(size * addresses.size());
            for (long address : addresses) {
                if (size == 8) {
                    out.putLong(address);
                } else {
                    out.putInt((int) address);
                }
            }
            return config.board().maker().table(signature, RSDT_REVISION, out.array());
        }
    }
}
