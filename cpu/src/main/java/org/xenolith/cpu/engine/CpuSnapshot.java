package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.FpuState;

import java.util.List;

/** The state of a processor as far as instructions that a translation may contain can change it. */
final class CpuSnapshot {
    /** The general registers in encoding order. */
    static final List<String> NAMES =
            List.of(
                    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10",
                    "r11", "r12", "r13", "r14", "r15");

    private static final List<String> SEGMENTS =
            List.of("es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr");
    private static final int VISIBLE_LANES = FpuState.SCRATCH * FpuState.LANES;

    private final long[] regs = new long[16];
    private long rip;
    private long blockRip;
    private int flagKind;
    private long flagA;
    private long flagB;
    private long flagR;
    private long eflags;
    private long flags;
    private long instructions;

    private final int[] selector = new int[SEGMENTS.size()];
    private final long[] base = new long[SEGMENTS.size()];
    private int cpl;
    private int mode;
    private long cr2;
    private long random;
    private long idleTime;
    private long shadowUntil;
    private long debugShadowUntil;
    private boolean stop;

    private final long[] vec = new long[18 * FpuState.LANES];
    private final long[] significand = new long[8];
    private final int[] signExponent = new int[8];
    private int control;
    private int status;
    private int tag;
    private int mxcsr;
    private int lastOpcode;
    private long lastIp;
    private int lastCs;
    private long lastDp;
    private int lastDs;
    private int recorded;
    private long recordedIp;
    private long recordedDp;
    private int recordedSegment;

    /** Retired instructions. */
    long instructions() {
        return instructions;
    }

    void save(Cpu cpu) {
        System.arraycopy(cpu.regs, 0, regs, 0, regs.length);
        rip = cpu.rip;
        blockRip = cpu.blockRip;
        flagKind = cpu.flagKind;
        flagA = cpu.flagA;
        flagB = cpu.flagB;
        flagR = cpu.flagR;
        eflags = cpu.eflags;
        flags = Flags.get(cpu);
        instructions = cpu.instructions;
        System.arraycopy(cpu.selector, 0, selector, 0, selector.length);
        System.arraycopy(cpu.segmentBase, 0, base, 0, base.length);
        cpl = cpu.cpl;
        mode = cpu.mode;
        cr2 = cpu.cr2;
        random = cpu.random.state();
        idleTime = cpu.idleTime;
        shadowUntil = cpu.shadowUntil;
        debugShadowUntil = cpu.debugShadowUntil;
        stop = cpu.stop;
        saveFpu(cpu.fpu);
    }

    private void saveFpu(FpuState fpu) {
        System.arraycopy(fpu.vec, 0, vec, 0, vec.length);
        System.arraycopy(fpu.significand, 0, significand, 0, significand.length);
        System.arraycopy(fpu.signExponent, 0, signExponent, 0, signExponent.length);
        control = fpu.control;
        status = fpu.status;
        tag = fpu.tag;
        mxcsr = fpu.mxcsr;
        lastOpcode = fpu.lastOpcode;
        lastIp = fpu.lastIp;
        lastCs = fpu.lastCs;
        lastDp = fpu.lastDp;
        lastDs = fpu.lastDs;
        recorded = fpu.recorded;
        recordedIp = fpu.recordedIp;
        recordedDp = fpu.recordedDp;
        recordedSegment = fpu.recordedSegment;
    }

    /** Gives the processor this state; it must not have changed more than may be. */
    void restore(Cpu cpu) {
        System.arraycopy(regs, 0, cpu.regs, 0, regs.length);
        cpu.rip = rip;
        cpu.blockRip = blockRip;
        cpu.flagKind = flagKind;
        cpu.flagA = flagA;
        cpu.flagB = flagB;
        cpu.flagR = flagR;
        cpu.eflags = eflags;
        cpu.instructions = instructions;
        System.arraycopy(selector, 0, cpu.selector, 0, selector.length);
        System.arraycopy(base, 0, cpu.segmentBase, 0, base.length);
        cpu.cpl = cpl;
        cpu.mode = mode;
        cpu.cr2 = cr2;
        cpu.random.seed(random);
        cpu.idleTime = idleTime;
        cpu.shadowUntil = shadowUntil;
        cpu.debugShadowUntil = debugShadowUntil;
        cpu.stop |= stop; // another thread may have set it
        restoreFpu(cpu.fpu);
    }

    private void restoreFpu(FpuState fpu) {
        System.arraycopy(vec, 0, fpu.vec, 0, vec.length);
        System.arraycopy(significand, 0, fpu.significand, 0, significand.length);
        System.arraycopy(signExponent, 0, fpu.signExponent, 0, signExponent.length);
        fpu.control = control;
        fpu.status = status;
        fpu.tag = tag;
        fpu.mxcsr = mxcsr;
        fpu.lastOpcode = lastOpcode;
        fpu.lastIp = lastIp;
        fpu.lastCs = lastCs;
        fpu.lastDp = lastDp;
        fpu.lastDs = lastDs;
        fpu.recorded = recorded;
        fpu.recordedIp = recordedIp;
        fpu.recordedDp = recordedDp;
        fpu.recordedSegment = recordedSegment;
    }

    /**
     * Says in which registers two states differ, a line for each; empty if in none.
     *
     * @param translated what the translation has come to; this is the interpreter's
     */
    String differences(CpuSnapshot translated) {
        CpuSnapshot t = translated;
        StringBuilder s = new StringBuilder();
        differ(s, "rip", rip, t.rip);
        differ(s, "instructions", instructions, t.instructions);
        for (int i = 0; i < regs.length; i++) {
            differ(s, NAMES.get(i), regs[i], t.regs[i]);
        }
        differ(s, "rflags", flags, t.flags);
        for (int i = 0; i < selector.length; i++) {
            differ(s, SEGMENTS.get(i), selector[i], t.selector[i]);
            differ(s, SEGMENTS.get(i) + " base", base[i], t.base[i]);
        }
        differ(s, "cpl", cpl, t.cpl);
        differ(s, "mode", mode, t.mode);
        differ(s, "random sequence", random, t.random);
        differ(s, "idle time", idleTime, t.idleTime);
        differ(s, "interrupt shadow", shadowUntil, t.shadowUntil);
        differ(s, "debug shadow", debugShadowUntil, t.debugShadowUntil);
        for (int i = 0; i < VISIBLE_LANES; i++) {
            String name = "ymm%d[%d]".formatted(i / FpuState.LANES, i % FpuState.LANES);
            differ(s, name, vec[i], t.vec[i]);
        }
        for (int i = 0; i < significand.length; i++) {
            differ(s, "x87 R" + i, significand[i], t.significand[i]);
            differ(s, "x87 R%d exponent".formatted(i), signExponent[i], t.signExponent[i]);
        }
        differ(s, "x87 control word", control, t.control);
        differ(s, "x87 status word", status, t.status);
        differ(s, "x87 tag word", tag, t.tag);
        differ(s, "mxcsr", mxcsr, t.mxcsr);
        differ(s, "fop", lastOpcode, t.lastOpcode);
        differ(s, "fip", lastIp, t.lastIp);
        differ(s, "fcs", lastCs, t.lastCs);
        differ(s, "fdp", lastDp, t.lastDp);
        differ(s, "fds", lastDs, t.lastDs);
        differ(s, "recorded fop", recorded, t.recorded);
        differ(s, "recorded fip", recordedIp, t.recordedIp);
        differ(s, "recorded fdp", recordedDp, t.recordedDp);
        differ(s, "recorded fds", recordedSegment, t.recordedSegment);
        return s.toString();
    }

    private static void differ(StringBuilder s, String what, long interpreted, long translated) {
        if (interpreted != translated) {
            s.append(
                    "  %-18s interpreted %16x  translated %16x%n"
                            .formatted(what, interpreted, translated));
        }
    }
}
