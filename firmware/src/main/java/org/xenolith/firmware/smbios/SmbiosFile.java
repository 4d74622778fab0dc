package org.xenolith.firmware.smbios;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A file of structures as {@code smbios_firmware=} of xl.cfg(5) names one: before each stands its
 * size with its strings, 32 bits. Those of types 0, 1, 2, 3, 11, 22 and 39 stand in place of the
 * usual ones; all of the OEM's are added as they are.
 */
public final class SmbiosFile {
    /** The largest file, bytes. */
    public static final int LARGEST = 32 << 10;

    private static final Set<Integer> REPLACED = Set.of(0, 1, 2, 3, 11, 22, 39);

    private SmbiosFile() {}

    /**
     * Reads a file.
     *
     * @throws SmbiosException if it is too large, a size does not fit, a structure is damaged, or
     *     of a type that is not taken from files
     */
    public static List<SmbiosStructure> read(byte[] file) throws SmbiosException {
        if (file.length > LARGEST) {
            throw new SmbiosException(
                    "%d bytes are more than the %d that are taken".formatted(file.length, LARGEST));
        }
        List<SmbiosStructure> structures = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            if (in.remaining() < 4) {
                throw new SmbiosException(in.remaining() + " bytes are left at the end");
            }
            int size = in.getInt();
            if (size < 0 || size > in.remaining()) {
                throw new SmbiosException(
                        "a structure of %s bytes begins where %d are left"
                                .formatted(Integer.toUnsignedString(size), in.remaining()));
            }
            ByteBuffer part = in.slice(in.position(), size);
            SmbiosStructure structure = SmbiosStructure.read(part);
            if (part.hasRemaining()) {
                throw new SmbiosException(
                        "%d bytes follow a structure of type %d"
                                .formatted(part.remaining(), structure.type()));
            }
            int type = structure.type();
            if (type < SmbiosStructure.FIRST_OEM && !REPLACED.contains(type)) {
                throw new SmbiosException("structures of type " + type + " cannot be given");
            }
            structures.add(structure);
            in.position(in.position() + size);
        }
        return structures;
    }
}
