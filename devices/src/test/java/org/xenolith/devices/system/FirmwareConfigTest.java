package org.xenolith.devices.system;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;

/** fw_cfg by ports and by DMA. */
class FirmwareConfigTest {
    private final byte[] ram = new byte[1 << 16];
    private final FirmwareConfig config = create();

    private FirmwareConfig create() {
        LinkedHashMap<String, byte[]> files = new LinkedHashMap<>();
        files.put("etc/first", new byte[] {1, 2, (byte) 0x83});
        files.put("opt/second", new byte[10]);
        return new FirmwareConfig(128 << 20, 4, files, new Ram());
    }

    private final class Ram implements DmaMemory {
        private boolean inside(long address, int length) {
            return address >= 0 && address <= ram.length - length;
        }

        @Override
        public boolean read(long address, byte[] into, int offset, int length) {
            if (inside(address, length)) {
                System.arraycopy(ram, (int) address, into, offset, length);
                return true;
            }
            return false;
        }

        @Override
        public boolean write(long address, byte[] from, int offset, int length) {
            if (inside(address, length)) {
                System.arraycopy(from, offset, ram, (int) address, length);
                return true;
            }
            return false;
        }
    }

    private byte[] item(int key, int length) {
        config.write(0, 2, key);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) config.read(1, 1);
        }
        return bytes;
    }

    private int dma(int control, long length, long address) {
        ByteBuffer.wrap(ram).putInt(0x100, control).putInt(0x104, (int) length);
        ByteBuffer.wrap(ram).putLong(0x108, address);
        config.write(4, 4, 0);
        config.write(8, 4, Integer.reverseBytes(0x100));
        return ByteBuffer.wrap(ram).getInt(0x100);
    }

    @Test
    void theKeysThatTestsReadAreThere() {
        assertEquals("QEMU", new String(item(0, 4), StandardCharsets.US_ASCII));
        assertArrayEquals(new byte[] {3, 0, 0, 0}, item(1, 4), "ports and DMA");
        assertArrayEquals(new byte[] {0, 0, 0, 8, 0, 0, 0, 0, 0}, item(3, 9));
        assertArrayEquals(new byte[] {4, 0}, item(5, 2));
        assertArrayEquals(new byte[8], item(0x11, 8), "an item that does not exist");
    }

    @Test
    void theDirectoryListsFiles() {
        ByteBuffer directory = ByteBuffer.wrap(item(0x19, 132));
        assertEquals(2, directory.getInt());
        assertEquals(3, directory.getInt());
        assertEquals(0x20, directory.getShort());
        directory.getShort();
        byte[] name = new byte[56];
        directory.get(name);
        assertEquals("etc/first", new String(name, StandardCharsets.US_ASCII).trim());
        assertEquals(10, directory.getInt());
        assertEquals(0x21, directory.getShort());
        assertArrayEquals(new byte[] {1, 2, (byte) 0x83, 0}, item(0x20, 4));
    }

    @Test
    void dmaCopiesAnItemAndZerosBehindIt() {
        assertEquals("QEMU CFG", new String(ascii(config.read(4, 8)), StandardCharsets.US_ASCII));
        Arrays.fill(ram, 0x200, 0x208, (byte) 0x55);
        assertEquals(0, dma(0x20 << 16 | 8 | 2, 5, 0x200));
        assertArrayEquals(
                new byte[] {1, 2, (byte) 0x83, 0, 0, 0x55}, Arrays.copyOfRange(ram, 0x200, 0x206));
        assertEquals(0, dma(0x20 << 16 | 8 | 4, 2, 0));
        assertEquals(0, dma(2, 1, 0x200), "reads on after the skip");
        assertEquals((byte) 0x83, ram[0x200]);
    }

    private static byte[] ascii(long littleEndian) {
        return ByteBuffer.allocate(8).putLong(Long.reverseBytes(littleEndian)).array();
    }

    @Test
    void badCommandsReportErrors() {
        assertEquals(1, dma(0x20 << 16 | 8 | 16, 1, 0x200), "write");
        assertEquals(1, dma(0x20 << 16 | 8 | 2, 1, 1L << 40), "no RAM");
        assertEquals(1, dma(0x20 << 16 | 8 | 2, 0xffffffffL, 0x200), "too long");
        assertEquals(0, dma(0x20 << 16 | 8 | 4, 0xffffffffL, 0), "skipping ends at the end");
        config.write(4, 8, -1); // a command outside RAM
    }

    @Test
    void aRestoredConfigReadsOn() {
        config.write(0, 2, 0);
        config.read(1, 1);
        FirmwareConfig other = create();
        other.restore(config.save());
        assertEquals('E', other.read(1, 1));
    }
}
