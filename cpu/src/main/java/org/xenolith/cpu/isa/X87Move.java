package org.xenolith.cpu.isa;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.Rounding;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.FpuState;

/** x87 loads, stores, exchanges and constants. */
public final class X87Move {
    private X87Move() {}

    // ---- loads ---------------------------------------------------------------------------------

    /** FLD ST(i). */
    public static void fld(Cpu c, int rm) {
        if (X87State.empty(c, rm)) {
            if (!X87State.underflow(c)) {
                X87State.push(c, Real.indefinite());
            }
        } else if (X87State.roomToPush(c)) {
            FpuState f = c.fpu;
            int r = X87State.physical(f, rm);
            X87State.moveTop(c, -1);
            X87State.put(c, 0, f.signExponent[r], f.significand[r]);
        }
    }

    public static void fldM32(Cpu c, long ea) {
        loadNarrow(c, Real.ofFloat(c.load32(ea)));
    }

    public static void fldM64(Cpu c, long ea) {
        loadNarrow(c, Real.ofDouble(c.load64(ea)));
    }

    /** Widening is exact, but a signaling NaN or a denormal raises its exception. */
    private static void loadNarrow(Cpu c, Real r) {
        if (!X87State.roomToPush(c)) {
            return;
        }
        FloatStatus s = X87State.status(c);
        if (r.isNan()) {
            r = X87State.nan(r, s);
        } else if (r.denormal) {
            s.raise(FloatStatus.DE);
        }
        X87State.raise(c, s.flags);
        if (!X87State.blocked(s)) {
            X87State.push(c, r);
        }
    }

    public static void fldM80(Cpu c, long ea) {
        long significand = c.load64(ea);
        int signExponent = c.load16(ea + 8) & 0xffff;
        if (X87State.roomToPush(c)) {
            X87State.moveTop(c, -1);
            X87State.put(c, 0, signExponent, significand);
        }
    }

    public static void fildM16(Cpu c, long ea) {
        loadExact(c, Real.ofLong(c.load16(ea)));
    }

    public static void fildM32(Cpu c, long ea) {
        loadExact(c, Real.ofLong(c.load32(ea)));
    }

    public static void fildM64(Cpu c, long ea) {
        loadExact(c, Real.ofLong(c.load64(ea)));
    }

    private static void loadExact(Cpu c, Real r) {
        if (X87State.roomToPush(c)) {
            X87State.push(c, r);
        }
    }

    /** FBLD: 18 packed decimal digits and a sign. */
    public static void fbld(Cpu c, long ea) {
        long low = c.load64(ea);
        int high = c.load16(ea + 8);
        long value = 0;
        for (int i = 17; i >= 0; i--) {
            long digit = i >= 16 ? high >> 4 * (i - 16) & 15 : low >>> 4 * i & 15;
            value = value * 10 + digit;
        }
        Real r = Real.ofLong(value);
        r.negative = high < 0;
        loadExact(c, r);
    }

    // ---- constants, rounded as rounding control says -------------------------------------------

    public static void fld1(Cpu c) {
        loadExact(c, new Real(false, 0, 1L << 63));
    }

    public static void fldz(Cpu c) {
        loadExact(c, Real.zero(false));
    }

    public static void fldl2t(Cpu c) {
        constant(c, 1, 0xd49a784bcd1b8afeL, 0x492bf6ff4dafdb4dL);
    }

    public static void fldl2e(Cpu c) {
        constant(c, 0, 0xb8aa3b295c17f0bbL, 0xbe87fed0691d3e88L);
    }

    public static void fldpi(Cpu c) {
        constant(c, 1, 0xc90fdaa22168c234L, 0xc4c6628b80dc1cd1L);
    }

    public static void fldlg2(Cpu c) {
        constant(c, -2, 0x9a209a84fbcff798L, 0x8f8959ac0b7c9178L);
    }

    public static void fldln2(Cpu c) {
        constant(c, -1, 0xb17217f7d1cf79abL, 0xc9e3b39803f2f6afL);
    }

    private static void constant(Cpu c, int exponent, long high, long low) {
        if (X87State.roomToPush(c)) {
            Real r = new Real(false, exponent, high, low);
            Rounding.round(r, 64, Rounding.EXTENDED_MAX, X87State.status(c));
            X87State.push(c, r);
        }
    }

    // ---- stores --------------------------------------------------------------------------------

    /** FST ST(i). */
    public static void fst(Cpu c, int rm) {
        storeRegister(c, rm);
    }

    /** FSTP ST(i). */
    public static void fstp(Cpu c, int rm) {
        if (storeRegister(c, rm)) {
            X87State.pop(c);
        }
    }

    /** FSTP1 (undocumented): as FSTP, but an empty ST(0) is popped and nothing else happens. */
    public static void fstp1(Cpu c, int rm) {
        if (X87State.empty(c, 0)) {
            X87State.clearC1(c);
            X87State.pop(c);
        } else {
            fstp(c, rm);
        }
    }

    private static boolean storeRegister(Cpu c, int rm) {
        X87State.clearC1(c);
        if (X87State.empty(c, 0)) {
            if (X87State.underflow(c)) {
                return false;
            }
            X87State.put(c, rm, Real.indefinite());
            return true;
        }
        int r = X87State.physical(c.fpu, 0);
        X87State.put(c, rm, c.fpu.signExponent[r], c.fpu.significand[r]);
        return true;
    }

    public static void fstM32(Cpu c, long ea) {
        storeNarrow(c, ea, 4);
    }

    public static void fstpM32(Cpu c, long ea) {
        if (storeNarrow(c, ea, 4)) {
            X87State.pop(c);
        }
    }

    public static void fstM64(Cpu c, long ea) {
        storeNarrow(c, ea, 8);
    }

    public static void fstpM64(Cpu c, long ea) {
        if (storeNarrow(c, ea, 8)) {
            X87State.pop(c);
        }
    }

    private static boolean storeNarrow(Cpu c, long ea, int size) {
        c.checkWrite(ea, size);
        X87State.clearC1(c);
        Real r;
        if (X87State.empty(c, 0)) {
            if (X87State.underflow(c)) {
                return false;
            }
            r = Real.indefinite();
        } else {
            r = Real.copyOf(X87State.get(c, 0));
            FloatStatus s = X87State.status(c);
            if (r.isNan()) {
                r = X87State.nan(r, s);
            } else if (size == 4) {
                Rounding.toFloat(r, s);
            } else {
                Rounding.toDouble(r, s);
            }
            int fatal = FloatStatus.IE | FloatStatus.OE | FloatStatus.UE;
            if ((s.flags & ~s.masks & fatal) != 0) {
                X87State.raise(c, s.flags & ~FloatStatus.PE);
                return false;
            }
            X87State.setC1(c, s.roundedUp);
            X87State.raise(c, s.flags);
        }
        if (size == 4) {
            c.store32(ea, r.toFloat());
        } else {
            c.store64(ea, r.toDouble());
        }
        return true;
    }

    public static void fstpM80(Cpu c, long ea) {
        c.checkWrite(ea, 10);
        X87State.clearC1(c);
        long significand = 3L << 62;
        int signExponent = 0xffff;
        if (X87State.empty(c, 0)) {
            if (X87State.underflow(c)) {
                return;
            }
        } else {
            int r = X87State.physical(c.fpu, 0);
            significand = c.fpu.significand[r];
            signExponent = c.fpu.signExponent[r];
        }
        c.store64(ea, significand);
        c.store16(ea + 8, (short) signExponent);
        X87State.pop(c);
    }

    public static void fistM16(Cpu c, long ea) {
        storeInteger(c, ea, 2, false);
    }

    public static void fistM32(Cpu c, long ea) {
        storeInteger(c, ea, 4, false);
    }

    public static void fistpM16(Cpu c, long ea) {
        if (storeInteger(c, ea, 2, false)) {
            X87State.pop(c);
        }
    }

    public static void fistpM32(Cpu c, long ea) {
        if (storeInteger(c, ea, 4, false)) {
            X87State.pop(c);
        }
    }

    public static void fistpM64(Cpu c, long ea) {
        if (storeInteger(c, ea, 8, false)) {
            X87State.pop(c);
        }
    }

    public static void fisttpM16(Cpu c, long ea) {
        if (storeInteger(c, ea, 2, true)) {
            X87State.pop(c);
        }
    }

    public static void fisttpM32(Cpu c, long ea) {
        if (storeInteger(c, ea, 4, true)) {
            X87State.pop(c);
        }
    }

    public static void fisttpM64(Cpu c, long ea) {
        if (storeInteger(c, ea, 8, true)) {
            X87State.pop(c);
        }
    }

    private static boolean storeInteger(Cpu c, long ea, int size, boolean truncate) {
        c.checkWrite(ea, size);
        X87State.clearC1(c);
        long value = -1L << 8 * size - 1;
        if (X87State.empty(c, 0)) {
            if (X87State.underflow(c)) {
                return false;
            }
        } else {
            FloatStatus s = X87State.status(c);
            if (truncate) {
                s.rounding = FloatStatus.TO_ZERO;
            }
            value = Rounding.toInteger(X87State.get(c, 0), 8 * size, s);
            X87State.setC1(c, s.roundedUp);
            X87State.raise(c, s.flags);
            if (X87State.blocked(s)) {
                return false;
            }
        }
        c.store(ea, value, size);
        return true;
    }

    /** FBSTP: an unrepresentable value stores the packed decimal indefinite. */
    public static void fbstp(Cpu c, long ea) {
        c.checkWrite(ea, 10);
        X87State.clearC1(c);
        long low = 0xc000000000000000L;
        int high = 0xffff;
        if (X87State.empty(c, 0)) {
            if (X87State.underflow(c)) {
                return;
            }
        } else {
            FloatStatus s = X87State.status(c);
            Real r = X87State.get(c, 0);
            long value = Rounding.toInteger(r, 64, s);
            if (value == Long.MIN_VALUE || Math.abs(value) > 999_999_999_999_999_999L) {
                s.flags = FloatStatus.IE;
                s.roundedUp = false;
            }
            X87State.setC1(c, s.roundedUp);
            X87State.raise(c, s.flags);
            if (X87State.blocked(s)) {
                return;
            }
            if ((s.flags & FloatStatus.IE) == 0) {
                long magnitude = Math.abs(value);
                low = decimal(magnitude % 10_000_000_000_000_000L, 16);
                high = (int) decimal(magnitude / 10_000_000_000_000_000L, 2);
                high |= r.negative ? 0x8000 : 0;
            }
        }
        c.store64(ea, low);
        c.store16(ea + 8, (short) high);
        X87State.pop(c);
    }

    private static long decimal(long value, int digits) {
        long r = 0;
        for (int i = 0; i < digits; i++) {
            r |= value % 10 << 4 * i;
            value /= 10;
        }
        return r;
    }

    // ---- between registers ---------------------------------------------------------------------

    public static void fxch(Cpu c, int rm) {
        X87State.clearC1(c);
        boolean empty0 = X87State.empty(c, 0);
        boolean emptyI = X87State.empty(c, rm);
        if (empty0 || emptyI) {
            if (X87State.underflow(c)) {
                return;
            }
            if (empty0) {
                X87State.put(c, 0, Real.indefinite());
            }
            if (emptyI) {
                X87State.put(c, rm, Real.indefinite());
            }
        }
        FpuState f = c.fpu;
        int a = X87State.physical(f, 0);
        int b = X87State.physical(f, rm);
        int signExponent = f.signExponent[a];
        long significand = f.significand[a];
        X87State.put(c, 0, f.signExponent[b], f.significand[b]);
        X87State.put(c, rm, signExponent, significand);
    }

    public static void fcmovb(Cpu c, int rm) {
        move(c, rm, Flags.test(c, 2));
    }

    public static void fcmove(Cpu c, int rm) {
        move(c, rm, Flags.test(c, 4));
    }

    public static void fcmovbe(Cpu c, int rm) {
        move(c, rm, Flags.test(c, 6));
    }

    public static void fcmovu(Cpu c, int rm) {
        move(c, rm, Flags.test(c, 10));
    }

    public static void fcmovnb(Cpu c, int rm) {
        move(c, rm, Flags.test(c, 3));
    }

    public static void fcmovne(Cpu c, int rm) {
        move(c, rm, Flags.test(c, 5));
    }

    public static void fcmovnbe(Cpu c, int rm) {
        move(c, rm, Flags.test(c, 7));
    }

    public static void fcmovnu(Cpu c, int rm) {
        move(c, rm, Flags.test(c, 11));
    }

    private static void move(Cpu c, int rm, boolean condition) {
        if (X87State.empty(c, 0) || X87State.empty(c, rm)) {
            if (!X87State.underflow(c)) {
                X87State.put(c, 0, Real.indefinite());
            }
        } else if (condition) {
            int r = X87State.physical(c.fpu, rm);
            X87State.put(c, 0, c.fpu.signExponent[r], c.fpu.significand[r]);
        }
    }
}
