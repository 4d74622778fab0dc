package org.xenolith.firmware.image;

/**
 * Where a multiboot image that is not to be loaded as an ELF file goes: one piece of the file, then
 * zeros. The addresses are physical and were checked against each other and the file.
 *
 * @param load where the piece goes
 * @param fileOffset where it begins in the file
 * @param fileSize its length in bytes
 * @param memorySize its length with the zeros behind it, in bytes
 */
public record MultibootAddresses(long load, int fileOffset, int fileSize, long memorySize) {
    private static final long FROM_FILE_START = 0xffff_ffffL;

    /**
     * Reads the four address fields that both versions of the header have.
     *
     * @param headerAt where the multiboot header begins in the file
     * @param fieldsAt where the fields are: header, load, load end and bss end address
     */
    static MultibootAddresses read(ImageBytes in, int headerAt, int fieldsAt)
            throws ImageException {
        long header = in.u32(fieldsAt);
        long load = in.u32(fieldsAt + 4);
        long loadEnd = in.u32(fieldsAt + 8);
        long bssEnd = in.u32(fieldsAt + 12);
        if (load == FROM_FILE_START) {
            load = header - headerAt;
        }
        long offset = headerAt - (header - load);
        if (load < 0 || load > header || offset < 0) {
            throw bad(in, "the multiboot header lies outside of what is to be loaded");
        }
        long size = loadEnd == 0 ? in.size() - offset : loadEnd - load;
        if (size < 0) {
            throw bad(in, "the multiboot load end address lies before the load address");
        }
        in.require(offset, size, "the end of what its multiboot header loads");
        long memorySize = bssEnd == 0 ? size : bssEnd - load;
        if (memorySize < size) {
            throw bad(in, "the multiboot bss end address lies before the end of the data");
        }
        return new MultibootAddresses(load, (int) offset, (int) size, memorySize);
    }

    private static ImageException bad(ImageBytes in, String what) {
        return new ImageException(in.name(), what, "rebuild the kernel");
    }
}
