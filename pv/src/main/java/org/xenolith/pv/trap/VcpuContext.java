package org.xenolith.pv.trap;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.mm.PvMemory;
import org.xenolith.pv.trap.state.Addresses;
import org.xenolith.pv.trap.state.Selectors;
import org.xenolith.pv.trap.state.TrapTable;
import org.xenolith.pv.trap.state.VcpuState;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code struct vcpu_guest_context} of a 64-bit guest (public/arch-x86/xen.h): the state that
 * VCPUOP_initialise gives a processor. Everything is checked before anything changes, but for the
 * GDT, which stays if only the page table is refused.
 */
public final class VcpuContext {
    /** Size in bytes. */
    public static final int LENGTH = 5168;

    private static final int FLAGS = 512;
    private static final int USER_REGS = 520;
    private static final int RIP = USER_REGS + 128;
    private static final int CS = USER_REGS + 136;
    private static final int RFLAGS = USER_REGS + 144;
    private static final int RSP = USER_REGS + 152;
    private static final int SS = USER_REGS + 160;
    private static final int ES = USER_REGS + 168;
    private static final int DS = USER_REGS + 176;
    private static final int FS = USER_REGS + 184;
    private static final int GS = USER_REGS + 192;
    private static final int TRAPS = 720;
    private static final int LDT_BASE = 4816;
    private static final int LDT_ENTRIES = 4824;
    private static final int GDT_FRAMES = 4832;
    private static final int GDT_ENTRIES = 4960;
    private static final int KERNEL_SP = 4976;
    private static final int CONTROL = 4984;
    private static final int DEBUG = 5048;
    private static final int EVENT = 5112;
    private static final int FAILSAFE = 5120;
    private static final int SYSCALL = 5128;
    private static final int FS_BASE = 5144;
    private static final int GS_BASE_KERNEL = 5152;
    private static final int GS_BASE_USER = 5160;

    private static final int TRAP_INFO_BYTES = 16;
    private static final int MAX_LDT_ENTRIES = 8192;

    /** VGCF_* bits of the flags. */
    private static final long I387_VALID = 1;

    private static final long IN_KERNEL = 1 << 2;
    private static final long FAILSAFE_MASKS_EVENTS = 1 << 3;
    private static final long SYSCALL_MASKS_EVENTS = 1 << 4;

    /** Slots of user_regs, in order, as register numbers of the processor. */
    private static final int[] ORDER = {
        Registers.R15,
        Registers.R14,
        Registers.R13,
        Registers.R12,
        Registers.RBP,
        Registers.RBX,
        Registers.R11,
        Registers.R10,
        Registers.R9,
        Registers.R8,
        Registers.RAX,
        Registers.RCX,
        Registers.RDX,
        Registers.RSI,
        Registers.RDI
    };

    private static final int[] MUST_BE_CANONICAL = {
        RIP, RSP, KERNEL_SP, FS_BASE, GS_BASE_KERNEL, GS_BASE_USER, EVENT, SYSCALL, FAILSAFE
    };

    private final byte[] bytes;
    private final ByteBuffer context;
    private final long flags;

    /**
     * Wraps a context.
     *
     * @param bytes {@link #LENGTH} of them
     */
    public VcpuContext(byte[] bytes) {
        this.bytes = bytes;
        context = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        flags = context.getLong(FLAGS);
    }

    /**
     * Loads the context into a processor that has never run.
     *
     * @return 0 or -EINVAL
     */
    public long load(Vcpu vcpu, PvMemory memory) {
        PvSupervisor supervisor = TrapHypercalls.supervisor(vcpu);
        VcpuState state = supervisor.state();
        if (!valid()) {
            return -Errno.EINVAL;
        }
        long[] frames = new long[(gdtEntries() + 511) / 512];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = context.getLong(GDT_FRAMES + 8 * i);
        }
        if (memory.setGdt(vcpu, frames, gdtEntries()) != 0
                || memory.setLdt(
                                vcpu, context.getLong(LDT_BASE), (int) context.getLong(LDT_ENTRIES))
                        != 0
                || memory.newBaseptr(vcpu, context.getLong(CONTROL + 24) >>> 12) != 0) {
            return -Errno.EINVAL;
        }
        long userRoot = context.getLong(CONTROL + 8);
        if (userRoot != 0 && memory.newUserBaseptr(vcpu, userRoot >>> 12) != 0) {
            return -Errno.EINVAL;
        }
        loadEntryPoints(state);
        loadRegisters(state);
        loadSegments(vcpu, memory, supervisor);
        return 0;
    }

    private int gdtEntries() {
        return (int) context.getLong(GDT_ENTRIES);
    }

    private boolean valid() {
        for (int at : MUST_BE_CANONICAL) {
            if (!Addresses.canonical(context.getLong(at))) {
                return false;
            }
        }
        for (int v = 0; v < TrapTable.SIZE; v++) {
            if (!Addresses.canonical(context.getLong(TRAPS + TRAP_INFO_BYTES * v + 8))) {
                return false;
            }
        }
        for (int i = 0; i < 4; i++) {
            if (!Addresses.allowed(context.getLong(DEBUG + 8 * i))) {
                return false;
            }
        }
        long ldt = context.getLong(LDT_BASE);
        return inRange(context.getLong(LDT_ENTRIES), MAX_LDT_ENTRIES)
                && (ldt & 4095) == 0
                && Addresses.allowed(ldt)
                && inRange(context.getLong(GDT_ENTRIES), ProcessorHypercalls.MAX_GDT_ENTRIES)
                && context.getLong(DEBUG + 48) >>> 32 == 0
                && context.getLong(DEBUG + 56) >>> 32 == 0
                && ((flags & IN_KERNEL) != 0 || context.getLong(CONTROL + 8) != 0);
    }

    private static boolean inRange(long value, long most) {
        return value >= 0 && value <= most;
    }

    private void loadEntryPoints(VcpuState state) {
        for (int v = 0; v < TrapTable.SIZE; v++) {
            int at = TRAPS + TRAP_INFO_BYTES * v;
            state.traps.set(v, bytes[at + 1], context.getLong(at + 8));
        }
        state.event.set(context.getLong(EVENT), true);
        state.failsafe.set(context.getLong(FAILSAFE), (flags & FAILSAFE_MASKS_EVENTS) != 0);
        state.syscall.set(context.getLong(SYSCALL), (flags & SYSCALL_MASKS_EVENTS) != 0);
        state.kernelSp = context.getLong(KERNEL_SP);
    }

    private void loadRegisters(VcpuState state) {
        Cpu cpu = state.cpu;
        for (int i = 0; i < ORDER.length; i++) {
            cpu.regs[ORDER[i]] = context.getLong(USER_REGS + 8 * i);
        }
        cpu.rip = context.getLong(RIP);
        cpu.regs[Registers.RSP] = context.getLong(RSP);
        long rflags = context.getLong(RFLAGS);
        state.iopl = (int) rflags & Flags.IOPL;
        Flags.set(cpu, rflags & Iret.SETTABLE | Flags.IF);
        cpu.privilegeChanged(); // alignment may be checked
        state.control.taskSwitched((context.getLong(CONTROL) & Cpu.CR0_TS) != 0);
        state.control.cr2 = context.getLong(CONTROL + 16);
        state.control.cr4(context.getLong(CONTROL + 32));
        state.debug.reset();
        for (int i : new int[] {0, 1, 2, 3, 6, 7}) {
            state.debug.set(i, context.getLong(DEBUG + 8 * i));
        }
        if ((flags & I387_VALID) != 0) {
            FxsaveImage.load(bytes, 0, cpu.fpu);
        }
    }

    /** Selectors that cannot be loaded become null, and the guest hears of it by its failsafe. */
    private void loadSegments(Vcpu vcpu, PvMemory memory, PvSupervisor supervisor) {
        VcpuState state = supervisor.state();
        Cpu cpu = vcpu.cpu;
        int ds = context.getShort(DS) & 0xffff;
        int es = context.getShort(ES) & 0xffff;
        int fs = context.getShort(FS) & 0xffff;
        int gs = context.getShort(GS) & 0xffff;
        boolean loaded = SegmentLoads.load(vcpu, memory, Cpu.DS, ds);
        loaded &= SegmentLoads.load(vcpu, memory, Cpu.ES, es);
        loaded &= SegmentLoads.load(vcpu, memory, Cpu.FS, fs);
        loaded &= SegmentLoads.load(vcpu, memory, Cpu.GS, gs);
        cpu.segmentBase[Cpu.FS] = context.getLong(FS_BASE);
        cpu.segmentBase[Cpu.GS] = context.getLong(GS_BASE_KERNEL);
        cpu.kernelGsBase = context.getLong(GS_BASE_USER);
        if ((flags & IN_KERNEL) == 0) {
            state.toggleMode();
        }
        int cs = Selectors.guestLevel(context.getShort(CS));
        int ss = Selectors.guestLevel(context.getShort(SS));
        if (loaded) {
            supervisor.iret().loadSelectors(cpu.regs[Registers.RAX], cs, ss);
            return;
        }
        cpu.selector[Cpu.CS] = cs;
        cpu.selector[Cpu.SS] = ss;
        supervisor.bounce().failsafe(ds, es, fs, gs);
    }
}
