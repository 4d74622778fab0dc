package org.xenolith.firmware.smbios;

import org.xenolith.firmware.smbios.SmbiosConfig.Processor;
import org.xenolith.firmware.smbios.SmbiosStructure.Builder;

import java.util.ArrayList;
import java.util.List;

/** The structures of processors and memory. */
final class HardwareStructures {
    private static final int PROCESSOR_HANDLE = 0x400;
    private static final int ARRAY_HANDLE = 0x1000;
    private static final int DEVICE_HANDLE = 0x1100;
    private static final int ARRAY_ADDRESS_HANDLE = 0x1300;
    private static final int DEVICE_ADDRESS_HANDLE = 0x1400;

    /** The size of a memory device, which a field of 15 bits has to hold. MiB. */
    private static final int LARGEST_DEVICE = 16 << 10;

    private static final int KIB_SHIFT = 10;
    private static final int CENTRAL_PROCESSOR = 3;
    private static final int OTHER = 1;
    private static final int POPULATED_AND_ENABLED = 0x41;
    private static final int NO_CACHE = 0xffff;
    private static final int SYSTEM_MEMORY = 3;
    private static final int MULTI_BIT_ECC = 6;
    private static final int NO_ERROR_INFORMATION = 0xfffe;
    private static final int DATA_WIDTH = 64;
    private static final int DIMM = 9;
    private static final int RAM = 7;

    private HardwareStructures() {}

    /**
     * A processor.
     *
     * @param number from 1
     */
    static SmbiosStructure processor(Processor processor, int number) {
        Builder out = new Builder(4, PROCESSOR_HANDLE + number);
        out.string("CPU " + number).u8(CENTRAL_PROCESSOR, OTHER).string(processor.manufacturer());
        out.u32(processor.signature(), processor.features());
        out.u8(0, 0).u16(0, processor.megahertz(), processor.megahertz());
        out.u8(POPULATED_AND_ENABLED, OTHER).u16(NO_CACHE, NO_CACHE, NO_CACHE);
        return out.u8(0, 0, 0).build();
    }

    /**
     * The memory: the array, and devices of at most 16 GiB with the addresses at which they lie.
     *
     * @param memory MiB
     */
    static List<SmbiosStructure> memory(int memory) {
        int devices = (memory + LARGEST_DEVICE - 1) / LARGEST_DEVICE;
        List<SmbiosStructure> structures = new ArrayList<>();
        structures.add(array(memory, devices));
        for (int i = 0; i < devices; i++) {
            int size = Math.min(memory - i * LARGEST_DEVICE, LARGEST_DEVICE);
            long first = (long) i * LARGEST_DEVICE << KIB_SHIFT;
            long last = first + ((long) size << KIB_SHIFT) - 1;
            structures.add(device(i, size));
            Builder mapped = new Builder(19, ARRAY_ADDRESS_HANDLE + i).u32(first, last);
            structures.add(mapped.u16(ARRAY_HANDLE).u8(1).build());
            Builder row = new Builder(20, DEVICE_ADDRESS_HANDLE + i).u32(first, last);
            row.u16(DEVICE_HANDLE + i, ARRAY_ADDRESS_HANDLE + i).u8(1, 0, 0);
            structures.add(row.build());
        }
        return structures;
    }

    private static SmbiosStructure array(int memory, int devices) {
        Builder out = new Builder(16, ARRAY_HANDLE).u8(OTHER, SYSTEM_MEMORY, MULTI_BIT_ECC);
        out.u32((long) memory << KIB_SHIFT);
        return out.u16(NO_ERROR_INFORMATION, devices).build();
    }

    private static SmbiosStructure device(int number, int size) {
        Builder out = new Builder(17, DEVICE_HANDLE + number).u16(ARRAY_HANDLE, 0);
        out.u16(DATA_WIDTH, DATA_WIDTH, size).u8(DIMM, 0).string("DIMM " + number);
        return out.u8(0, RAM).u16(0).build();
    }
}
