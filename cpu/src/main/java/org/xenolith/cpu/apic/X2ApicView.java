package org.xenolith.cpu.apic;

import static org.xenolith.cpu.apic.ApicRegisters.CURRENT_COUNT;
import static org.xenolith.cpu.apic.ApicRegisters.DIVIDE;
import static org.xenolith.cpu.apic.ApicRegisters.EOI;
import static org.xenolith.cpu.apic.ApicRegisters.ESR;
import static org.xenolith.cpu.apic.ApicRegisters.ICR;
import static org.xenolith.cpu.apic.ApicRegisters.ICR_HIGH;
import static org.xenolith.cpu.apic.ApicRegisters.ID;
import static org.xenolith.cpu.apic.ApicRegisters.INITIAL_COUNT;
import static org.xenolith.cpu.apic.ApicRegisters.ISR;
import static org.xenolith.cpu.apic.ApicRegisters.LDR;
import static org.xenolith.cpu.apic.ApicRegisters.PPR;
import static org.xenolith.cpu.apic.ApicRegisters.SELF_IPI;
import static org.xenolith.cpu.apic.ApicRegisters.SVR;
import static org.xenolith.cpu.apic.ApicRegisters.TPR;
import static org.xenolith.cpu.apic.ApicRegisters.VERSION;

/**
 * The registers as MSRs 0x800 to 0x8ff in x2APIC mode (SDM vol. 3A, 11.12.1): which there are,
 * which bits are reserved, the 64-bit ICR and the self IPI. Everything else raises #GP(0).
 */
final class X2ApicView {
    static final int FIRST_MSR = 0x800;
    static final int LAST_MSR = 0x8ff;

    private static final long NOT_WRITABLE = -1;

    private final ApicRegisters registers;

    X2ApicView(ApicRegisters registers) {
        this.registers = registers;
    }

    /** Whether RDMSR reads {@code msr}. */
    boolean readable(int msr) {
        int register = msr - FIRST_MSR;
        return switch (register) {
            case ID, VERSION, TPR, PPR, LDR, SVR, ESR, ICR -> true;
            case INITIAL_COUNT, CURRENT_COUNT, DIVIDE -> true;
            default -> register >= ISR && register < ESR || ApicRegisters.isLvt(register);
        };
    }

    /** Whether WRMSR may write {@code value}. */
    boolean accepts(int msr, long value) {
        long accepted = acceptedBits(msr - FIRST_MSR);
        return accepted != NOT_WRITABLE && (value & ~accepted) == 0;
    }

    private long acceptedBits(int register) {
        return switch (register) {
            case EOI, ESR -> 0;
            case TPR, SELF_IPI -> 0xff;
            case SVR -> ApicRegisters.SVR_WRITABLE;
            case ICR -> InterruptCommand.ACCEPTED;
            case INITIAL_COUNT -> 0xffffffffL;
            case DIVIDE -> 0xb;
            default ->
                    ApicRegisters.isLvt(register)
                            ? registers.table().accepted(ApicRegisters.source(register))
                            : NOT_WRITABLE;
        };
    }

    /** Reads a readable one. */
    long read(int msr) {
        int register = msr - FIRST_MSR;
        long low = registers.read(register) & 0xffffffffL;
        return register == ICR ? low | (long) registers.read(ICR_HIGH) << 32 : low;
    }

    /** Writes an accepted value. */
    void write(int msr, long value) {
        int register = msr - FIRST_MSR;
        switch (register) {
            case ICR -> {
                registers.write(ICR_HIGH, (int) (value >>> 32));
                registers.write(ICR, (int) value);
            }
            case SELF_IPI -> registers.selfIpi((int) value);
            default -> registers.write(register, (int) value);
        }
    }
}
