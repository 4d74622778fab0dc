package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.NonRoot;

/** Instructions of virtual-machine extensions (SDM vol. 3C, chapter 31). */
public final class VmxOps {
    private VmxOps() {}

    /** VMCALL: an exit to the hypervisor; #UD where there is none. */
    public static void vmcall(Cpu c) {
        NonRoot.always(c, ExitReason.VMCALL);
        throw c.undefined();
    }
}
