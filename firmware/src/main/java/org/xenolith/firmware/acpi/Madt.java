package org.xenolith.firmware.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The multiple APIC description table (ACPI 6.4, chapter 5.2.12): the local APICs of the
 * processors, one I/O APIC but for PVH, and which ISA interrupts do not arrive at its input of the
 * same number.
 *
 * @param board the kind of machine, which says what ids the APICs have
 * @param processors how many, all enabled
 * @param overrides the ISA interrupts that differ from "input of the same number, edge-triggered,
 *     active high"
 */
record Madt(AcpiBoard board, int processors, List<Override> overrides) {
    static final String SIGNATURE = "APIC";

    /** Where the local APIC of each processor is, for itself. */
    static final long LOCAL_APIC_ADDRESS = 0xfee0_0000L;

    /** Where the I/O APIC is. Its inputs are global interrupts from 0 on. */
    static final long IO_APIC_ADDRESS = 0xfec0_0000L;

    /** There are two 8259s: Xen says so of PVH domains, too, where there are none. */
    private static final int PCAT_COMPATIBLE = 1;

    private static final int LOCAL_APIC = 0;
    private static final int IO_APIC = 1;
    private static final int SOURCE_OVERRIDE = 2;
    private static final int LOCAL_APIC_NMI = 4;
    private static final int ALL_PROCESSORS = 0xff;
    private static final int CONTENT_AT = SystemTable.HEADER_SIZE + 8;

    /**
     * An interrupt source override.
     *
     * @param irq of the ISA bus, 0 to 15
     * @param input of the I/O APIC
     * @param level level-triggered and active high; else as the ISA bus has it: edge-triggered and
     *     active high
     */
    record Override(int irq, int input, boolean level) {
        private static final int LEVEL_ACTIVE_HIGH = 0xd;

        private int flags() {
            return level ? LEVEL_ACTIVE_HIGH : 0;
        }
    }

    Madt {
        overrides = List.copyOf(overrides);
    }

    /** The timer's IRQ 0 arrives at input 2, the SCI and PCI's interrupts are level-triggered. */
    static Madt of(AcpiConfig config) {
        if (!config.board().hasDevices()) {
            return new Madt(config.board(), config.processors(), List.of());
        }
        boolean[] level = new boolean[16];
        level[PmPorts.SCI] = true;
        config.pci()
                .ifPresent(
                        pci -> {
                            for (int input = 0; input < 4; input++) {
                                level[pci.interrupt(input)] = true;
                            }
                        });
        List<Override> overrides = new ArrayList<>();
        overrides.add(new Override(0, 2, false));
        for (int irq = 0; irq < level.length; irq++) {
            if (level[irq]) {
                overrides.add(new Override(irq, irq, true));
            }
        }
        return new Madt(config.board(), config.processors(), overrides);
    }

    byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(
                SystemTable.little(8)
                        .putInt((int) LOCAL_APIC_ADDRESS)
                        .putInt(PCAT_COMPATIBLE)
                        .array());
        for (int i = 0; i < processors; i++) {
            ByteBuffer entry = SystemTable.little(8).put((byte) LOCAL_APIC).put((byte) 8);
            entry.put((byte) i).put((byte) board.apicId(i)).putInt(1);
            out.writeBytes(entry.array());
        }
        if (board.hasDevices()) {
            putIoApic(out);
        }
        return board.maker().table(SIGNATURE, board.madtRevision(), out.toByteArray());
    }

    private void putIoApic(ByteArrayOutputStream out) {
        ByteBuffer ioApic = SystemTable.little(12).put((byte) IO_APIC).put((byte) 12);
        ioApic.put((byte) board.ioApicId()).put((byte) 0);
        out.writeBytes(ioApic.putInt((int) IO_APIC_ADDRESS).putInt(0).array());
        for (Override override : overrides) {
            ByteBuffer entry = SystemTable.little(10).put((byte) SOURCE_OVERRIDE).put((byte) 10);
            entry.put((byte) 0).put((byte) override.irq()).putInt(override.input());
            out.writeBytes(entry.putShort((short) override.flags()).array());
        }
        ByteBuffer nmi = SystemTable.little(6).put((byte) LOCAL_APIC_NMI).put((byte) 6);
        out.writeBytes(nmi.put((byte) ALL_PROCESSORS).putShort((short) 0).put((byte) 1).array());
    }

    /** Reads the table of a machine of a kind. */
    static Madt read(AcpiBoard board, byte[] table) throws AcpiException {
        int processors = 0;
        List<Override> overrides = new ArrayList<>();
        ByteBuffer in = SystemTable.little(table);
        int at = CONTENT_AT;
        while (at < table.length) {
            int size = at + 1 < table.length ? table[at + 1] & 0xff : 0;
            if (size < 2 || size > table.length - at) {
                throw new AcpiException("the MADT has an entry of " + size + " bytes");
            }
            int type = table[at];
            if (type == LOCAL_APIC && size >= 8) {
                processors++;
            } else if (type == SOURCE_OVERRIDE && size >= 10) {
                boolean level = in.getShort(at + 8) == Override.LEVEL_ACTIVE_HIGH;
                overrides.add(new Override(table[at + 3], in.getInt(at + 4), level));
            }
            at += size;
        }
        return new Madt(board, processors, overrides);
    }
}
