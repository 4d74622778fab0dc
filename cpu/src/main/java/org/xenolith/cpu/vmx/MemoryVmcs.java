package org.xenolith.cpu.vmx;

import org.xenolith.cpu.memory.PhysicalMemory;

/**
 * A VMCS in RAM, in the region that VMPTRLD has named (SDM vol. 3C, 25.2). Behind the revision
 * identifier and the abort indicator comes our own layout: the launch state, then each field in
 * eight bytes.
 */
final class MemoryVmcs extends Vmcs {
    /** What the first four bytes of each region hold. */
    static final int REVISION = 0x584c;

    /** And with them: it is a shadow VMCS, which no VM entry takes. */
    static final int SHADOW = 1 << 31;

    private static final int ABORT_AT = 4;
    private static final int LAUNCHED_AT = 8;
    private static final int FIELDS_AT = 16;
    private static final int FIELD_BYTES = 8;

    private final PhysicalMemory ram;

    /** Machine address of the region. */
    final long region;

    /** The VMCS at a page of RAM. */
    MemoryVmcs(PhysicalMemory ram, long region) {
        this.ram = ram;
        this.region = region;
    }

    @Override
    public long read(VmcsField field) {
        return ram.get64(at(field)) & field.mask();
    }

    @Override
    protected void store(VmcsField field, long value) {
        ram.put64(at(field), value & field.mask());
    }

    private long at(VmcsField field) {
        return region + FIELDS_AT + (long) FIELD_BYTES * field.ordinal();
    }

    /** Whether it is a shadow VMCS. */
    boolean shadow() {
        return (ram.get32(region) & SHADOW) != 0;
    }

    /** Whether VMLAUNCH has succeeded since the last VMCLEAR. */
    boolean launched() {
        return launched(ram, region);
    }

    private static boolean launched(PhysicalMemory ram, long region) {
        return ram.get32(region + LAUNCHED_AT) != 0;
    }

    /** Sets the launch state, also of a region that is not the current VMCS. */
    static void setLaunched(PhysicalMemory ram, long region, boolean launched) {
        ram.put32(region + LAUNCHED_AT, launched ? 1 : 0);
    }

    /** Tells why a VM exit could not be completed (SDM vol. 3C, 28.7). */
    void setAbort(int indicator) {
        ram.put32(region + ABORT_AT, indicator);
    }
}
