package org.xenolith.devices.system;

/** RAM as a bus master sees it: by physical address, without paging. */
public interface DmaMemory {
    /** A machine whose devices reach no RAM. */
    DmaMemory NONE =
            new DmaMemory() {
                @Override
                public boolean read(long address, byte[] into, int offset, int length) {
                    return false;
                }

                @Override
                public boolean write(long address, byte[] from, int offset, int length) {
                    return false;
                }
            };

    /**
     * Reads RAM.
     *
     * @param address any; the guest chose it
     * @return false, with nothing done, unless the whole range is RAM
     */
    boolean read(long address, byte[] into, int offset, int length);

    /** Writes RAM; see {@link #read}. */
    boolean write(long address, byte[] from, int offset, int length);
}
