package org.xenolith.cpu.state;

/**
 * The owner of ring 0. Under a hypervisor written in Java the processor does not vector through an
 * IDT: it hands each event to this object, which emulates, bounces it into the guest by changing
 * registers, or stops the processor ({@link Cpu#stop}).
 *
 * <p>In every call {@code cpu.rip} is exact and {@code cpu.instructions} counts the retired
 * instructions.
 */
public interface Supervisor {
    /**
     * A fault or trap. For faults {@code cpu.rip} is the faulting instruction, for traps (#BP, #OF,
     * single-step #DB) the next one.
     *
     * @param vector 0..31
     * @param errorCode the pushed error code, 0 where the vector has none
     */
    void exception(Cpu cpu, int vector, int errorCode);

    /**
     * {@code INT n}. {@code cpu.rip} is the next instruction.
     *
     * @param vector 0..255
     * @param length length of the instruction in bytes, to find its start again
     */
    void softwareInterrupt(Cpu cpu, int vector, int length);

    /**
     * {@code INT3} or {@code INTO}: an exception that an instruction asks for. {@code cpu.rip} is
     * the next instruction.
     *
     * @param length length of the instruction in bytes
     */
    default void softwareException(Cpu cpu, int vector, int length) {
        exception(cpu, vector, 0);
    }

    /**
     * {@code INT1} (ICEBP): the debug trap that an instruction asks for. {@code cpu.rip} is the
     * next instruction.
     *
     * @param length length of the instruction in bytes
     */
    default void debugInterrupt(Cpu cpu, int length) {
        exception(cpu, CpuFault.DB, 0);
    }

    /**
     * Whether the supervisor, not the guest, owns the descriptor tables: then the processor writes
     * no accessed flags into them, and loads no code segments but those of 64-bit mode.
     */
    default boolean ownsDescriptors() {
        return false;
    }

    /**
     * {@code SYSCALL} with RCX and R11 not yet written; {@code cpu.rip} is the next instruction.
     */
    void syscall(Cpu cpu);

    /**
     * A block boundary while {@link Cpu#pins} is not 0: delivers what may be delivered. Whatever
     * can change that ends a block; in the shadow of STI only one instruction runs before the next
     * call.
     */
    default void boundary(Cpu cpu) {}

    /** {@code CPUID}: sets EAX, EBX, ECX and EDX from EAX and ECX. */
    void cpuid(Cpu cpu);
}
