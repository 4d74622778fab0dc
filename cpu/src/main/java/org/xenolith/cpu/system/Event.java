package org.xenolith.cpu.system;

import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.NonRoot;

/**
 * An interrupt or exception to deliver.
 *
 * @param vector 0..255
 * @param source what it comes from
 * @param code error code, pushed if {@link #hasCode}
 */
record Event(int vector, Source source, int code) {
    private static final int NMI = 2;

    /** Where an event comes from. */
    enum Source {
        /** An exception of the processor. */
        EXCEPTION,
        /** INTR or NMI. */
        EXTERNAL,
        /** INT n. */
        INT,
        /** INT3 and INTO. */
        INT3,
        /** INT1: no privilege is asked for. */
        INT1
    }

    /** The event of that type, of {@link NonRoot}, which VM entry injects. */
    static Event injected(int vector, int type, int code) {
        Source source =
                switch (type) {
                    case NonRoot.TYPE_EXTERNAL, NonRoot.TYPE_NMI -> Source.EXTERNAL;
                    case NonRoot.TYPE_SOFTWARE_INTERRUPT -> Source.INT;
                    case NonRoot.TYPE_PRIVILEGED_SOFTWARE_EXCEPTION -> Source.INT1;
                    case NonRoot.TYPE_SOFTWARE_EXCEPTION -> Source.INT3;
                    default -> Source.EXCEPTION;
                };
        return new Event(vector, source, code);
    }

    /** Its type as VMX counts them. */
    int type() {
        return switch (source) {
            case EXCEPTION -> NonRoot.TYPE_EXCEPTION;
            case EXTERNAL -> vector == NMI ? NonRoot.TYPE_NMI : NonRoot.TYPE_EXTERNAL;
            case INT -> NonRoot.TYPE_SOFTWARE_INTERRUPT;
            case INT3 -> NonRoot.TYPE_SOFTWARE_EXCEPTION;
            case INT1 -> NonRoot.TYPE_PRIVILEGED_SOFTWARE_EXCEPTION;
        };
    }

    /** Whether the gate's privilege level counts. */
    boolean software() {
        return source == Source.INT || source == Source.INT3;
    }

    /** EXT of error codes that delivery itself raises (SDM vol. 3A, 7.13). */
    int external() {
        return software() ? 0 : 1;
    }

    boolean hasCode() {
        return source == Source.EXCEPTION && CpuFault.hasErrorCode(vector);
    }

    /** Whether it is a fault, whose instruction will be restarted. */
    boolean fault() {
        return source == Source.EXCEPTION
                && switch (vector) {
                    case CpuFault.DB, 2, CpuFault.BP, CpuFault.OF, 8, 18 -> false;
                    default -> true;
                };
    }

    /**
     * Whether an exception of this vector makes a double fault of a second one (SDM vol. 3A, table
     * 7-5).
     */
    static boolean contributory(int vector) {
        return switch (vector) {
            case CpuFault.DE, CpuFault.TS, CpuFault.NP, CpuFault.SS, CpuFault.GP -> true;
            default -> false;
        };
    }
}
