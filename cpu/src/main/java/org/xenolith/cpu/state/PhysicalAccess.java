package org.xenolith.cpu.state;

import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.memory.PhysicalMemory;

/**
 * What a processor finds at a physical address: its own APIC page, a device, RAM or nothing, in
 * that order.
 */
abstract class PhysicalAccess extends Registers {
    /** Marks addresses of the hole behind RAM that the machine addresses of ROM would hide. */
    private static final long NO_MEMORY = 1L << 56;

    /** The machine's RAM. */
    public final PhysicalMemory ram;

    /**
     * Devices by physical address, or null where there are none. A device over RAM hides the pages
     * whose first byte it claims; map it before the processor runs, or flush the TLB after.
     */
    public AddressSpace deviceMemory;

    private BusDevice apicPage;
    private long apicBase = -1;

    /** The APIC-access page of VMX non-root operation, or -1. */
    long apicAccess = -1;

    private long a20Mask = -1;
    private long romStart = -1;

    PhysicalAccess(PhysicalMemory ram) {
        this.ram = ram;
    }

    /** Drops every cached translation. */
    public abstract void flushTlb();

    /**
     * Lets the local APIC answer at its page, over whatever else is there.
     *
     * @param base physical address of the page, or -1 for nowhere
     * @param page the APIC's registers by offset in the page; may be null with -1
     */
    public final void mapApic(long base, BusDevice page) {
        apicBase = base;
        apicPage = page;
        flushTlb();
    }

    /**
     * Has VMX non-root operation answer at a page. To be called before {@link
     * AddressSpaces#useTranslations}, which sees to what is cached.
     *
     * @param page machine address, or -1 for none
     */
    public final void accessApicAt(long page) {
        apicAccess = page;
    }

    /**
     * Enables or masks address line 20 (the A20M# pin): masked, bit 20 of every translated address
     * reads as 0.
     */
    public final void enableA20(boolean enabled) {
        a20Mask = enabled ? -1 : ~(1L << 20);
        flushTlb();
    }

    /**
     * Shows the ROM of {@link #ram}. Writes to it go nowhere.
     *
     * @param start physical address, outside RAM
     */
    public final void mapRom(long start) {
        romStart = start;
        flushTlb();
    }

    /**
     * What the address lines make of a translated address: the machine address of RAM or ROM, or
     * else no machine address but {@link #deviceAddress} of a device.
     */
    final long onBus(long translated) {
        long maddr = translated & a20Mask;
        long rom = maddr - romStart;
        if (romStart >= 0 && rom >= 0 && rom < ram.romSize()) {
            return ram.size() + rom;
        }
        return isRom(maddr) ? maddr | NO_MEMORY : maddr;
    }

    /** Physical address of what is no memory. */
    private static long deviceAddress(long maddr) {
        return maddr & ~NO_MEMORY;
    }

    /** Whether a machine address is one of ROM. */
    final boolean isRom(long maddr) {
        return maddr >= ram.size() && maddr - ram.size() < ram.romSize();
    }

    /** Whether RAM, and nothing else, answers in the page of {@code maddr}. */
    final boolean plainRam(long maddr) {
        long page = maddr & AddressSpaces.PAGE_MASK;
        return page != apicBase
                && page != apicAccess
                && ram.contains(page, PhysicalMemory.PAGE_SIZE)
                && (deviceMemory == null || !deviceMemory.claimed(page));
    }

    /** Reads within a page, sign-extended; where nothing answers, the bus floats high. */
    final long physicalLoad(long maddr, int size) {
        if (!plainRam(maddr) && !isRom(maddr)) {
            long value = -1;
            if ((maddr & AddressSpaces.PAGE_MASK) == apicAccess) {
                value = ((Cpu) this).nonRoot.apic.read(maddr - apicAccess, size);
            } else if ((maddr & AddressSpaces.PAGE_MASK) == apicBase) {
                value = apicPage.read(maddr - apicBase, size);
            } else if (deviceMemory != null) {
                value = deviceMemory.read(deviceAddress(maddr), size);
            }
            int unused = 64 - 8 * size;
            return value << unused >> unused;
        }
        return switch (size) {
            case 8 -> ram.get64(maddr);
            case 4 -> ram.get32(maddr);
            case 2 -> ram.get16(maddr);
            default -> ram.get8(maddr);
        };
    }

    /** Writes the low {@code size} bytes within a page. */
    final void physicalStore(long maddr, long value, int size) {
        if (!plainRam(maddr)) {
            if ((maddr & AddressSpaces.PAGE_MASK) == apicAccess) {
                ((Cpu) this).nonRoot.apic.write(maddr - apicAccess, size, value);
            } else if ((maddr & AddressSpaces.PAGE_MASK) == apicBase) {
                apicPage.write(maddr - apicBase, size, value);
            } else if (deviceMemory != null && !isRom(maddr)) {
                deviceMemory.write(deviceAddress(maddr), size, value);
            }
            return;
        }
        switch (size) {
            case 8 -> ram.put64(maddr, value);
            case 4 -> ram.put32(maddr, (int) value);
            case 2 -> ram.put16(maddr, (short) value);
            default -> ram.put8(maddr, (byte) value);
        }
    }
}
