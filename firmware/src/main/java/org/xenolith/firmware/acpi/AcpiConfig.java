package org.xenolith.firmware.acpi;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What a machine's ACPI tables describe. The fixed parts of the PC are there unless the board is
 * that of PVH: 8259s, 8254, RTC, an I/O APIC at {@code 0xfec00000}, the power management ports.
 *
 * @param board the kind of machine
 * @param processors how many, 1 to {@link AcpiBoard#mostProcessors}
 * @param serialPorts how many 16550s, 0 to 2: COM1 at 0x3f8 on IRQ 4, COM2 at 0x2f8 on IRQ 3
 * @param keyboardController whether there is an 8042 with a keyboard on IRQ 1 and a mouse on IRQ 12
 * @param vga whether there is a VGA
 * @param hpet whether there is an HPET at {@code 0xfed00000}
 * @param pci the PCI root bus, if there is one
 * @param generation the generation id of a virtual machine, if it has one
 * @param more tables that the configuration brings, whole
 */
public record AcpiConfig(
        AcpiBoard board,
        int processors,
        int serialPorts,
        boolean keyboardController,
        boolean vga,
        boolean hpet,
        Optional<PciRoot> pci,
        Optional<UUID> generation,
        List<byte[]> more) {
    /** Local APIC ids have 8 bits, and 255 is the broadcast. */
    public static final int MOST_PROCESSORS = 255;

    /**
     * A PCI root bus, reached through configuration mechanism 1 (ports 0xcf8 to 0xcff).
     *
     * @param memoryBase first address of the hole below the I/O APIC in which memory BARs lie; a
     *     multiple of 4096
     * @param interrupts the ISA IRQs (3 to 15) to which the interrupt router connects its inputs A
     *     to D: pin p (INTA is 0) of device d arrives at input (p + d - 1) mod 4. They reach the
     *     I/O APIC at the inputs of the same numbers, level-triggered and active high
     * @param swizzled whether pins arrive at inputs of the I/O APIC of their own instead, from 16
     *     on: pin p of device d at 16 + (4d + d / 8 + p) mod 32, and at input (p + d) mod 4 of the
     *     router. That is how an HVM domain has it
     */
    public record PciRoot(
            long memoryBase,
            int interruptA,
            int interruptB,
            int interruptC,
            int interruptD,
            boolean swizzled) {
        private static final long HVM_HOLE = 0xf000_0000L;

        /** Refuses IRQs that the board uses and holes that are none. */
        public PciRoot {
            for (int irq : new int[] {interruptA, interruptB, interruptC, interruptD}) {
                if (irq < 3 || irq > 15 || irq == 8 || irq == 13) {
                    throw new IllegalArgumentException("no PCI interrupt: IRQ " + irq);
                }
            }
            if (memoryBase < 0x10_0000
                    || memoryBase >= Madt.IO_APIC_ADDRESS
                    || (memoryBase & 0xfff) != 0) {
                throw new IllegalArgumentException("no PCI hole: " + Long.toHexString(memoryBase));
            }
        }

        /** The router as the i440FX boards' firmware sets it: 10, 10, 11, 11. */
        public static PciRoot withHoleAt(long memoryBase) {
            return new PciRoot(memoryBase, 10, 10, 11, 11, false);
        }

        /** The bus of an HVM domain: the router at 5, 10, 11, 5, the hole from 0xf0000000. */
        public static PciRoot ofHvm() {
            return new PciRoot(HVM_HOLE, 5, 10, 11, 5, true);
        }

        /** The input of the I/O APIC at which a pin of a device arrives, see {@link #swizzled}. */
        public static int swizzledInput(int device, int pin) {
            return 16 + (4 * device + device / 8 + pin & 31);
        }

        /** The IRQ of a router input, 0 (A) to 3 (D). */
        int interrupt(int input) {
            return switch (input) {
                case 0 -> interruptA;
                case 1 -> interruptB;
                case 2 -> interruptC;
                case 3 -> interruptD;
                default -> throw new IllegalArgumentException("no router input: " + input);
            };
        }
    }

    /** Refuses what no PC has. */
    public AcpiConfig {
        more = List.copyOf(more);
        if (processors < 1 || processors > board.mostProcessors()) {
            throw new IllegalArgumentException("no machine: " + processors + " processors");
        }
        if (serialPorts < 0 || serialPorts > 2) {
            throw new IllegalArgumentException("no machine: " + serialPorts + " serial ports");
        }
    }

    /** A bare machine. */
    public AcpiConfig(
            int processors,
            int serialPorts,
            boolean keyboardController,
            boolean vga,
            boolean hpet,
            Optional<PciRoot> pci) {
        this(
                AcpiBoard.BARE,
                processors,
                serialPorts,
                keyboardController,
                vga,
                hpet,
                pci,
                Optional.empty(),
                List.of());
    }

    /** A bare machine of processors, COM1 and an HPET. */
    public static AcpiConfig of(int processors) {
        return new AcpiConfig(processors, 1, false, false, true, Optional.empty());
    }

    /** An HVM domain with COM1, a keyboard controller, an HPET and a PCI bus. */
    public static AcpiConfig ofHvm(int processors, Optional<UUID> generation, List<byte[]> more) {
        return new AcpiConfig(
                AcpiBoard.HVM,
                processors,
                1,
                true,
                false,
                true,
                Optional.of(PciRoot.ofHvm()),
                generation,
                more);
    }

    /** A PVH domain. */
    public static AcpiConfig ofPvh(int processors) {
        return new AcpiConfig(
                AcpiBoard.PVH,
                processors,
                0,
                false,
                false,
                false,
                Optional.empty(),
                Optional.empty(),
                List.of());
    }
}
