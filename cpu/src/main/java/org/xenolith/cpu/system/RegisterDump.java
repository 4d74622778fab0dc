package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

/** A processor's state as text, for crash records. */
public final class RegisterDump {
    private static final int CODE_BYTES = 16;
    private static final String[] NAMES = {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
        "r8 ", "r9 ", "r10", "r11", "r12", "r13", "r14", "r15"
    };
    private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs", "ldt", "tr"};

    private final Cpu cpu;
    private final StringBuilder text = new StringBuilder();

    private RegisterDump(Cpu cpu) {
        this.cpu = cpu;
    }

    /**
     * Registers, segments with their hidden parts, tables, the code at CS:RIP, and the VMCS of
     * software in VMX operation.
     */
    public static String of(Cpu cpu) {
        RegisterDump dump = new RegisterDump(cpu);
        dump.registers();
        dump.segments();
        dump.code();
        if (cpu.vmx != null) {
            dump.text.append(cpu.vmx.describe());
        }
        return dump.text.toString();
    }

    private void registers() {
        line(
                "%s mode, cpl %d, rip %04x:%016x, rflags %08x%s",
                mode(),
                cpu.cpl,
                cpu.selector[Cpu.CS],
                cpu.rip,
                Flags.get(cpu),
                cpu.halted ? ", halted" : "");
        for (int i = 0; i < NAMES.length; i++) {
            text.append("  %s %016x".formatted(NAMES[i], cpu.regs[i]));
            if (i % 4 == 3) {
                text.append('\n');
            }
        }
        line(
                "  cr0 %08x   cr2 %016x   cr3 %x   cr4 %x   efer %x",
                cpu.cr0, cpu.cr2, cpu.cr3(), cpu.cr4, cpu.efer);
        line("  dr6 %08x   dr7 %08x", cpu.debug[6], cpu.debug[7]);
    }

    private String mode() {
        if (cpu.realMode()) {
            return "real";
        }
        if (cpu.virtual8086()) {
            return "virtual-8086";
        }
        return switch (cpu.mode & Cpu.MODE_SIZE) {
            case Cpu.MODE_64 -> "64-bit";
            case Cpu.MODE_32 -> cpu.longMode() ? "32-bit compatibility" : "32-bit protected";
            default -> cpu.longMode() ? "16-bit compatibility" : "16-bit protected";
        };
    }

    private void segments() {
        for (int i = 0; i < SEGMENTS.length; i++) {
            line(
                    "  %-3s %04x   base %016x   limit %08x   access %05x",
                    SEGMENTS[i],
                    cpu.selector[i],
                    cpu.segmentBase[i],
                    cpu.segmentLimit[i] & 0xffffffffL,
                    cpu.segmentAccess[i]);
        }
        line("  gdt %016x limit %x", cpu.gdtBase, cpu.gdtLimit);
        line("  idt %016x limit %x", cpu.idtBase, cpu.idtLimit);
    }

    private void code() {
        text.append("code at rip:");
        long cr2 = cpu.cr2;
        try {
            for (int i = 0; i < CODE_BYTES; i++) {
                text.append(" %02x".formatted(cpu.loadSystem8(cpu.codeAddress() + i) & 0xff));
            }
        } catch (CpuFault fault) {
            text.append(" not mapped");
        }
        cpu.cr2 = cr2;
        text.append('\n');
    }

    private void line(String format, Object... values) {
        text.append(format.formatted(values)).append('\n');
    }
}
