package org.xenolith.devices.system;

import org.xenolith.cpu.bus.BusDevice;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * QEMU's fw_cfg in its port form (docs/specs/fw_cfg): a 16-bit selector at offset 0, data at offset
 * 1. The DMA interface is not offered, and the feature item says so.
 */
public final class FirmwareConfig implements BusDevice {
    private static final int SIGNATURE = 0;
    private static final int FEATURES = 1;
    private static final int RAM_SIZE = 3;
    private static final int PROCESSORS = 5;
    private static final int MAX_PROCESSORS = 15;
    private static final int DIRECTORY = 0x19;
    private static final int FIRST_FILE = 0x20;
    private static final int TRADITIONAL = 1;
    private static final int NAME_BYTES = 56;

    private final Map<Integer, byte[]> items = new HashMap<>();
    private byte[] selected = {};
    private int at;

    /**
     * @param ram bytes
     * @param processors number of logical processors
     * @param files contents by name, in the order in which the directory lists them
     */
    public FirmwareConfig(long ram, int processors, java.util.SequencedMap<String, byte[]> files) {
        items.put(SIGNATURE, "QEMU".getBytes(StandardCharsets.US_ASCII));
        items.put(FEATURES, little(4).putInt(TRADITIONAL).array());
        items.put(RAM_SIZE, little(8).putLong(ram).array());
        items.put(PROCESSORS, little(2).putShort((short) processors).array());
        items.put(MAX_PROCESSORS, little(2).putShort((short) processors).array());
        ByteBuffer directory = ByteBuffer.allocate(4 + 64 * files.size());
        directory.putInt(files.size());
        int key = FIRST_FILE;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            byte[] name = file.getKey().getBytes(StandardCharsets.US_ASCII);
            directory.putInt(file.getValue().length).putShort((short) key).putShort((short) 0);
            directory.put(name, 0, Math.min(name.length, NAME_BYTES - 1));
            directory.position(4 + 64 * (key - FIRST_FILE + 1));
            items.put(key++, file.getValue());
        }
        items.put(DIRECTORY, directory.array());
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public long read(long offset, int size) {
        if (offset == 0) {
            return 0;
        }
        return at < selected.length ? selected[at++] : 0;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == 0 && size == 2) {
            selected = items.getOrDefault((int) value, new byte[0]);
            at = 0;
        }
    }
}
