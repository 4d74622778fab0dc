package org.xenolith.firmware.acpi;

import org.xenolith.firmware.acpi.AcpiConfig.PciRoot;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntBinaryOperator;

/**
 * The differentiated system description table: how to sleep and to power off, the processors of a
 * domain, and the devices that cannot be probed for, below the PCI root if there is one. Its
 * objects are constant, so that an operating system without an interpreter can search it too; only
 * where PCI interrupts arrive elsewhere when the I/O APIC is used, a method says where.
 */
final class Dsdt {
    static final String SIGNATURE = "DSDT";

    /** Integers of 64 bits need revision 2. */
    private static final int REVISION = 2;

    /** What an operating system has said by _PIC of its interrupts: 0 for the 8259s. */
    private static final String INTERRUPT_MODE = "\\PICM";

    private static final int PCI_DEVICES = 32;
    private static final int PCI_PINS = 4;
    private static final long VGA_FRAME_BUFFER = 0xa_0000;
    private static final long VGA_FRAME_BUFFER_END = 0xc_0000;

    private Dsdt() {}

    static byte[] toBytes(AcpiConfig config) {
        AcpiBoard board = config.board();
        List<byte[]> terms = new ArrayList<>();
        if (board.hasDevices()) {
            terms.add(sleepState("\\_S5", PmPorts.SOFT_OFF));
        }
        if (board.suspends()) {
            terms.add(sleepState("\\_S3", PmPorts.SUSPEND));
        }
        if (config.pci().isPresent() && config.pci().get().swizzled()) {
            terms.add(Aml.name(INTERRUPT_MODE, Aml.integer(0)));
            terms.add(Aml.method("\\_PIC", 1, Aml.storeArgument(INTERRUPT_MODE)));
        }
        if (board != AcpiBoard.BARE) {
            terms.add(Aml.scope("\\_SB", processors(config.processors())));
        }
        if (board.hasDevices()) {
            byte[] devices = join(boardDevices(config));
            byte[] system =
                    config.pci()
                            .map(pci -> pciRoot(pci, Aml.device("ISA", adr(1, 0), devices)))
                            .orElse(devices);
            terms.add(Aml.scope("\\_SB", system));
        }
        return board.maker().table(SIGNATURE, REVISION, join(terms));
    }

    /** One object a processor; the MADT names them by their _UID. */
    private static byte[] processors(int count) {
        List<byte[]> devices = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] uid = Aml.name("_UID", Aml.integer(i));
            byte[] id = Aml.name("_HID", Aml.string("ACPI0007"));
            devices.add(Aml.device("C%03X".formatted(i), id, uid));
        }
        return join(devices);
    }

    /** What to write to SLP_TYP of PM1a and PM1b control (chapter 7.4.2). */
    private static byte[] sleepState(String name, int sleepType) {
        byte[] type = Aml.integer(sleepType);
        byte[] zero = Aml.integer(0);
        return Aml.name(name, Aml.pack(type, type, zero, zero));
    }

    private static List<byte[]> boardDevices(AcpiConfig config) {
        List<byte[]> devices = new ArrayList<>();
        devices.add(
                device(
                        "PIC",
                        "PNP0000",
                        new Resources().ports(0x20, 2).ports(0xa0, 2).ports(0x4d0, 2).irq(2)));
        // In legacy replacement mode the HPET owns the interrupts of the 8254 and the RTC.
        Resources timer = new Resources().ports(0x40, 4);
        Resources rtc = new Resources().ports(0x70, 2);
        devices.add(device("TMR", "PNP0100", config.hpet() ? timer : timer.irq(0)));
        devices.add(device("RTC", "PNP0B00", config.hpet() ? rtc : rtc.irq(8)));
        if (config.hpet()) {
            Resources hpet = new Resources().memory(Hpet.ADDRESS, Hpet.SIZE);
            devices.add(device("HPET", "PNP0103", hpet));
        }
        if (config.keyboardController()) {
            Resources keyboard = new Resources().ports(0x60, 1).ports(0x64, 1).irq(1);
            devices.add(device("KBD", "PNP0303", keyboard));
            devices.add(device("MOU", "PNP0F13", new Resources().irq(12)));
        }
        if (config.serialPorts() >= 1) {
            devices.add(serial("COM1", 1, 0x3f8, 4));
        }
        if (config.serialPorts() >= 2) {
            devices.add(serial("COM2", 2, 0x2f8, 3));
        }
        return devices;
    }

    private static byte[] device(String name, String id, Resources resources) {
        return Aml.device(
                name, Aml.name("_HID", Aml.eisaId(id)), Aml.name("_CRS", resources.toAml()));
    }

    private static byte[] serial(String name, int uid, int port, int irq) {
        return Aml.device(
                name,
                Aml.name("_HID", Aml.eisaId("PNP0501")),
                Aml.name("_UID", Aml.integer(uid)),
                Aml.name("_CRS", new Resources().ports(port, 8).irq(irq).toAml()));
    }

    private static byte[] pciRoot(PciRoot pci, byte[] isaBridge) {
        Resources windows =
                new Resources()
                        .busNumbers(0, 0xff)
                        .ports(0xcf8, 8)
                        .portWindow(0, 0xcf7)
                        .portWindow(0xd00, 0xffff)
                        .memoryWindow(VGA_FRAME_BUFFER, VGA_FRAME_BUFFER_END - 1)
                        .memoryWindow(pci.memoryBase(), Madt.IO_APIC_ADDRESS - 1);
        return Aml.device(
                "PCI0",
                Aml.name("_HID", Aml.eisaId("PNP0A03")),
                Aml.name("_UID", Aml.integer(0)),
                Aml.name("_CRS", windows.toAml()),
                routing(pci),
                isaBridge);
    }

    private static byte[] adr(int device, int function) {
        return Aml.name("_ADR", Aml.integer((long) device << 16 | function));
    }

    /** Which global interrupt each pin of each device on bus 0 raises (chapter 6.2.13). */
    private static byte[] routing(PciRoot pci) {
        if (!pci.swizzled()) {
            return Aml.name("_PRT", pins((device, pin) -> pci.interrupt(pin + device - 1 & 3)));
        }
        byte[] method =
                Aml.method(
                        "_PRT",
                        0,
                        Aml.ifTrue(INTERRUPT_MODE, Aml.returnObject("PRTA")),
                        Aml.returnObject("PRTP"));
        return Aml.join(
                Aml.name("PRTP", pins((device, pin) -> pci.interrupt(pin + device & 3))),
                Aml.name("PRTA", pins(PciRoot::swizzledInput)),
                method);
    }

    private static byte[] pins(IntBinaryOperator interrupt) {
        List<byte[]> pins = new ArrayList<>();
        // Device 0 is the host bridge, which has no interrupt.
        for (int device = 1; device < PCI_DEVICES; device++) {
            for (int pin = 0; pin < PCI_PINS; pin++) {
                pins.add(
                        Aml.pack(
                                Aml.integer((long) device << 16 | 0xffff),
                                Aml.integer(pin),
                                Aml.integer(0),
                                Aml.integer(interrupt.applyAsInt(device, pin))));
            }
        }
        return Aml.pack(pins.toArray(byte[][]::new));
    }

    private static byte[] join(List<byte[]> parts) {
        return Aml.join(parts.toArray(byte[][]::new));
    }
}
