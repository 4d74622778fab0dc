package org.xenolith.cpu.softfloat;

/**
 * How one operation rounds, and the exceptions it met. The flag bits are those of MXCSR and of the
 * x87 status word.
 */
public final class FloatStatus {
    /** Invalid operation. */
    public static final int IE = 1;

    /** Denormal operand. */
    public static final int DE = 2;

    /** Zero divide. */
    public static final int ZE = 4;

    /** Overflow. */
    public static final int OE = 8;

    /** Underflow. */
    public static final int UE = 16;

    /** Inexact result. */
    public static final int PE = 32;

    public static final int NEAREST = 0;
    public static final int DOWN = 1;
    public static final int UP = 2;
    public static final int TO_ZERO = 3;

    /** {@link #NEAREST}, {@link #DOWN}, {@link #UP} or {@link #TO_ZERO}. */
    public int rounding;

    /** Masked exceptions: a bit that is set lets the operation deliver its default result. */
    public int masks = 0x3f;

    /** Tiny results become zero while underflow is masked. */
    public boolean flushToZero;

    /**
     * Added to or taken from the exponent when underflow or overflow is not masked; 0 where such a
     * result is not delivered.
     */
    public int wrap;

    /** Exceptions met so far. */
    public int flags;

    /** The last rounding went away from zero. */
    public boolean roundedUp;

    public FloatStatus() {}

    public FloatStatus(int rounding, int masks) {
        this.rounding = rounding;
        this.masks = masks;
    }

    public void raise(int flag) {
        flags |= flag;
    }

    boolean masked(int flag) {
        return (masks & flag) != 0;
    }
}
