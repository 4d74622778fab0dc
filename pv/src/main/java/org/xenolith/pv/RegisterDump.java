package org.xenolith.pv;

import org.xenolith.cpu.disasm.Disassembler;
import org.xenolith.cpu.disasm.Syntax;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.trap.state.GuestWindow;
import org.xenolith.pv.trap.state.VcpuState;

import java.util.HexFormat;

/** A PV processor's state as text, for crash records. */
final class RegisterDump {
    private static final int STACK_LINES = 8;
    private static final int WORDS_A_LINE = 4;
    private static final int CODE_BYTES = 16;
    private static final String[] NAMES = {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
        "r8 ", "r9 ", "r10", "r11", "r12", "r13", "r14", "r15"
    };
    private static final int[] ORDER = {
        Registers.RAX, Registers.RBX, Registers.RCX,
        Registers.RDX, Registers.RSI, Registers.RDI,
        Registers.RBP, Registers.RSP, Registers.R8,
        Registers.R9, Registers.R10, Registers.R11,
        Registers.R12, Registers.R13, Registers.R14,
        Registers.R15
    };

    private final VcpuState state;
    private final Cpu cpu;
    private final GuestWindow window;
    private final StringBuilder text = new StringBuilder();

    private RegisterDump(VcpuState state) {
        this.state = state;
        this.cpu = state.cpu;
        this.window = new GuestWindow(state.vcpu);
    }

    /** Registers, segments, page-table roots, stack words and the code at rip. */
    static String of(VcpuState state) {
        RegisterDump dump = new RegisterDump(state);
        dump.registers();
        dump.segments();
        dump.stack();
        dump.code();
        return dump.text.toString();
    }

    private void registers() {
        line(
                "vcpu %d, %s mode, rip %04x:%016x, rflags %08x, events %s",
                state.vcpu.id,
                state.kernelMode() ? "kernel" : "user",
                cpu.selector[Cpu.CS],
                cpu.rip,
                Flags.get(cpu),
                state.vcpu.upcallMasked() ? "masked" : "enabled");
        for (int i = 0; i < ORDER.length; i++) {
            text.append(i % 3 == 0 ? "  " : "   ");
            text.append("%s %016x".formatted(NAMES[ORDER[i]], cpu.regs[ORDER[i]]));
            if (i % 3 == 2 || i == ORDER.length - 1) {
                text.append('\n');
            }
        }
        line(
                "  cr0 %08x   cr2 %016x   cr3 %x (kernel) %x (user)   cr4 %x",
                cpu.cr0, state.control.cr2, cpu.root(0), cpu.root(1), state.control.cr4());
    }

    private void segments() {
        line(
                "  ss %04x   ds %04x   es %04x   fs %04x base %x   gs %04x base %x, other %x",
                cpu.selector[Cpu.SS],
                cpu.selector[Cpu.DS],
                cpu.selector[Cpu.ES],
                cpu.selector[Cpu.FS],
                cpu.segmentBase[Cpu.FS],
                cpu.selector[Cpu.GS],
                cpu.segmentBase[Cpu.GS],
                cpu.kernelGsBase);
    }

    private void stack() {
        line("stack at rsp:");
        long at = cpu.regs[Registers.RSP] & ~7L;
        for (int i = 0; i < STACK_LINES; i++) {
            text.append("  %016x:".formatted(at));
            for (int k = 0; k < WORDS_A_LINE; k++) {
                if (!window.open(at, 8, GuestWindow.READ)) {
                    text.append(" not mapped\n");
                    return;
                }
                text.append(" %016x".formatted(window.get64(0)));
                at += 8;
            }
            text.append('\n');
        }
    }

    private void code() {
        text.append("code at rip:");
        int available = window.openCode(cpu.rip, CODE_BYTES);
        if (available == 0) {
            text.append(" not mapped\n");
            return;
        }
        byte[] bytes = new byte[available];
        for (int i = 0; i < available; i++) {
            bytes[i] = (byte) window.get8(i);
        }
        text.append(" " + HexFormat.ofDelimiter(" ").formatHex(bytes) + "\n");
        Disassembler disassembler = new Disassembler(Syntax.NASM);
        line("rip: %s", disassembler.disassemble(bytes, 0, available, cpu.rip).text());
    }

    private void line(String format, Object... values) {
        text.append(format.formatted(values)).append('\n');
    }
}
