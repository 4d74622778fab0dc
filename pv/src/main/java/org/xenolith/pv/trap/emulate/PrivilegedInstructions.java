package org.xenolith.pv.trap.emulate;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.isa.ExtendedState;
import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.mm.PvMemory;
import org.xenolith.pv.trap.cpuid.OfferedFeatures;
import org.xenolith.pv.trap.state.DebugRegisters;
import org.xenolith.pv.trap.state.GuestWindow;
import org.xenolith.pv.trap.state.VcpuState;

/**
 * Privileged instructions that Xen carries out for a guest when they raise #GP(0) at CPL 3: MOV to
 * and from CR and DR, CLTS, WBINVD, RDMSR, WRMSR, RDTSC, RDTSCP, CPUID, XSETBV, port I/O, CLI and
 * STI. Everything else, HLT and INVLPG among it, stays a #GP of the guest's.
 */
public final class PrivilegedInstructions {
    private static final Logger LOG = LoggerFactory.getLogger(PrivilegedInstructions.class);

    /** Elements of one REP INS or OUTS before the guest is looked at again. */
    private static final int MAX_REPEAT = 1024;

    private final VcpuState state;
    private final Cpu cpu;
    private final PvMemory memory;
    private final GuestCode code;
    private final ForcedEmulation cpuid;
    private final ModelRegisters msrs;
    private final IoPorts ports;
    private final GuestWindow window;
    private boolean reported;

    /** After {@link Outcome#FAULT}: the exception raised. */
    public int vector;

    /** After {@link Outcome#FAULT}: its error code. */
    public int errorCode;

    /** After {@link Outcome#FAULT} with #PF: the address. */
    public long faultAddress;

    /** An emulator for one processor. */
    public PrivilegedInstructions(
            VcpuState state,
            PvMemory memory,
            GuestCode code,
            ForcedEmulation cpuid,
            HypercallPages hypercallPages) {
        this.state = state;
        this.cpu = state.cpu;
        this.memory = memory;
        this.code = code;
        this.cpuid = cpuid;
        this.msrs = new ModelRegisters(state, hypercallPages);
        this.ports = new IoPorts(state);
        this.window = new GuestWindow(state.vcpu);
    }

    /** Carries out the instruction at rip, which raised #GP(0). */
    public Outcome emulate() {
        Instruction in = code.decode();
        if (in == null) {
            return Outcome.REFUSED;
        }
        Outcome outcome = execute(in);
        if (outcome == Outcome.REFUSED && state.kernelMode() && !reported) {
            reported = true;
            LOG.debug(
                    "guest kernel gets #GP for {} at rip 0x{}",
                    in.opcode.mnemonic(),
                    Long.toHexString(cpu.rip));
        }
        return outcome;
    }

    private Outcome execute(Instruction in) {
        int size = (in.opcodeByte & 1) == 0 ? 1 : Math.min(in.operandSize, 4);
        return switch (GuestCode.key(in)) {
            case 0x6c, 0x6d -> stringIo(in, size, true);
            case 0x6e, 0x6f -> stringIo(in, size, false);
            case 0xe4, 0xe5 -> portIo(in, (int) in.immediate & 0xff, size, true);
            case 0xe6, 0xe7 -> portIo(in, (int) in.immediate & 0xff, size, false);
            case 0xec, 0xed -> portIo(in, port(), size, true);
            case 0xee, 0xef -> portIo(in, port(), size, false);
            // Xen leaves the event mask alone here: a guest that is told so uses the mask itself.
            case 0xfa, 0xfb -> state.ioPrivileged() ? done(in) : Outcome.REFUSED;
            case 0x101 -> group7(in);
            case 0x1a2 -> {
                cpuid.cpuid();
                yield done(in);
            }
            case 0x131 -> timestamp(in);
            default -> state.kernelMode() ? kernelOnly(in) : Outcome.REFUSED;
        };
    }

    private Outcome kernelOnly(Instruction in) {
        return switch (GuestCode.key(in)) {
            case 0x106 -> {
                state.control.taskSwitched(false);
                yield done(in);
            }
            case 0x109 -> done(in); // WBINVD: there are no caches to write back
            case 0x120 -> readControl(in);
            case 0x121 -> readDebug(in);
            case 0x122 -> writeControl(in);
            case 0x123 -> writeDebug(in);
            case 0x130 -> {
                long value = cpu.regs[Registers.RAX] & 0xffffffffL | cpu.regs[Registers.RDX] << 32;
                yield msrs.write((int) cpu.regs[Registers.RCX], value)
                        ? done(in)
                        : fault(CpuFault.GP, 0);
            }
            case 0x132 -> {
                if (!msrs.read((int) cpu.regs[Registers.RCX])) {
                    yield fault(CpuFault.GP, 0);
                }
                wide(msrs.value);
                yield done(in);
            }
            default -> Outcome.REFUSED;
        };
    }

    /** XSETBV and RDTSCP are the ones of 0F 01 that count. */
    private Outcome group7(Instruction in) {
        if (in.modrm == 0xf9) {
            return timestamp(in);
        }
        if (in.modrm != 0xd1 || !state.kernelMode() || !OfferedFeatures.has(Feature.XSAVE)) {
            return Outcome.REFUSED;
        }
        if (!state.control.osxsave()) {
            return fault(CpuFault.UD, 0);
        }
        long value = cpu.regs[Registers.RAX] & 0xffffffffL | cpu.regs[Registers.RDX] << 32;
        if ((int) cpu.regs[Registers.RCX] != 0
                || !ExtendedState.validXcr0(value, cpu.xcr0Allowed)) {
            return fault(CpuFault.GP, 0);
        }
        cpu.xcr0 = value;
        return done(in);
    }

    private Outcome timestamp(Instruction in) {
        if (!state.kernelMode()) {
            return Outcome.REFUSED; // CR4.TSD is the guest's own wish
        }
        wide(cpu.now());
        if (GuestCode.key(in) == 0x101) { // RDTSCP
            cpu.regs[Registers.RCX] = cpu.tscAux & 0xffffffffL;
        }
        return done(in);
    }

    private Outcome readControl(Instruction in) {
        switch (in.reg) {
            case 0 -> cpu.regs[in.rm] = state.control.cr0();
            case 2 -> cpu.regs[in.rm] = state.control.cr2;
            case 3 -> cpu.regs[in.rm] = memory.kernelRoot(state.vcpu);
            case 4 -> cpu.regs[in.rm] = state.control.cr4();
            default -> {
                return Outcome.REFUSED;
            }
        }
        return done(in);
    }

    private Outcome writeControl(Instruction in) {
        long value = cpu.regs[in.rm];
        boolean accepted =
                switch (in.reg) {
                    case 0 -> state.control.cr0(value);
                    case 2 -> {
                        state.control.cr2 = value;
                        state.vcpu.setInfoCr2(value);
                        yield true;
                    }
                    case 3 -> memory.newBaseptr(state.vcpu, value >>> 12) == 0;
                    case 4 -> {
                        state.control.cr4(value);
                        yield true;
                    }
                    default -> false;
                };
        return accepted ? done(in) : Outcome.REFUSED;
    }

    private Outcome readDebug(Instruction in) {
        if (!DebugRegisters.exists(in.reg)) {
            return fault(CpuFault.UD, 0);
        }
        cpu.regs[in.rm] = state.debug.get(in.reg);
        return done(in);
    }

    private Outcome writeDebug(Instruction in) {
        if (!DebugRegisters.exists(in.reg)) {
            return fault(CpuFault.UD, 0);
        }
        return state.debug.set(in.reg, cpu.regs[in.rm]) == 0 ? done(in) : fault(CpuFault.GP, 0);
    }

    private int port() {
        return (int) cpu.regs[Registers.RDX] & 0xffff;
    }

    private Outcome portIo(Instruction in, int port, int size, boolean input) {
        if (!ports.permitted(port, size)) {
            return fault(CpuFault.GP, 0);
        }
        if (input) {
            cpu.writeReg(Registers.RAX, IoPorts.FLOATING, size);
        }
        return done(in);
    }

    private Outcome stringIo(Instruction in, int size, boolean input) {
        long counterMask = in.addressSize == 4 ? 0xffffffffL : -1;
        if (in.repeat != 0 && (cpu.regs[Registers.RCX] & counterMask) == 0) {
            return done(in);
        }
        if (!ports.permitted(port(), size)) {
            return fault(CpuFault.GP, 0);
        }
        int pointer = input ? Registers.RDI : Registers.RSI;
        long step = (cpu.eflags & Flags.DF) != 0 ? -size : size;
        for (int k = 0; k < MAX_REPEAT; k++) {
            long offset = cpu.regs[pointer];
            long va =
                    input
                            ? in.addressSize == 4 ? offset & 0xffffffffL : offset
                            : code.segmented(in, offset);
            if (!window.open(va, size, input ? GuestWindow.WRITE : GuestWindow.READ)) {
                faultAddress = window.faultAddress;
                return fault(CpuFault.PF, window.errorCode);
            }
            if (input) {
                for (int i = 0; i < size; i++) {
                    window.put8(i, IoPorts.FLOATING);
                }
            }
            cpu.writeReg(pointer, offset + step, in.addressSize);
            if (in.repeat == 0) {
                return done(in);
            }
            long left = cpu.regs[Registers.RCX] - 1 & counterMask;
            cpu.writeReg(Registers.RCX, left, in.addressSize);
            if (left == 0) {
                return done(in);
            }
        }
        return Outcome.DONE; // the rest after events had their turn: rip still stands on it
    }

    private void wide(long value) {
        cpu.regs[Registers.RAX] = value & 0xffffffffL;
        cpu.regs[Registers.RDX] = value >>> 32;
    }

    private Outcome done(Instruction in) {
        code.retire(in);
        return Outcome.DONE;
    }

    private Outcome fault(int raised, int error) {
        vector = raised;
        errorCode = error;
        return Outcome.FAULT;
    }
}
