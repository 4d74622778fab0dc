package org.xenolith.cpu.apic;

/** Bits of the error status register that can be set here (SDM vol. 3A, 11.5.3). */
final class ApicError {
    static final int SEND_ILLEGAL_VECTOR = 1 << 5;
    static final int RECEIVE_ILLEGAL_VECTOR = 1 << 6;

    /** Access to a register that does not exist, in xAPIC mode. */
    static final int ILLEGAL_REGISTER = 1 << 7;

    static final int ALL = SEND_ILLEGAL_VECTOR | RECEIVE_ILLEGAL_VECTOR | ILLEGAL_REGISTER;

    private ApicError() {}
}
