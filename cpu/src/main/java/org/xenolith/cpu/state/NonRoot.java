package org.xenolith.cpu.state;

/**
 * VMX non-root operation as far as instructions and event delivery must know of it (SDM vol. 3C,
 * chapter 26). A processor in non-root operation has one in {@link Cpu#nonRoot}; the {@code vmx}
 * package implements it.
 *
 * <p>An exit in the midst of an instruction is thrown like a fault, as the processor's {@link
 * CpuFault} with the vector {@link CpuFault#VM_EXIT}: so whoever restores the state before the
 * instruction need not know of it. Its details wait here until the supervisor takes the exit.
 */
public abstract class NonRoot {
    /** What an interrupting or vectored event is (SDM vol. 3C, table 25-17). */
    public static final int TYPE_EXTERNAL = 0;

    public static final int TYPE_NMI = 2;
    public static final int TYPE_EXCEPTION = 3;
    public static final int TYPE_SOFTWARE_INTERRUPT = 4;
    public static final int TYPE_PRIVILEGED_SOFTWARE_EXCEPTION = 5;
    public static final int TYPE_SOFTWARE_EXCEPTION = 6;

    /** Instructions that exit by a control: bit n for the basic exit reason n. */
    public long exiting;

    /** Instructions that do not exist for the guest: #UD; bits as in {@link #exiting}. */
    public long undefined;

    /** IRET leaves blocking by NMI alone. */
    public boolean iretKeepsBlocking;

    /** What becomes of accesses to the APIC, or null where nothing is virtualized. */
    public ApicVirtualization apic;

    /** CR0 bits that belong to the host, and how the guest reads them. */
    public long cr0Mask;

    public long cr0Shadow;
    public long cr4Mask;
    public long cr4Shadow;

    /** MOV from and to CR3 exit. */
    public boolean cr3Store;

    public boolean cr3Load;

    /** MOV from and to CR8 exit. */
    public boolean cr8Store;

    public boolean cr8Load;

    /**
     * Makes the exit of an instruction, which the caller throws.
     *
     * @param reason of {@link ExitReason}
     * @param qualification SDM vol. 3C, 28.2.1
     */
    public abstract CpuFault exit(int reason, long qualification);

    /**
     * As above, for instructions that give more details.
     *
     * @param information VM-exit instruction information (SDM vol. 3C, 28.2.5)
     * @param linear guest-linear address, or 0
     */
    public abstract CpuFault exit(int reason, long qualification, int information, long linear);

    /** Whether IN or OUT of these ports exits. */
    public abstract boolean interceptsPorts(int port, int size);

    /** Whether RDMSR or WRMSR of a register exits. */
    public abstract boolean interceptsMsr(int msr, boolean write);

    /** Whether VMREAD or VMWRITE of a field exits; else it goes to the guest's shadow VMCS. */
    public abstract boolean interceptsField(long encoding, boolean write);

    /** Whether a MOV to CR3 with this value exits, where {@link #cr3Load} is set. */
    public abstract boolean interceptsCr3(long value);

    /** Whether an exception of the guest exits. */
    public abstract boolean interceptsException(int vector, int errorCode);

    /**
     * Takes the exit that was thrown: RIP is back at the instruction. EPT violations and
     * misconfigurations are described in {@link Cpu#ept}.
     *
     * @param reason of {@link ExitReason}, which the fault had for an error code
     * @param length of the instruction in bytes, 0 if it is not known
     */
    public abstract void take(Cpu c, int reason, int length);

    /**
     * Exits because of an exception, which has not been delivered.
     *
     * @param type {@link #TYPE_EXCEPTION}, or that of INT3, INTO or INT1
     * @param length of the instruction for these
     */
    public abstract void exceptionExit(Cpu c, int vector, int type, int errorCode, int length);

    /** Exits because delivering an exception has ended in a triple fault. */
    public abstract void tripleFault(Cpu c);

    /**
     * An event whose delivery an exit has ended (SDM vol. 3C, 28.2.4).
     *
     * @param vector 0..255
     * @param type of those above
     * @param hasCode whether it has an error code
     * @param errorCode the error code
     * @param length of the instruction for software events
     */
    public record Vectored(int vector, int type, boolean hasCode, int errorCode, int length) {}

    /** Takes the exit that was thrown while an event was being delivered. */
    public abstract void takeInDelivery(Cpu c, int reason, Vectored event);

    /** Exits because of an exception that was raised while an event was being delivered. */
    public abstract void exceptionExitInDelivery(Cpu c, int vector, int errorCode, Vectored event);

    /**
     * A block boundary with {@link Cpu#pins} set: makes the exits that they cause.
     *
     * @return false where the guest takes its events itself
     */
    public abstract boolean boundary(Cpu c);

    /**
     * Whether an exit follows the instruction that has met breakpoints or single step, so that the
     * trap is for later.
     *
     * @param cause as in DR6
     */
    public abstract boolean holdsDebug(Cpu c, long cause);

    /** Whether events end HLT, or exit in spite of it. */
    public abstract boolean endsHalt(Cpu c);

    /** A start-up IPI has come while the guest waits for it. */
    public abstract void startup(Cpu c, int page);

    /** An event has been delivered through the guest's tables. */
    public abstract void delivered(Cpu c);

    /** #UD for an instruction that the guest does not have. */
    public static void requireEnabled(Cpu c, int reason) {
        if (c.nonRoot != null && (c.nonRoot.undefined >>> reason & 1) != 0) {
            throw c.undefined();
        }
    }

    /** Throws the exit of an instruction if a control asks for it. */
    public static void check(Cpu c, int reason) {
        check(c, reason, 0);
    }

    /** As above, with a qualification. */
    public static void check(Cpu c, int reason, long qualification) {
        NonRoot n = c.nonRoot;
        if (n != null && (n.exiting >>> reason & 1) != 0) {
            throw n.exit(reason, qualification);
        }
    }

    /** Throws the exit of an instruction that always exits. */
    public static void always(Cpu c, int reason) {
        if (c.nonRoot != null) {
            throw c.nonRoot.exit(reason, 0);
        }
    }
}
