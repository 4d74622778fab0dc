package org.xenolith.devices.xenplatform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.devices.pci.PciHost;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

class XenPlatformTest {
    private static final long ENABLE = 0x80000000L;

    private final List<Integer> unplugged = new ArrayList<>();
    private final AddressSpace ports = new AddressSpace("port");
    private final AddressSpace memory = new AddressSpace("physical address");
    private final PlatformPorts fixed =
            new PlatformPorts(Set.of(new PlatformPorts.Driver(7, 3)), unplugged::add);
    private final XenPlatform function = new XenPlatform(ports, memory, fixed.console());
    private final PciHost host = new PciHost();

    XenPlatformTest() {
        host.add(XenPlatform.DEVICE, 0, function);
        ports.map(PlatformPorts.BASE, PlatformPorts.LENGTH, fixed);
    }

    private long config(int register) {
        host.write(0, 4, ENABLE | XenPlatform.DEVICE << 11 | register);
        return host.read(4, 4) & 0xffffffffL;
    }

    private void config(int register, long value) {
        host.write(0, 4, ENABLE | XenPlatform.DEVICE << 11 | register);
        host.write(4, 4, value);
    }

    @Test
    void isFoundOnTheBus() {
        assertEquals(0x0001_5853, config(0));
        assertEquals(0xff80_0001L, config(8));
        assertEquals(0x100, config(0x3c), "pin A");
    }

    @Test
    void tellsTheSizesOfItsRangesAndMapsThem() {
        config(0x10, 0xffffffffL);
        config(0x14, 0xffffffffL);
        assertEquals(0xff01, config(0x10));
        assertEquals(0xff00_0008L, config(0x14));
        config(0x10, 0xc000);
        config(0x14, 0xf200_0000L);
        assertEquals(-1, function.portBase());
        config(4, 3);
        assertEquals(0xc000, function.portBase());
        assertEquals(0xf200_0000L, function.memoryBase());
        assertTrue(ports.claimed(0xc0ff) && memory.claimed(0xf2ff_ffffL));
        assertEquals(0xffff, memory.read(0xf200_0000L, 2));
        config(0x10, 0xd000);
        assertTrue(ports.claimed(0xd000) && !ports.claimed(0xc000));
        config(4, 0);
        assertFalse(ports.claimed(0xd000) || memory.claimed(0xf200_0000L));
    }

    @Test
    void firmwarePlacesIt() {
        function.place(0xc000, 0xf200_0000, 11);
        assertEquals(0xc000, function.portBase());
        assertEquals(0xf200_0000L, function.memoryBase());
        assertEquals(0x10b, config(0x3c));
    }

    @Test
    void aPlaceThatIsTakenIsLeft() {
        config(4, 1);
        ports.map(0xc010, 1, fixed);
        config(0x10, 0xc000);
        assertEquals(-1, function.portBase());
        config(0x10, 0xd000);
        assertEquals(0xd000, function.portBase());
    }

    @Test
    void driversTellWhoTheyAreAndUnplug() {
        assertEquals(0x49d2, ports.read(0x10, 2));
        assertEquals(1, ports.read(0x12, 1));
        ports.write(0x12, 2, 3);
        ports.write(0x10, 4, 0x1_0002);
        assertEquals(0x49d2, ports.read(0x10, 2));
        ports.write(0x10, 2, 0xffff);
        assertEquals(List.of(7), unplugged);
        assertEquals(7, fixed.unplugged());
    }

    @Test
    void driversThatAreNotWelcomeCannotUnplug() {
        ports.write(0x12, 2, 7);
        ports.write(0x10, 4, 3);
        assertEquals(0xd249, ports.read(0x10, 2));
        ports.write(0x10, 2, 1);
        assertEquals(List.of(), unplugged);
    }

    @Test
    void goOnFromASavedState() {
        ports.write(0x12, 2, 7);
        ports.write(0x10, 4, 3);
        ports.write(0x12, 1, 'x');
        PlatformPorts copy = new PlatformPorts(Set.of(), unplugged::add);
        copy.restore(fixed.save());
        assertEquals(fixed.save(), copy.save());
        PlatformPorts.State old = new PlatformPorts.State(0, 0, 0, 0, "");
        assertThrows(IllegalArgumentException.class, () -> copy.restore(old));
        config(0x10, 0xc000);
        config(4, 1);
        AddressSpace other = new AddressSpace("port");
        XenPlatform restored = new XenPlatform(other, memory, copy.console());
        restored.restore(function.save());
        assertEquals(0xc000, restored.portBase());
        assertTrue(other.claimed(0xc000));
    }

    @Property(tries = 200)
    void takeAnything(@ForAll long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            int size = 1 << random.nextInt(3);
            if (random.nextBoolean()) {
                config(random.nextInt(64) * 4, random.nextInt());
            } else if (random.nextBoolean()) {
                ports.write(0x10 + random.nextInt(4), size, random.nextLong());
            } else {
                ports.read(random.nextInt(0x10000), size);
            }
        }
        assertEquals(0x0001_5853, config(0));
        assertEquals(1, ports.read(0x12, 1));
    }
}
