package org.xenolith.devices.pc;

import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.cpu.time.TimerQueue;
import org.xenolith.devices.interrupt.IoApic;
import org.xenolith.devices.interrupt.PicPair;
import org.xenolith.devices.pci.PciHost;
import org.xenolith.devices.serial.ByteSink;
import org.xenolith.devices.serial.Uart16550;
import org.xenolith.devices.system.AcpiPower;
import org.xenolith.devices.system.DebugPorts;
import org.xenolith.devices.system.DmaMemory;
import org.xenolith.devices.system.FirmwareConfig;
import org.xenolith.devices.system.KeyboardController;
import org.xenolith.devices.system.ResetPorts;
import org.xenolith.devices.system.SystemEvents;
import org.xenolith.devices.test.TestDevice;
import org.xenolith.devices.timer.Hpet;
import org.xenolith.devices.timer.Pit;
import org.xenolith.devices.timer.Rtc;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.LongSupplier;

/** The devices of the bare machine, at the ports and addresses that PC software expects. */
public final class Pc {
    /** Where the I/O APIC answers. */
    public static final long IO_APIC_BASE = 0xfec00000L;

    /** First port of the ACPI fixed registers. */
    public static final int ACPI_PORTS = 0x600;

    /** The interrupt by which ACPI reports events; level-triggered. */
    public static final int SCI_IRQ = 9;

    /** Bytes of RAM that lie below 4 GiB at most; the I/O APIC and others follow there. */
    private static final long LOW_RAM = 3L << 30;

    private static final long HPET_BASE = 0xfed00000L;
    private static final long IO_APIC_SPACE = 0x1000;
    private static final long TEST_MEMORY = 0xff000000L;
    private static final int TEST_LATCH = 0xe0;
    private static final int DEBUG_CONSOLE = 0xe9;
    private static final int COM1_IRQ = 4;
    private static final int ISA_IRQS = 16;
    private static final int TIMER_GSI = 2;

    /** I/O ports. */
    public final AddressSpace ports = new AddressSpace("port");

    /** Physical addresses that are not RAM. */
    public final AddressSpace memory = new AddressSpace("physical address");

    private final PicPair pic;
    private final IoApic ioApic;
    private final Pit pit;
    private final Rtc rtc;
    private final Hpet hpet;
    private final Uart16550 com1;
    private final KeyboardController keyboard;
    private final ResetPorts resets;
    private final AcpiPower acpi;
    private final PciHost pci = new PciHost();
    private final FirmwareConfig firmware;
    private final TestDevice test = new TestDevice();
    private final DebugPorts.PostPort post = DebugPorts.post("0x80");
    private final DebugPorts.PostPort testPost = DebugPorts.post("0x190");
    private final DebugPorts.PostPort delay = DebugPorts.post("0xed");
    private final PcState powerOn;

    /**
     * What the devices need of the machine around them.
     *
     * @param ram bytes
     * @param processors number of logical processors
     * @param now virtual nanoseconds, not negative
     * @param timers deadlines in that time
     * @param start date at virtual time 0
     * @param console takes what is sent on COM1
     * @param debug takes what is written to port 0xe9
     * @param intr the 8259s' INTR
     * @param messages takes the I/O APIC's interrupt messages
     * @param events what guests ask of the machine
     * @param dma RAM, for fw_cfg's DMA
     * @param files fw_cfg files by name
     */
    public record Surroundings(
            long ram,
            int processors,
            LongSupplier now,
            TimerQueue timers,
            Instant start,
            ByteSink console,
            ByteSink debug,
            InterruptLine intr,
            IoApic.Messages messages,
            SystemEvents events,
            DmaMemory dma,
            SequencedMap<String, byte[]> files) {
        /** Date at which machines start unless they are told another. */
        public static final Instant DEFAULT_START = Instant.parse("2025-01-01T00:00:00Z");

        /** A machine without DMA and without fw_cfg files. */
        public Surroundings(
                long ram,
                int processors,
                LongSupplier now,
                TimerQueue timers,
                Instant start,
                ByteSink console,
                ByteSink debug,
                InterruptLine intr,
                IoApic.Messages messages,
                SystemEvents events) {
            this(
                    ram,
                    processors,
                    now,
                    timers,
                    start,
                    console,
                    debug,
                    intr,
                    messages,
                    events,
                    DmaMemory.NONE,
                    new LinkedHashMap<>());
        }
    }

    /** Builds the devices. */
    public Pc(Surroundings s) {
        pic = new PicPair(s.intr());
        ioApic = new IoApic(s.messages());
        hpet = new Hpet(s.now(), s.timers(), this::irq);
        pit = new Pit(s.now(), s.timers(), hpet.legacy(0));
        acpi = new AcpiPower(s.now(), s.timers(), high -> irq(SCI_IRQ, high), s.events());
        rtc = new Rtc(s.now(), s.timers(), both(hpet.legacy(1), acpi.clock()), s.start());
        com1 = new Uart16550(s.console(), high -> irq(COM1_IRQ, high));
        keyboard = new KeyboardController(s.events());
        resets = new ResetPorts(s.events());
        firmware = new FirmwareConfig(s.ram(), s.processors(), s.files(), s.dma());
        describeMemory(s.ram());
        mapChipset();
        mapTestDevices(s);
        powerOn = save();
    }

    private static InterruptLine both(InterruptLine a, InterruptLine b) {
        return high -> {
            a.set(high);
            b.set(high);
        };
    }

    /**
     * Takes the power from all but what a PC keeps in S3: the clock and its memory, the power
     * management, and PCI functions, of which none is the PC's own. The others are as after
     * power-on then.
     */
    public void suspend() {
        restorePowered(powerOn);
        rtc.restore(rtc.save()); // drives its interrupt as before
    }

    /**
     * Leaves the sizes of memory in CMOS as BIOSes do: KiB below 1 MiB, KiB above it, and RAM from
     * 4 GiB, which is what lies above the devices' hole.
     */
    private void describeMemory(long ram) {
        long low = Math.min(ram, LOW_RAM);
        int extended = Math.clamp((low >> 10) - 1024, 0, 0xffff);
        int above16 = Math.clamp((low >> 16) - 256, 0, 0xffff);
        int high = (int) Math.min(ram - low >> 16, 0xffffff);
        cmosWord(0x15, 640);
        cmosWord(0x17, extended);
        cmosWord(0x30, extended);
        cmosWord(0x34, above16); // in units of 64 KiB above 16 MiB
        cmosWord(0x5b, high & 0xffff); // in units of 64 KiB above 4 GiB
        rtc.setMemory(0x5d, high >> 16);
    }

    private void cmosWord(int at, int value) {
        rtc.setMemory(at, value);
        rtc.setMemory(at + 1, value >> 8);
    }

    private void mapChipset() {
        ports.map(0x20, 2, pic.master());
        ports.map(0x40, 4, pit);
        ports.map(0x60, 1, keyboard.data());
        ports.map(0x61, 1, pit.systemControl());
        ports.map(0x64, 1, keyboard.control());
        ports.map(0x70, 2, rtc);
        ports.map(0x80, 1, post);
        ports.map(0x92, 1, resets.systemControlA());
        ports.map(0xa0, 2, pic.slave());
        ports.map(0xed, 1, delay); // where some software writes to pass time
        ports.map(0x3f8, 8, com1);
        ports.map(0x4d0, 2, pic.edgeLevelControl());
        ports.map(ACPI_PORTS, AcpiPower.LENGTH, acpi);
        ports.map(PciPorts.BASE, PciPorts.LENGTH, new PciPorts(pci, resets.resetControl()));
        memory.map(IO_APIC_BASE, IO_APIC_SPACE, ioApic);
        memory.map(HPET_BASE, Hpet.LENGTH, hpet);
    }

    private void mapTestDevices(Surroundings s) {
        // the test device's latch and the debug console want the same port; the console has it
        ports.map(TEST_LATCH, 9, test.latch());
        ports.map(DEBUG_CONSOLE, 1, DebugPorts.console(s.debug()));
        int rest = DEBUG_CONSOLE + 1 - TEST_LATCH;
        ports.map(DEBUG_CONSOLE + 1, 2, new DeviceSlice(test.latch(), rest));
        ports.map(0xf4, 4, DebugPorts.exit(s.events()));
        ports.map(0x190, 1, testPost);
        ports.map(0x510, FirmwareConfig.LENGTH, firmware);
        ports.map(0x2000, TestDevice.LINES, test.lines(this::irq));
        ports.map(0x8900, 1, resets.shutdown());
        memory.map(TEST_MEMORY, TestDevice.MEMORY, test.memory());
    }

    /**
     * Leaves the 8259s and counter 0 of the 8254 as PC firmware does: vectors from 0x08 and 0x70,
     * timer, keyboard, cascade and clock let through, 18.2 ticks a second.
     */
    public void initialiseAsFirmware() {
        int[][] writes = {
            {0x20, 0x11}, {0x21, 0x08}, {0x21, 0x04}, {0x21, 0x01}, {0x21, 0xf8},
            {0xa0, 0x11}, {0xa1, 0x70}, {0xa1, 0x02}, {0xa1, 0x01}, {0xa1, 0xfe},
            {0x43, 0x34}, {0x40, 0x00}, {0x40, 0x00},
        };
        for (int[] write : writes) {
            ports.write(write[0], 1, write[1]);
        }
    }

    /**
     * Drives an interrupt line by its ISA number, or global number from 16 on: the 8259s and the
     * I/O APIC see it both. ISA IRQ 0 arrives at the I/O APIC's input 2; IRQ 2 does not exist, as
     * the second 8259 uses its place.
     */
    public void irq(int number, boolean high) {
        if (number == 2) {
            return;
        }
        if (number < ISA_IRQS) {
            pic.irq(number, high);
        }
        ioApic.pin(number == 0 ? TIMER_GSI : number, high);
    }

    /** INTA cycles of the 8259s; gives the vector. */
    public int acknowledge() {
        return pic.acknowledge();
    }

    /** A level-triggered interrupt has ended, as the APIC bus says. */
    public void endOfInterrupt(int vector) {
        ioApic.endOfInterrupt(vector);
    }

    /** The first serial port. */
    public Uart16550 com1() {
        return com1;
    }

    /** The clock, whose CMOS memory firmware may fill. */
    public Rtc rtc() {
        return rtc;
    }

    /** The PCI bus, for further functions. */
    public PciHost pci() {
        return pci;
    }

    /** The POST code that was written to port 0x80 last. */
    public int postCode() {
        return post.code();
    }

    /** The code that was written to port 0x190 last, where test386.asm leaves its progress. */
    public int testPostCode() {
        return testPost.code();
    }

    /** The state of all devices, for {@link #restore}. */
    public PcState save() {
        return new PcState(
                pic.save(),
                ioApic.save(),
                pit.save(),
                rtc.save(),
                hpet.save(),
                com1.save(),
                keyboard.save(),
                resets.save(),
                acpi.save(),
                pci.save(),
                firmware.save(),
                test.save(),
                post.code(),
                testPost.code(),
                delay.code());
    }

    /**
     * Takes a state on; the clock must stand where it stood when it was saved. Interrupt lines are
     * driven to their levels; the I/O APIC's messages of then are not sent again.
     *
     * @throws IllegalArgumentException if a device does not know its state's version
     */
    public void restore(PcState state) {
        restorePowered(state);
        rtc.restore(state.rtc());
        acpi.restore(state.acpi());
        pci.restore(state.pci());
        // again, as the others drove lines while they were restored
        pic.restore(state.pic());
        ioApic.restore(state.ioApic());
    }

    private void restorePowered(PcState state) {
        hpet.restore(state.hpet());
        pit.restore(state.pit());
        com1.restore(state.com1());
        keyboard.restore(state.keyboard());
        resets.restore(state.resets());
        firmware.restore(state.firmware());
        test.restore(state.test());
        post.restore(state.postCode());
        testPost.restore(state.testPostCode());
        delay.restore(state.delayPort());
        // last, as the devices above drove lines while they were restored
        pic.restore(state.pic());
        ioApic.restore(state.ioApic());
    }
}
