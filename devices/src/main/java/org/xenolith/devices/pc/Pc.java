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
import org.xenolith.devices.system.ControlPorts;
import org.xenolith.devices.system.FirmwareConfig;
import org.xenolith.devices.system.KeyboardController;
import org.xenolith.devices.system.SystemEvents;
import org.xenolith.devices.test.TestDevice;
import org.xenolith.devices.timer.Pit;
import org.xenolith.devices.timer.Rtc;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.function.LongSupplier;

/** The devices of the bare machine, at the ports and addresses that PC software expects. */
public final class Pc {
    /** Where the I/O APIC answers. */
    public static final long IO_APIC_BASE = 0xfec00000L;

    /** First port of the ACPI fixed registers. */
    public static final int ACPI_PORTS = 0x600;

    private static final long TEST_MEMORY = 0xff000000L;
    private static final int COM1_IRQ = 4;
    private static final int RTC_IRQ = 8;

    /** I/O ports. */
    public final AddressSpace ports = new AddressSpace("port");

    /** Physical addresses that are not RAM. */
    public final AddressSpace memory = new AddressSpace("physical address");

    private final PicPair pic;
    private final IoApic ioApic;
    private final Uart16550 com1;

    /**
     * What the devices need of the machine around them.
     *
     * @param ram bytes
     * @param processors number of logical processors
     * @param now virtual nanoseconds
     * @param timers deadlines in that time
     * @param start date at virtual time 0
     * @param console takes what is sent on COM1
     * @param debug takes what is written to port 0xe9
     * @param intr the 8259s' INTR
     * @param messages takes the I/O APIC's interrupt messages
     * @param events what guests ask of the machine
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
            SystemEvents events) {}

    /** Builds the devices. */
    public Pc(Surroundings s) {
        pic = new PicPair(s.intr());
        ioApic = new IoApic(s.messages());
        com1 = new Uart16550(s.console(), high -> irq(COM1_IRQ, high));
        interruptControllers();
        timers(s);
        ports.map(0x3f8, 8, com1);
        system(s);
        tests(s);
    }

    private void interruptControllers() {
        ports.map(0x20, 2, pic.master());
        ports.map(0xa0, 2, pic.slave());
        ports.map(0x4d0, 2, pic.edgeLevelControl());
        memory.map(IO_APIC_BASE, 0x1000, ioApic);
    }

    private void timers(Surroundings s) {
        Pit pit = new Pit(s.now(), s.timers(), high -> irq(0, high));
        ports.map(0x40, 4, pit);
        ports.map(0x61, 1, pit.systemControl());
        Rtc rtc = new Rtc(s.now(), s.timers(), high -> irq(RTC_IRQ, high), s.start());
        long extended = Math.min(0xffff, Math.max(0, (s.ram() >> 10) - 1024));
        rtc.setMemory(0x15, 640 & 0xff);
        rtc.setMemory(0x16, 640 >> 8);
        for (int at : new int[] {0x17, 0x30}) {
            rtc.setMemory(at, (int) extended & 0xff);
            rtc.setMemory(at + 1, (int) extended >> 8);
        }
        ports.map(0x70, 2, rtc);
    }

    private void system(Surroundings s) {
        SystemEvents events = s.events();
        KeyboardController keyboard = new KeyboardController(events);
        ports.map(0x60, 1, keyboard);
        ports.map(0x64, 1, new Shifted(keyboard, 4));
        ports.map(0x80, 1, ControlPorts.latch(1));
        ports.map(0xed, 1, ControlPorts.latch(1)); // another port that serves as delay
        ports.map(0x92, 1, ControlPorts.systemControlA(events));
        // a byte written to 0xcf9 resets, a dword written to 0xcf8 addresses PCI
        ports.map(0xcf8, 8, new PciPorts(new PciHost(), ControlPorts.resetControl(events)));
        ports.map(ACPI_PORTS, AcpiPower.LENGTH, new AcpiPower(s.now(), events));
    }

    private void tests(Surroundings s) {
        ports.map(0xe9, 1, ControlPorts.debugConsole(s.debug()));
        ports.map(0xf4, 4, ControlPorts.debugExit(s.events()));
        ports.map(0x8900, 1, ControlPorts.shutdown(s.events()));
        ports.map(0x190, 1, ControlPorts.latch(1)); // where test386.asm leaves its POST codes
        FirmwareConfig firmware =
                new FirmwareConfig(s.ram(), s.processors(), new LinkedHashMap<>());
        ports.map(0x510, 2, firmware);
        TestDevice test = new TestDevice();
        ports.map(0xe0, 8, test.latch());
        ports.map(0xe8, 1, new Shifted(test.latch(), 8));
        ports.map(0xea, 2, new Shifted(test.latch(), 10));
        ports.map(0x2000, TestDevice.LINES, test.lines(this::irq));
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
     * I/O APIC see it both. ISA IRQ 0 arrives at the I/O APIC's input 2.
     */
    public void irq(int number, boolean high) {
        if (number < 16) {
            pic.irq(number, high);
        }
        if (number != 2) {
            ioApic.pin(number == 0 ? 2 : number, high);
        }
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
}
