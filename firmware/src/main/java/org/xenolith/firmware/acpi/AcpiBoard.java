package org.xenolith.firmware.acpi;

/**
 * The kind of machine that tables describe: what differs between the bare machine and the domains
 * of Xen, whatever their processors and devices.
 */
public enum AcpiBoard {
    /** A PC without a hypervisor: processor n has local APIC n, the I/O APIC has id 0. */
    BARE(TableMaker.OWN, PmRegisters.BARE, 3, 3),

    /** An HVM domain, as Xen's firmware for it describes it. */
    HVM(TableMaker.XEN, PmRegisters.HVM, 4, 2),

    /** A PVH domain, as Xen's tools describe it: local APICs only. */
    PVH(TableMaker.XEN, PmRegisters.PVH, 5, 2);

    private final TableMaker maker;
    private final PmRegisters registers;
    private final int fadtRevision;
    private final int madtRevision;

    AcpiBoard(TableMaker maker, PmRegisters registers, int fadtRevision, int madtRevision) {
        this.maker = maker;
        this.registers = registers;
        this.fadtRevision = fadtRevision;
        this.madtRevision = madtRevision;
    }

    TableMaker maker() {
        return maker;
    }

    /** The fixed hardware. */
    public PmRegisters registers() {
        return registers;
    }

    int fadtRevision() {
        return fadtRevision;
    }

    int madtRevision() {
        return madtRevision;
    }

    /** The local APIC id of a processor. Xen leaves every second one free. */
    public int apicId(int processor) {
        return this == BARE ? processor : 2 * processor;
    }

    /** The most processors: local APIC ids have 8 bits, and 255 is the broadcast. */
    public int mostProcessors() {
        return this == BARE ? 255 : 128;
    }

    /** Whether there are 8259s, an I/O APIC and the other devices that every PC has. */
    public boolean hasDevices() {
        return this != PVH;
    }

    /** Whether the machine can sleep in S3 and be woken by its clock. */
    boolean suspends() {
        return this == BARE;
    }

    int ioApicId() {
        return this == BARE ? 0 : 1;
    }
}
