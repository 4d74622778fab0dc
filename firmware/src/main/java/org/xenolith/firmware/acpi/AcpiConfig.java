package org.xenolith.firmware.acpi;

import java.util.Optional;

/**
 * What a machine's ACPI tables describe. The fixed parts of the PC are always there: 8259s, 8254,
 * RTC, an I/O APIC at {@code 0xfec00000}, the ACPI power management ports of {@link PmPorts}.
 *
 * @param processors how many, 1 to {@link #MOST_PROCESSORS}; processor n has local APIC n
 * @param serialPorts how many 16550s, 0 to 2: COM1 at 0x3f8 on IRQ 4, COM2 at 0x2f8 on IRQ 3
 * @param keyboardController whether there is an 8042 with a keyboard on IRQ 1 and a mouse on IRQ 12
 * @param vga whether there is a VGA
 * @param hpet whether there is an HPET at {@code 0xfed00000}
 * @param pci the PCI root bus, if there is one
 */
public record AcpiConfig(
        int processors,
        int serialPorts,
        boolean keyboardController,
        boolean vga,
        boolean hpet,
        Optional<PciRoot> pci) {
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
     */
    public record PciRoot(
            long memoryBase, int interruptA, int interruptB, int interruptC, int interruptD) {
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
            return new PciRoot(memoryBase, 10, 10, 11, 11);
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
        if (processors < 1 || processors > MOST_PROCESSORS) {
            throw new IllegalArgumentException("no machine: " + processors + " processors");
        }
        if (serialPorts < 0 || serialPorts > 2) {
            throw new IllegalArgumentException("no machine: " + serialPorts + " serial ports");
        }
    }

    /** A machine of processors and COM1 alone. */
    public static AcpiConfig of(int processors) {
        return new AcpiConfig(processors, 1, false, false, false, Optional.empty());
    }
}
