package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.FpuState;

import java.util.Arrays;

/** Power-on, INIT and start-up (SDM vol. 3A, 10.1 and 10.4). */
public final class ProcessorReset {
    private static final int CODE = 0x9b;
    private static final int DATA = 0x93;
    private static final int LDT = 0x82;
    private static final int TSS = 0x8b;
    private static final int LIMIT = 0xffff;
    private static final long RESET_BASE = 0xffff0000L;
    private static final int RESET_IP = 0xfff0;
    private static final int CACHE_FLAGS = Cpu.CR0_CD | Cpu.CR0_NW;
    private static final int X87_CONTROL = 0x40;
    private static final int X87_TAGS = 0x5555;
    private static final int MXCSR = 0x1f80;

    private ProcessorReset() {}

    /**
     * Power-on state.
     *
     * @param signature what EDX holds: family, model and stepping as CPUID gives them
     */
    public static void powerOn(Cpu c, int signature) {
        c.efer = 0;
        c.cr0 = CACHE_FLAGS | Cpu.CR0_ET;
        c.xcr0 = 1;
        c.xss = 0;
        c.star = 0;
        c.lstar = 0;
        c.cstar = 0;
        c.fmask = 0;
        c.sysenterCs = 0;
        c.sysenterEsp = 0;
        c.sysenterEip = 0;
        c.kernelGsBase = 0;
        c.tscAux = 0;
        c.tscOffset = 0;
        resetFpu(c.fpu);
        c.pins = 0;
        c.branches.control(0);
        common(c, signature);
        c.waitsForStartup = false;
    }

    /**
     * INIT: as power-on, but for MSRs other than IA32_EFER, the FPU, the TSC and the cache flags of
     * CR0. The bootstrap processor starts at the reset vector at once; others wait for a start-up
     * IPI.
     *
     * @param waits whether this processor then waits
     */
    public static void init(Cpu c, int signature, boolean waits) {
        c.cr0 = c.cr0 & CACHE_FLAGS | Cpu.CR0_ET;
        c.efer = 0;
        common(c, signature);
        c.waitsForStartup = waits;
    }

    /** Start-up IPI: CS:IP becomes page:0 in 8086 terms. */
    public static void startUp(Cpu c, int page) {
        c.setSegment(Cpu.CS, page << 8, (long) page << 12, LIMIT, CODE);
        c.rip = 0;
        c.waitsForStartup = false;
        c.halted = false;
    }

    private static void resetFpu(FpuState fpu) {
        Arrays.fill(fpu.vec, 0);
        Arrays.fill(fpu.significand, 0);
        Arrays.fill(fpu.signExponent, 0);
        fpu.control = X87_CONTROL;
        fpu.status = 0;
        fpu.tag = X87_TAGS;
        fpu.lastOpcode = 0;
        fpu.lastIp = 0;
        fpu.lastCs = 0;
        fpu.lastDp = 0;
        fpu.lastDs = 0;
        fpu.ignored = false;
        fpu.forget();
        fpu.mxcsr = MXCSR;
    }

    private static void common(Cpu c, int signature) {
        c.cr2 = 0;
        c.cr4 = 0;
        c.pkru = 0;
        Arrays.fill(c.regs, 0);
        c.regs[Cpu.RDX] = signature & 0xffffffffL;
        Flags.set(c, 2);
        c.cpl = 0;
        for (int segment = Cpu.ES; segment <= Cpu.GS; segment++) {
            c.setSegment(segment, 0, 0, LIMIT, DATA);
        }
        c.setSegment(Cpu.CS, 0xf000, RESET_BASE, LIMIT, CODE);
        c.setSegment(Cpu.LDTR, 0, 0, LIMIT, LDT);
        c.setSegment(Cpu.TR, 0, 0, LIMIT, TSS);
        c.rip = RESET_IP;
        c.gdtBase = 0;
        c.gdtLimit = LIMIT;
        c.idtBase = 0;
        c.idtLimit = LIMIT;
        Arrays.fill(c.debug, 0);
        c.debug[6] = DebugRegisters.DR6_RESET;
        c.setDebug(7, DebugRegisters.DR7_RESET);
        c.halted = false;
        c.monitor.disarm();
        c.shutdown = false;
        c.nmiBlocked = false;
        c.nmiLatched = false;
        c.shadowUntil = 0;
        c.debugShadowUntil = 0;
        c.setCr3(0);
        c.updatePaging();
    }
}
