package org.xenolith.firmware.smbios;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The tables of a domain as one block of memory: the entry point (DSP0134, chapter 5.2.1), and the
 * structures 32 bytes behind it. Handles are those that Xen's firmware gives.
 */
public final class SmbiosTables {
    /** Size of the entry point, bytes; the structures begin on the next multiple of 16. */
    static final int ENTRY_SIZE = 31;

    static final int STRUCTURES_AT = 32;
    static final String ANCHOR = "_SM_";
    static final String INTERMEDIATE_ANCHOR = "_DMI_";
    static final int INTERMEDIATE_AT = 16;

    /** First address at which software looks for an entry point, on every 16th byte. */
    static final long SEARCH_FROM = 0xf_0000;

    static final long SEARCH_TO = 0x10_0000;

    private static final int LONGEST = 0xffff;
    private static final int MAJOR = 2;
    private static final int MINOR = 4;

    private final List<SmbiosStructure> structures;

    private SmbiosTables(List<SmbiosStructure> structures) {
        this.structures = List.copyOf(structures);
    }

    /**
     * Builds the structures of a domain.
     *
     * @throws SmbiosException if strings and structures of the configuration are too many for the
     *     16 bits that the entry point has for the length
     */
    public static SmbiosTables of(SmbiosConfig config) throws SmbiosException {
        Passed passed = new Passed(config.passed());
        List<SmbiosStructure> all = new ArrayList<>();
        all.add(passed.or(SystemStructures.BIOS, () -> SystemStructures.bios(config)));
        all.add(passed.or(SystemStructures.SYSTEM, () -> SystemStructures.system(config)));
        passed.find(SystemStructures.BOARD)
                .or(() -> SystemStructures.board(config))
                .ifPresent(all::add);
        all.add(passed.or(SystemStructures.ENCLOSURE, () -> SystemStructures.enclosure(config)));
        for (int number = 1; number <= config.processors(); number++) {
            all.add(HardwareStructures.processor(config.processor(), number));
        }
        all.add(passed.or(SystemStructures.OEM_STRINGS, () -> SystemStructures.oemStrings(config)));
        all.addAll(HardwareStructures.memory(config.memory()));
        Optional<SmbiosStructure> battery = passed.find(SystemStructures.BATTERY);
        if (battery.isEmpty() && config.hasBattery()) {
            battery = Optional.of(SystemStructures.battery(config));
        }
        battery.ifPresent(all::add);
        all.add(SystemStructures.bootStatus());
        passed.find(Passed.POWER_SUPPLY).ifPresent(all::add);
        all.addAll(passed.ofOem());
        all.add(new SmbiosStructure.Builder(SmbiosStructure.END, 0x7f00).build());
        int length = all.stream().mapToInt(structure -> structure.toBytes().length).sum();
        if (length > LONGEST) {
            throw new SmbiosException(
                    "the structures have %d bytes, where a table holds %d"
                            .formatted(length, LONGEST));
        }
        return new SmbiosTables(all);
    }

    /** Structures that the configuration brings, by type; of several of a type, the first. */
    private record Passed(List<SmbiosStructure> structures) {
        static final int POWER_SUPPLY = 39;

        Optional<SmbiosStructure> find(int type) {
            return structures.stream()
                    .filter(structure -> structure.type() == type)
                    .map(structure -> structure.withHandle(type << 8))
                    .findFirst();
        }

        SmbiosStructure or(int type, Supplier<SmbiosStructure> usual) {
            return find(type).orElseGet(usual);
        }

        /** What only the OEM knows keeps its handle. */
        List<SmbiosStructure> ofOem() {
            return structures.stream()
                    .filter(structure -> structure.type() >= SmbiosStructure.FIRST_OEM)
                    .toList();
        }
    }

    /** The structures, in their order. */
    public List<SmbiosStructure> structures() {
        return structures;
    }

    /**
     * The block.
     *
     * @param base physical address of the block, below 4 GiB; software searches for entry points
     *     only from 0xf0000 to 1 MiB, on multiples of 16
     */
    public byte[] toBytes(long base) {
        return block((int) base + STRUCTURES_AT);
    }

    /** The block as a dump that {@code dmidecode --from-dump} takes: addresses are offsets. */
    public byte[] toDump() {
        return block(STRUCTURES_AT);
    }

    private byte[] block(int tableAddress) {
        List<byte[]> parts = structures.stream().map(SmbiosStructure::toBytes).toList();
        int length = parts.stream().mapToInt(part -> part.length).sum();
        int largest = parts.stream().mapToInt(part -> part.length).max().orElse(0);
        ByteBuffer out = ByteBuffer.allocate(STRUCTURES_AT + length);
        out.order(ByteOrder.LITTLE_ENDIAN);
        out.put(ANCHOR.getBytes(StandardCharsets.US_ASCII));
        out.put(5, (byte) ENTRY_SIZE).put(6, (byte) MAJOR).put(7, (byte) MINOR);
        out.putShort(8, (short) largest);
        out.put(INTERMEDIATE_AT, INTERMEDIATE_ANCHOR.getBytes(StandardCharsets.US_ASCII));
        out.putShort(22, (short) length).putInt(24, tableAddress);
        out.putShort(28, (short) structures.size()).put(30, (byte) (MAJOR << 4 | MINOR));
        out.put(21, (byte) -sum(out.array(), INTERMEDIATE_AT, ENTRY_SIZE));
        out.put(4, (byte) -sum(out.array(), 0, ENTRY_SIZE));
        out.position(STRUCTURES_AT);
        parts.forEach(out::put);
        return out.array();
    }

    /** Sum of the bytes of {@code [from, to)}, modulo 256. */
    static int sum(byte[] bytes, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            sum += bytes[i];
        }
        return sum & 0xff;
    }
}
