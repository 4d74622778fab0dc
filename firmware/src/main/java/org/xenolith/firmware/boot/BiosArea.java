package org.xenolith.firmware.boot;

import org.xenolith.firmware.memory.MemoryMap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What stands where a BIOS would have left something, for kernels that look there:
 *
 * <ul>
 *   <li>interrupt vectors: BIOS services (INT 10h to 1Fh) lead to a handler that tells {@link
 *       #SERVICE_PORT} of the call and answers "no such function" (carry set, AH 86h), those of the
 *       8259s to an end of interrupt, all others to an IRET;
 *   <li>the BIOS data area at 0x400: ports of serial interfaces, the extended BIOS data area's
 *       segment, and the size of conventional memory;
 *   <li>at F000:FFF0, for a guest that jumps there to reboot, a reset by port 0xcf9.
 * </ul>
 */
public final class BiosArea {
    /** I/O port that a word is written to for each BIOS service asked for: AH, and the vector. */
    public static final int SERVICE_PORT = 0x5f0;

    private static final int BIOS_SEGMENT = 0xf000;
    private static final int VECTORS = 256;
    private static final int FIRST_SERVICE = 0x10;
    private static final int LAST_SERVICE = 0x1f;

    /** Where the BIOS of the IBM PC has its IRET. */
    private static final int IRET_AT = 0xff53;

    private static final int REFUSAL_AT = IRET_AT + 1;

    /** Entries of the services, which lie below the timer's handler. */
    private static final int SERVICES_AT = 0xfd00;

    private static final int SERVICE_SIZE = 16;
    private static final int RESET_VECTOR = 0xfff0;

    /** Where the BIOS of the IBM PC handles its timer. */
    private static final int IRQ_AT = 0xfea5;

    private static final byte[] IRQ_HANDLERS =
            code(
                    0x50, // push ax
                    0xb0, 0x20, // mov al, end of interrupt
                    0xe6, 0x20, // out 0x20, al
                    0x58, // pop ax
                    0xcf, // iret
                    0x50, 0xb0, 0x20, 0xe6, 0xa0, 0xe6, 0x20, 0x58, 0xcf); // both 8259s

    private static final int SLAVE_IRQ_AT = IRQ_AT + 7;

    private static final byte[] HANDLERS =
            code(
                    0xcf, // iret
                    0x55, // push bp
                    0x89, 0xe5, // mov bp, sp
                    0x80, 0x4e, 0x06, 0x01, // or byte [bp + 6], 1: CF of the caller
                    0x5d, // pop bp
                    0xb4, 0x86, // mov ah, 86h
                    0xcf); // iret

    private static final byte[] REBOOT =
            code(
                    0xba, 0xf9, 0x0c, // mov dx, 0cf9h
                    0xb0, 0x06, // mov al, 6
                    0xee, // out dx, al
                    0xf4, // hlt
                    0xeb, 0xfd); // jmp to the hlt

    private static final int DATA_BASE = 0x400;
    private static final int DATA_SIZE = 0x100;
    private static final int COM1 = 0x3f8;
    private static final int COM2 = 0x2f8;
    private static final int EBDA_SEGMENT_AT = 0x0e;
    private static final int CONVENTIONAL_KIB_AT = 0x13;

    private BiosArea() {}

    static void put(LoadArea area, int serialPorts) {
        area.putFirmware("the interrupt vectors", 0, vectors());
        area.putFirmware(
                "the BIOS data area", DATA_BASE, data(area.memory().conventional(), serialPorts));
        area.putFirmware(
                "the interrupt handlers",
                MemoryMap.BIOS_BASE + IRQ_AT,
                ByteBuffer.wrap(IRQ_HANDLERS));
        area.putFirmware(
                "the BIOS services' entries", MemoryMap.BIOS_BASE + SERVICES_AT, services());
        area.putFirmware(
                "the BIOS services", MemoryMap.BIOS_BASE + IRET_AT, ByteBuffer.wrap(HANDLERS));
        area.putFirmware(
                "the reset vector", MemoryMap.BIOS_BASE + RESET_VECTOR, ByteBuffer.wrap(REBOOT));
    }

    private static ByteBuffer vectors() {
        ByteBuffer vectors = little(4 * VECTORS);
        for (int vector = 0; vector < VECTORS; vector++) {
            boolean service = vector >= FIRST_SERVICE && vector <= LAST_SERVICE;
            int handler =
                    switch (vector >> 3) {
                        case 1 -> IRQ_AT; // IRQ 0 to 7
                        case 14 -> SLAVE_IRQ_AT; // IRQ 8 to 15
                        default ->
                                service
                                        ? SERVICES_AT + SERVICE_SIZE * (vector - FIRST_SERVICE)
                                        : IRET_AT;
                    };
            vectors.putShort((short) handler);
            vectors.putShort((short) BIOS_SEGMENT);
        }
        return vectors.flip();
    }

    private static ByteBuffer services() {
        ByteBuffer services = little(SERVICE_SIZE * (LAST_SERVICE - FIRST_SERVICE + 1));
        for (int vector = FIRST_SERVICE; vector <= LAST_SERVICE; vector++) {
            int at = SERVICE_SIZE * (vector - FIRST_SERVICE);
            services.position(at).put(code(0x52, 0x50, 0xba)); // push dx; push ax; mov dx,
            services.putShort((short) SERVICE_PORT);
            // mov al, vector; out dx, ax; pop ax; pop dx; jmp to the refusal
            services.put(code(0xb0, vector, 0xef, 0x58, 0x5a, 0xe9));
            services.putShort((short) (REFUSAL_AT - (SERVICES_AT + services.position() + 2)));
        }
        return services.rewind();
    }

    private static ByteBuffer data(long conventional, int serialPorts) {
        ByteBuffer data = little(DATA_SIZE);
        if (serialPorts >= 1) {
            data.putShort(0, (short) COM1);
        }
        if (serialPorts >= 2) {
            data.putShort(2, (short) COM2);
        }
        data.putShort(EBDA_SEGMENT_AT, (short) (MemoryMap.CONVENTIONAL_END >> 4));
        return data.putShort(CONVENTIONAL_KIB_AT, (short) (conventional >> 10));
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] code(int... bytes) {
        byte[] code = new byte[bytes.length];
        for (int i = 0; i < code.length; i++) {
            code[i] = (byte) bytes[i];
        }
        return code;
    }
}
