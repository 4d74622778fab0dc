package org.xenolith.hvm.build;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.firmware.boot.EntryState;

import java.util.Arrays;

/**
 * Puts the first processor, which has just been reset, into the state that a boot plan asks for.
 */
public final class Entry {
    private static final int FLAT_CODE = 0xc09b;
    private static final int FLAT_DATA = 0xc093;
    private static final int BUSY_TASK = 0x8b;
    private static final long FLAT_LIMIT = 0xffffffffL;
    private static final int TASK_LIMIT = 0x67;

    private Entry() {}

    /** Sets the registers. */
    public static void enter(Cpu cpu, EntryState state) {
        switch (state) {
            case EntryState.Reset reset -> {
                // The processor is as after RESET.
            }
            case EntryState.RealMode real -> enterReal(cpu, real);
            case EntryState.Flat32 flat -> enterFlat(cpu, flat);
        }
    }

    private static void enterReal(Cpu cpu, EntryState.RealMode real) {
        int access = cpu.segmentAccess[Cpu.CS];
        long limit = cpu.segmentLimit[Cpu.CS];
        cpu.setSegment(Cpu.CS, real.cs(), (long) real.cs() << 4, limit, access);
        cpu.rip = real.ip();
        Arrays.fill(cpu.regs, 0);
        cpu.regs[Cpu.RSP] = real.sp();
        cpu.regs[Cpu.RDX] = real.dl();
        cpu.gdtLimit = 0xffff;
        cpu.idtBase = 0;
        cpu.idtLimit = 0x3ff;
    }

    private static void enterFlat(Cpu cpu, EntryState.Flat32 flat) {
        cpu.cr0 = Cpu.CR0_PE | Cpu.CR0_ET;
        cpu.gdtBase = flat.gdtBase();
        cpu.gdtLimit = flat.gdtLimit();
        cpu.idtBase = 0;
        cpu.idtLimit = 0;
        cpu.setSegment(Cpu.CS, flat.codeSelector(), 0, FLAT_LIMIT, FLAT_CODE);
        for (int segment : new int[] {Cpu.ES, Cpu.SS, Cpu.DS, Cpu.FS, Cpu.GS}) {
            cpu.setSegment(segment, flat.dataSelector(), 0, FLAT_LIMIT, FLAT_DATA);
        }
        cpu.setSegment(Cpu.LDTR, 0, 0, 0, Cpu.ACCESS_UNUSABLE);
        cpu.setSegment(Cpu.TR, 0, 0, TASK_LIMIT, BUSY_TASK);
        Arrays.fill(cpu.regs, 0);
        cpu.regs[Cpu.RAX] = flat.eax() & 0xffffffffL;
        cpu.regs[Cpu.RBX] = flat.ebx() & 0xffffffffL;
        cpu.regs[Cpu.RSI] = flat.esi() & 0xffffffffL;
        cpu.rip = flat.eip() & 0xffffffffL;
        cpu.updateMode();
    }
}
