package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.NonRoot;
import org.xenolith.cpu.state.VmxOperation;

/**
 * Instructions of virtual-machine extensions (SDM vol. 3C, chapter 31): each raises #UD where it
 * does not exist, exits in non-root operation at whatever privilege level, and else needs level 0.
 */
public final class VmxOps {
    private static final int QUADWORD = 8;

    private VmxOps() {}

    /** Goes on in root operation at level 0; elsewhere this exits or raises #GP(0). */
    private static VmxOperation root(Cpu c, int reason) {
        NonRoot.always(c, reason);
        c.requireRing0();
        return c.vmx;
    }

    /** As {@link #root}, for accesses to fields, which a hypervisor may leave to its guest. */
    private static VmxOperation fields(Cpu c, int reason, long encoding) {
        NonRoot n = c.nonRoot;
        if (n != null && n.interceptsField(encoding, reason == ExitReason.VMWRITE)) {
            throw n.exit(reason, 0);
        }
        c.requireRing0();
        return c.vmx;
    }

    /** VMCALL: an exit to the hypervisor; #UD where there is none. */
    public static void vmcall(Cpu c) {
        NonRoot.always(c, ExitReason.VMCALL);
        FpuChecks.vmx(c);
        root(c, ExitReason.VMCALL).call();
    }

    /** VMXON: the memory operand holds the address of the VMXON region. */
    public static void vmxon(Cpu c, long ea) {
        NonRoot.always(c, ExitReason.VMXON);
        c.requireRing0();
        c.vmx.on(c.load64(ea));
    }

    public static void vmxoff(Cpu c) {
        root(c, ExitReason.VMXOFF).off();
    }

    /** VMCLEAR: the memory operand holds the address of the VMCS. */
    public static void vmclear(Cpu c, long ea) {
        root(c, ExitReason.VMCLEAR).clear(c.load64(ea));
    }

    /** VMPTRLD: the memory operand holds the address of the VMCS. */
    public static void vmptrld(Cpu c, long ea) {
        root(c, ExitReason.VMPTRLD).load(c.load64(ea));
    }

    /** VMPTRST: stores the address of the current VMCS. */
    public static void vmptrst(Cpu c, long ea) {
        c.store64(ea, root(c, ExitReason.VMPTRST).pointer());
        VmxOperation.succeed(c);
    }

    /**
     * VMREAD to a register, which keeps its value if it fails.
     *
     * @param destination number of the register
     */
    public static void vmread(Cpu c, int destination, long field, int size) {
        long encoding = Bits.zext(field, size);
        if (fields(c, ExitReason.VMREAD, encoding).read(encoding)) {
            c.writeReg(destination, c.vmx.value, size);
        }
    }

    /** VMREAD to memory, which is not looked at if it fails. */
    public static void vmreadMemory(Cpu c, long ea, long field) {
        int size = width(c);
        long encoding = Bits.zext(field, size);
        if (fields(c, ExitReason.VMREAD, encoding).read(encoding)) {
            c.store(ea, c.vmx.value, size);
            VmxOperation.succeed(c);
        }
    }

    public static void vmwrite(Cpu c, long field, long value, int size) {
        long encoding = Bits.zext(field, size);
        fields(c, ExitReason.VMWRITE, encoding).write(encoding, Bits.zext(value, size));
    }

    /** VMWRITE from memory. */
    public static void vmwriteMemory(Cpu c, long field, long ea) {
        int size = width(c);
        long encoding = Bits.zext(field, size);
        VmxOperation vmx = fields(c, ExitReason.VMWRITE, encoding);
        vmx.write(encoding, size == QUADWORD ? c.load64(ea) : c.load32(ea) & 0xffffffffL);
    }

    public static void vmlaunch(Cpu c) {
        root(c, ExitReason.VMLAUNCH).enter(true);
    }

    public static void vmresume(Cpu c) {
        root(c, ExitReason.VMRESUME).enter(false);
    }

    /** INVEPT: the type is in a register, what to drop in memory. */
    public static void invept(Cpu c, long type, long ea) {
        VmxOperation vmx = root(c, ExitReason.INVEPT);
        long low = c.load64(ea);
        c.load64(ea + QUADWORD); // reserved, but read
        vmx.invalidateEpt(Bits.zext(type, width(c)), low);
    }

    /** INVVPID: the type is in a register, what to drop in memory. */
    public static void invvpid(Cpu c, long type, long ea) {
        VmxOperation vmx = root(c, ExitReason.INVVPID);
        long low = c.load64(ea);
        vmx.invalidateVpid(Bits.zext(type, width(c)), low, c.load64(ea + QUADWORD));
    }

    /** PAUSE: a hint, but for a hypervisor. */
    public static void pause(Cpu c) {
        NonRoot.check(c, ExitReason.PAUSE);
    }

    private static int width(Cpu c) {
        return (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64 ? QUADWORD : 4;
    }
}
