package org.xenolith.devices.system;

import org.xenolith.cpu.bus.BusDevice;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * QEMU's fw_cfg (its document "QEMU Firmware Configuration Device"): a 16-bit selector at offset 0,
 * data bytes at offset 1, the big-endian address of a DMA command at offsets 4 to 11 (ports 0x510,
 * 0x511, 0x514). Items are read-only. An item that does not exist, and what lies behind the end of
 * one, reads as zeros.
 */
public final class FirmwareConfig implements BusDevice {
    /** Ports. */
    public static final int LENGTH = 12;

    /** Layout of {@link State}. */
    public static final int VERSION = 1;

    private static final int SIGNATURE = 0;
    private static final int FEATURES = 1;
    private static final int RAM_SIZE = 3;
    private static final int PROCESSORS = 5;
    private static final int MAX_PROCESSORS = 15;
    private static final int DIRECTORY = 0x19;
    private static final int FIRST_FILE = 0x20;
    private static final int MAX_FILES = 1024;
    private static final int TRADITIONAL = 1;
    private static final int DMA = 2;
    private static final int NAME_BYTES = 56;
    private static final int ENTRY_BYTES = 64;

    /** What the DMA register reads as: "QEMU CFG", big-endian. */
    private static final long DMA_SIGNATURE = 0x51454d5520434647L;

    private static final int DMA_REGISTER = 4;
    private static final int DMA_ERROR = 1;
    private static final int DMA_READ = 2;
    private static final int DMA_SKIP = 4;
    private static final int DMA_SELECT = 8;
    private static final int DMA_WRITE = 16;
    private static final int COMMAND_BYTES = 16;
    private static final int CHUNK = 4096;

    /** Longest transfer of zeros from behind an item's end; a longer command is an error. */
    private static final long MAX_ZEROS = 1 << 20;

    /**
     * Complete state; items belong to the configuration of the machine.
     *
     * @param key selected item
     * @param at next byte of it
     * @param dmaAddress what was written to the DMA register
     */
    public record State(int version, int key, int at, long dmaAddress) {}

    private final Map<Integer, byte[]> items = new HashMap<>();
    private final DmaMemory memory;
    private int key;
    private int at;
    private long dmaAddress;

    /**
     * @param ram bytes
     * @param processors number of logical processors
     * @param files contents by name, in the order in which the directory lists them; names of up to
     *     55 ASCII characters
     * @param memory for the DMA interface
     * @throws IllegalArgumentException if there are too many files or a name is too long
     */
    public FirmwareConfig(
            long ram, int processors, SequencedMap<String, byte[]> files, DmaMemory memory) {
        if (files.size() > MAX_FILES) {
            throw new IllegalArgumentException(files.size() + " fw_cfg files");
        }
        this.memory = memory;
        items.put(SIGNATURE, "QEMU".getBytes(StandardCharsets.US_ASCII));
        items.put(FEATURES, little(4).putInt(TRADITIONAL | DMA).array());
        items.put(RAM_SIZE, little(8).putLong(ram).array());
        items.put(PROCESSORS, little(2).putShort((short) processors).array());
        items.put(MAX_PROCESSORS, little(2).putShort((short) processors).array());
        ByteBuffer directory = ByteBuffer.allocate(4 + ENTRY_BYTES * files.size());
        directory.putInt(files.size());
        int next = FIRST_FILE;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            byte[] name = file.getKey().getBytes(StandardCharsets.US_ASCII);
            if (name.length >= NAME_BYTES) {
                throw new IllegalArgumentException("fw_cfg file name " + file.getKey());
            }
            directory.putInt(file.getValue().length).putShort((short) next).putShort((short) 0);
            directory.put(name);
            directory.position(4 + ENTRY_BYTES * (next - FIRST_FILE + 1));
            items.put(next++, file.getValue());
        }
        items.put(DIRECTORY, directory.array());
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private byte[] item() {
        return items.getOrDefault(key, new byte[0]);
    }

    private void select(int selected) {
        key = selected & 0xffff;
        at = 0;
    }

    @Override
    public long read(long offset, int size) {
        if (offset == 1 && size == 1) {
            byte[] item = item();
            return at < item.length ? item[at++] & 0xff : 0;
        }
        if (offset >= DMA_REGISTER) {
            return Long.reverseBytes(DMA_SIGNATURE) >>> 8 * (offset - DMA_REGISTER);
        }
        return offset == 0 && size == 2 ? 0 : -1;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == 0 && size == 2) {
            select((int) value);
        } else if (offset == DMA_REGISTER && size == 8) {
            dmaAddress = Long.reverseBytes(value);
            command();
        } else if (offset == DMA_REGISTER && size == 4) {
            dmaAddress = (long) Integer.reverseBytes((int) value) << 32;
        } else if (offset == DMA_REGISTER + 4 && size == 4) {
            dmaAddress |= Integer.reverseBytes((int) value) & 0xffffffffL;
            command();
        }
    }

    /** Carries out the command in RAM at the DMA address, and stores its result there. */
    private void command() {
        long where = dmaAddress;
        dmaAddress = 0;
        byte[] raw = new byte[COMMAND_BYTES];
        if (!memory.read(where, raw, 0, COMMAND_BYTES)) {
            return; // there is nowhere to report to
        }
        ByteBuffer command = ByteBuffer.wrap(raw);
        int control = command.getInt(0);
        long length = command.getInt(4) & 0xffffffffL;
        if ((control & DMA_SELECT) != 0) {
            select(control >>> 16);
        }
        boolean done =
                (control & DMA_READ) != 0
                        ? transfer(command.getLong(8), length)
                        : (control & DMA_WRITE) == 0; // no item can be written
        if (done && (control & (DMA_READ | DMA_SKIP)) == DMA_SKIP) {
            at = (int) Math.min(item().length, at + length);
        }
        byte[] result = ByteBuffer.allocate(4).putInt(done ? 0 : DMA_ERROR).array();
        memory.write(where, result, 0, result.length);
    }

    private boolean transfer(long to, long length) {
        byte[] item = item();
        int data = (int) Math.min(item.length - at, length);
        if (data > 0 && !memory.write(to, item, at, data)) {
            return false;
        }
        at += data;
        if (length - data > MAX_ZEROS) {
            return false;
        }
        byte[] zeros = new byte[CHUNK];
        for (long done = data; done < length; done += CHUNK) {
            if (!memory.write(to + done, zeros, 0, (int) Math.min(CHUNK, length - done))) {
                return false;
            }
        }
        return true;
    }

    /** The state, for {@link #restore}. */
    public State save() {
        return new State(VERSION, key, at, dmaAddress);
    }

    /**
     * Takes a state on.
     *
     * @throws IllegalArgumentException if the version is unknown or the position impossible
     */
    public void restore(State state) {
        if (state.version() != VERSION) {
            throw new IllegalArgumentException("fw_cfg state version " + state.version());
        }
        select(state.key());
        if (state.at() < 0 || state.at() > item().length) {
            throw new IllegalArgumentException("fw_cfg position " + state.at());
        }
        at = state.at();
        dmaAddress = state.dmaAddress();
    }
}
