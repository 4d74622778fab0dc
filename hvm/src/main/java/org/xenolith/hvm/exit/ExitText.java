package org.xenolith.hvm.exit;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.system.PortAccess;
import org.xenolith.cpu.vmx.Controls;
import org.xenolith.cpu.vmx.Vmcs;
import org.xenolith.cpu.vmx.VmcsField;
import org.xenolith.hvm.vcpu.HvmVcpu;
import org.xenolith.xen.trace.TraceEvent;
import org.xenolith.xen.trace.TraceKind;

/** Exits in words, for traces. */
final class ExitText {
    private static final long LOW = 0xffffffffL;

    private ExitText() {}

    /** What the guest wanted, from the state before the exit is handled. */
    static String before(Cpu c, Vmcs vmcs, int reason) {
        long[] r = c.regs;
        return switch (reason) {
            case ExitReason.CPUID ->
                    "leaf %x subleaf %x".formatted(r[Cpu.RAX] & LOW, r[Cpu.RCX] & LOW);
            case ExitReason.RDMSR -> "msr %x".formatted(r[Cpu.RCX] & LOW);
            case ExitReason.WRMSR ->
                    "msr %x := %x".formatted(r[Cpu.RCX] & LOW, r[Cpu.RAX] & LOW | r[Cpu.RDX] << 32);
            case ExitReason.IO_INSTRUCTION -> port(c, vmcs.read(VmcsField.EXIT_QUALIFICATION));
            case ExitReason.EPT_VIOLATION ->
                    "address %x".formatted(vmcs.read(VmcsField.GUEST_PHYSICAL_ADDRESS));
            case ExitReason.VMCALL -> "hypercall %d".formatted(r[Cpu.RAX] & LOW);
            default -> "";
        };
    }

    private static String port(Cpu c, long qualification) {
        int port = (int) (qualification >>> 16) & 0xffff;
        int size = (int) (qualification & 7) + 1;
        boolean in = (qualification & PortAccess.IN) != 0;
        if ((qualification & PortAccess.STRING) != 0) {
            return "%s port %x, %d bytes each".formatted(in ? "ins" : "outs", port, size);
        }
        long value = c.regs[Cpu.RAX] & (size == 4 ? LOW : (1L << 8 * size) - 1);
        return in
                ? "in port %x, %d bytes".formatted(port, size)
                : "out port %x, %d bytes := %x".formatted(port, size, value);
    }

    /** Emits the event of an exit that has been handled. */
    static void emit(HvmVcpu v, int reason, long rip, String before) {
        StringBuilder done = new StringBuilder(before);
        Cpu c = v.cpu;
        switch (reason) {
            case ExitReason.CPUID ->
                    done.append(
                            " = %x %x %x %x"
                                    .formatted(
                                            c.regs[Cpu.RAX],
                                            c.regs[Cpu.RBX],
                                            c.regs[Cpu.RCX],
                                            c.regs[Cpu.RDX]));
            case ExitReason.RDMSR ->
                    done.append(" = %x".formatted(c.regs[Cpu.RDX] << 32 | c.regs[Cpu.RAX] & LOW));
            case ExitReason.VMCALL -> done.append(" = %d".formatted(c.regs[Cpu.RAX]));
            default -> {
                // said before
            }
        }
        separate(done, v.vcpu.blocked, "waits");
        separate(done, !v.vcpu.domain.alive(), "the domain ends");
        long injected = v.vmcs.read(VmcsField.ENTRY_INTERRUPTION_INFORMATION);
        separate(
                done,
                (injected & Controls.INTERRUPTION_VALID) != 0,
                "injects vector %x".formatted(injected & 0xff));
        v.vcpu.domain.machine.tracer.emit(
                new TraceEvent(
                        TraceKind.EXITS,
                        c.now(),
                        v.vcpu.domain.domid,
                        v.vcpu.id,
                        rip,
                        ExitReason.name(reason),
                        v.vmcs.read(VmcsField.EXIT_QUALIFICATION),
                        done.toString()));
    }

    private static void separate(StringBuilder text, boolean applies, String words) {
        if (applies) {
            text.append(text.isEmpty() ? "" : "; ").append(words);
        }
    }
}
