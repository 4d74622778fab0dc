package org.xenolith.hvm.vcpu;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.system.ControlRegisters;
import org.xenolith.xen.hypercall.Errno;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Registers with which a guest starts a processor by VCPUOP_initialise, in place of INIT and
 * start-up IPI (struct vcpu_hvm_context, public/hvm/hvm_vcpu.h): 32-bit registers with segments, or
 * 64-bit registers in flat segments. What it leaves out is as after INIT.
 */
public final class VcpuHvmContext {
    /** Size in bytes. */
    public static final int LENGTH = 128;

    private static final int MODE_32 = 0;
    private static final int MODE_64 = 1;
    private static final int PAD = 4;
    private static final int REGISTERS = 8;

    private static final int PAD_32 = 60;
    private static final int SEGMENT_BASES = 72;
    private static final int SEGMENT_LIMITS = 92;
    private static final int SEGMENT_RIGHTS = 112;
    private static final int RIGHTS_END = 122;
    private static final int[] ORDER = {Cpu.CS, Cpu.DS, Cpu.SS, Cpu.ES, Cpu.TR};

    private static final int CODE_64 = 0xa09b;
    private static final int FLAT_DATA = 0xc093;
    private static final int BUSY_TASK = 0x8b;
    private static final int TASK_LIMIT = 0x67;
    private static final long FLAT = 0xffffffffL;

    private static final int ACCESSED = 1;
    private static final int WRITABLE = 2;
    private static final int CODE = 8;
    private static final int NOT_SYSTEM = 0x10;
    private static final int PRESENT = 0x80;
    private static final int GRANULARITY = 0x8000;

    /** L and D/B, which exclude each other. */
    private static final int CODE_64_32 = 0x6000;

    private static final int UNUSED_RIGHTS = 0xf000;

    private static final int EFER = 0xc0000080;

    /** What RFLAGS may hold at the start: virtual-8086 mode takes other segments. */
    private static final long FLAGS = 0x3d7fd7L;

    private final ByteBuffer bytes;

    /**
     * Wraps a context.
     *
     * @param context {@link #LENGTH} bytes
     */
    public VcpuHvmContext(byte[] context) {
        bytes = ByteBuffer.wrap(context).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A combination that no processor can be in. */
    private static final class Invalid extends Exception {
        private Invalid() {
            super("invalid context");
        }
    }

    private static void require(boolean valid) throws Invalid {
        if (!valid) {
            throw new Invalid();
        }
    }

    /**
     * Loads the registers into a processor that is as after INIT.
     *
     * @return 0, or -EINVAL, after which it must go through INIT again
     */
    public int load(Cpu cpu) {
        try {
            require(bytes.getInt(PAD) == 0);
            switch (bytes.getInt(0)) {
                case MODE_32 -> load32(cpu);
                case MODE_64 -> load64(cpu);
                default -> throw new Invalid();
            }
            cpu.updateMode();
            cpu.updatePaging();
            cpu.waitsForStartup = false;
            cpu.halted = false;
            return 0;
        } catch (Invalid | CpuFault e) {
            return -Errno.EINVAL;
        }
    }

    private long word(int offset) {
        return bytes.getInt(offset) & 0xffffffffL;
    }

    private void load32(Cpu cpu) throws Invalid {
        require(bytes.getInt(PAD_32) == 0);
        require(bytes.getInt(RIGHTS_END) == 0 && bytes.getShort(RIGHTS_END + 4) == 0);
        for (int register = Cpu.RAX; register <= Cpu.RDI; register++) {
            cpu.regs[register] = word(REGISTERS + 4 * register);
        }
        cpu.rip = word(40);
        Flags.set(cpu, word(44) & FLAGS);
        control(cpu, word(48), word(52), word(56), bytes.getLong(64));
        for (int i = 0; i < ORDER.length; i++) {
            loadSegment(cpu, i);
        }
        int code = cpu.segmentAccess[Cpu.CS];
        cpu.cpl = privilege(code);
        long limit = cpu.segmentLimit[Cpu.CS];
        require(cpu.rip <= ((code & GRANULARITY) != 0 ? limit << 12 & FLAT | 0xfff : limit));
        require(privilege(cpu.segmentAccess[Cpu.SS]) == cpu.cpl);
        require(reaches(cpu, Cpu.DS) && reaches(cpu, Cpu.ES));
        require(cpu.cpl == 0 || !cpu.realMode());
        require(!cpu.longMode() || (code & CODE_64_32) != CODE_64_32);
    }

    private static int privilege(int access) {
        return access >> 5 & 3;
    }

    private static boolean reaches(Cpu cpu, int segment) {
        int access = cpu.segmentAccess[segment];
        return (access & Cpu.ACCESS_UNUSABLE) != 0 || privilege(access) <= cpu.cpl;
    }

    /** Rights are packed as in a descriptor, without the gap that hidden parts have here. */
    private void loadSegment(Cpu cpu, int index) throws Invalid {
        int segment = ORDER[index];
        int rights = bytes.getShort(SEGMENT_RIGHTS + 2 * index) & 0xffff;
        require((rights & UNUSED_RIGHTS) == 0);
        boolean optional = segment == Cpu.DS || segment == Cpu.ES;
        if (rights == 0 && optional) {
            cpu.setSegment(segment, 0, 0, 0, Cpu.ACCESS_UNUSABLE);
            return;
        }
        int type = rights & 15;
        boolean fits =
                switch (segment) {
                    case Cpu.CS -> (type & CODE) != 0;
                    case Cpu.SS -> (type & (CODE | WRITABLE)) == WRITABLE;
                    case Cpu.TR -> (type | WRITABLE) == (BUSY_TASK & 15);
                    default -> (type & (CODE | WRITABLE)) != CODE;
                };
        boolean system = (rights & NOT_SYSTEM) == 0;
        require(fits && system == (segment == Cpu.TR) && (rights & PRESENT) != 0);
        int access = rights & 0xff | (rights & 0xf00) << 4;
        cpu.setSegment(
                segment,
                0,
                word(SEGMENT_BASES + 4 * index),
                word(SEGMENT_LIMITS + 4 * index),
                access | (system ? WRITABLE : ACCESSED));
    }

    private void load64(Cpu cpu) throws Invalid {
        for (int register = Cpu.RAX; register <= Cpu.RDI; register++) {
            cpu.regs[register] = bytes.getLong(REGISTERS + 8 * register);
        }
        cpu.rip = bytes.getLong(72);
        Flags.set(cpu, bytes.getLong(80) & FLAGS);
        long cr0 = bytes.getLong(88);
        long cr4 = bytes.getLong(104);
        long efer = bytes.getLong(112);
        require((cr0 & Cpu.CR0_PG) != 0 && (cr4 & Cpu.CR4_PAE) != 0);
        require((efer & Cpu.EFER_LME) != 0);
        control(cpu, cr0, bytes.getLong(96), cr4, efer);
        require(cpu.canonical(cpu.rip));
        cpu.setSegment(Cpu.CS, 0, 0, FLAT, CODE_64);
        for (int segment : new int[] {Cpu.DS, Cpu.SS, Cpu.ES}) {
            cpu.setSegment(segment, 0, 0, FLAT, FLAT_DATA);
        }
        cpu.setSegment(Cpu.TR, 0, 0, TASK_LIMIT, BUSY_TASK);
        cpu.cpl = 0;
    }

    /**
     * In the order in which software would: each register is checked as if it were.
     *
     * @throws CpuFault for what MOV and WRMSR refuse
     */
    private static void control(Cpu cpu, long cr0, long cr3, long cr4, long efer) throws Invalid {
        boolean active = (efer & Cpu.EFER_LMA) != 0;
        require(!active || (efer & Cpu.EFER_LME) != 0);
        cpu.msrs.write(EFER, efer & ~(long) Cpu.EFER_LMA);
        ControlRegisters.write(cpu, 3, cr3);
        ControlRegisters.write(cpu, 4, cr4 & ~(long) Cpu.CR4_PCIDE);
        ControlRegisters.write(cpu, 0, cr0);
        ControlRegisters.write(cpu, 4, cr4);
    }
}
