package org.xenolith.cpu.state;

/**
 * VMX as instructions of software in root operation reach it (SDM vol. 3C, chapter 31). A processor
 * whose CPUID announces VMX has one in {@link Cpu#vmx}; the {@code vmx} package implements it.
 * Whoever calls has seen to #UD, to VM exits and to the privilege level. Most methods say how they
 * ended in the arithmetic flags: VMsucceed, VMfailInvalid or VMfailValid (SDM vol. 3C, 31.2).
 */
public abstract class VmxOperation {
    /** IA32_FEATURE_CONTROL: no more writes to it. */
    public static final int LOCKED = 1;

    /** IA32_FEATURE_CONTROL: VMXON is allowed outside SMX operation. */
    public static final int ENABLED = 1 << 2;

    /** Root or non-root operation: VMXON has been executed, and no VMXOFF. */
    public boolean on;

    /** IA32_FEATURE_CONTROL. */
    public long featureControl;

    /**
     * Result of {@link #read}: the value of the field.
     *
     * <p>The flags tell of a failure, too, but the caller may not look at them.
     */
    public long value;

    /**
     * VMXON outside VMX operation, or in root operation, where it fails.
     *
     * @param region physical address of the VMXON region
     * @throws CpuFault #GP(0) where CR0, CR4 or IA32_FEATURE_CONTROL forbid it
     */
    public abstract void on(long region);

    /** VMXOFF. */
    public abstract void off();

    /** The current VMCS as text for people, one fact a line; empty outside VMX operation. */
    public abstract String describe();

    /** VMCALL in root operation, which has no one to call. */
    public abstract void call();

    /** VMCLEAR. */
    public abstract void clear(long region);

    /** VMPTRLD. */
    public abstract void load(long region);

    /** VMPTRST: the current-VMCS pointer, or all ones. */
    public abstract long pointer();

    /**
     * VMREAD, with the value in {@link #value}.
     *
     * @return false if there is no such field or no current VMCS
     */
    public abstract boolean read(long encoding);

    /** VMWRITE. */
    public abstract void write(long encoding, long newValue);

    /**
     * VMLAUNCH or VMRESUME. On success the processor is in non-root operation when this returns, or
     * even back in root operation after an exit.
     *
     * @param launch VMLAUNCH
     */
    public abstract void enter(boolean launch);

    /** INVEPT; the descriptor's low half. */
    public abstract void invalidateEpt(long type, long eptp);

    /** INVVPID; both halves of the descriptor. */
    public abstract void invalidateVpid(long type, long vpid, long address);

    /** Leaves VMX operation, as reset does, and forgets what is no longer there. */
    public abstract void powerOn();

    /** Succeeded: clears the arithmetic flags. */
    public static void succeed(Cpu c) {
        Flags.setArithmetic(c, 0);
    }
}
