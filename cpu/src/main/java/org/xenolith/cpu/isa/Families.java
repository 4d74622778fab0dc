package org.xenolith.cpu.isa;

import java.util.List;

/** The classes whose public methods the opcode table may name. */
public final class Families {
    /** All instruction families. */
    public static final List<Class<?>> ALL =
            List.of(
                    Aes.class,
                    Arithmetic.class,
                    AvxGather.class,
                    AvxMove.class,
                    BitManipulation.class,
                    BitOps.class,
                    ControlRegisterOps.class,
                    ControlTransfer.class,
                    DataTransfer.class,
                    DecimalAdjust.class,
                    Descriptors.class,
                    DirectStores.class,
                    ExtendedState.class,
                    FarTransfer.class,
                    FusedMultiply.class,
                    FxState.class,
                    GaloisField.class,
                    HalfFloat.class,
                    Logic.class,
                    Mmx.class,
                    MmxInteger.class,
                    MonitorOps.class,
                    MulDiv.class,
                    Ports.class,
                    Sha.class,
                    ShiftRotate.class,
                    SseArithmetic.class,
                    SseBlend.class,
                    SseCompare.class,
                    SseControl.class,
                    SseConvert.class,
                    SseInteger.class,
                    SseMove.class,
                    SseRound.class,
                    SseShift.class,
                    SseShuffle.class,
                    SseString.class,
                    Stack.class,
                    Strings.class,
                    SystemOps.class,
                    VmxOps.class,
                    X87Arithmetic.class,
                    X87Compare.class,
                    X87Control.class,
                    X87Move.class,
                    X87Transcendental.class,
                    X87Unary.class);

    private Families() {}
}
