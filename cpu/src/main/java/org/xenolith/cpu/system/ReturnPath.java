package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Descriptor;

/** What far RET and IRET of protected and 64-bit mode check in common (SDM vol. 3A, 6.8.6). */
final class ReturnPath {
    private ReturnPath() {}

    /** The code segment to return to, which must not be more privileged. */
    static SegmentImage code(Cpu c, int cs) {
        SegmentImage code = SegmentImage.code(c, cs);
        int rpl = cs & 3;
        int dpl = Descriptor.dpl(code.descriptor());
        boolean fits = Descriptor.conforming(code.descriptor()) ? dpl <= rpl : dpl == rpl;
        if (rpl < c.cpl || !fits) {
            throw c.fault(CpuFault.GP, cs & 0xfffc);
        }
        return code.requirePresent(c);
    }

    /** The stack segment to return to; null only for 64-bit code at a level other than 3. */
    static SegmentImage stack(Cpu c, SegmentImage code, int ss, int cpl) {
        if ((ss & ~3) == 0 && c.longMode() && code.is64() && cpl != 3 && (ss & 3) == cpl) {
            return new SegmentImage(ss, 0);
        }
        return SegmentImage.stack(c, ss, cpl, CpuFault.GP);
    }

    /**
     * Sets the stack pointer after CS and SS: its width is that of the new stack, but no more than
     * {@code size} bytes have been popped.
     */
    static void setPointer(Cpu c, long sp, int size) {
        if ((c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64) {
            c.regs[Cpu.RSP] = sp;
        } else if ((c.mode & Cpu.MODE_STACK_32) != 0) {
            c.regs[Cpu.RSP] = sp & 0xffffffffL;
        } else {
            c.writeReg(Cpu.RSP, sp, 2);
        }
    }

    /** Empties data segment registers that the new privilege level may not use. */
    static void dropData(Cpu c) {
        for (int segment : new int[] {Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS}) {
            int access = c.segmentAccess[segment];
            int dpl = access >> Cpu.ACCESS_DPL_SHIFT & 3;
            boolean conforming = (access & 12) == 12;
            boolean usable = (access & Cpu.ACCESS_UNUSABLE) == 0;
            if (usable && dpl < c.cpl && !conforming) {
                // the hidden base stays, which 64-bit code of the outer level goes on using
                c.setSegment(segment, 0, c.segmentBase[segment], 0, Cpu.ACCESS_UNUSABLE);
            }
        }
    }
}
