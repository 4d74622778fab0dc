package org.xenolith.cpu.msr;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.VmxOperation;
import org.xenolith.cpu.vmx.Capabilities;

/**
 * IA32_FEATURE_CONTROL and the capability MSRs of VMX (SDM vol. 3D, appendix A), where the
 * processor has VMX.
 */
final class VmxRegisters implements MsrBank {
    private static final int FEATURE_CONTROL = 0x3a;

    private final Cpu cpu;
    private final Capabilities capabilities;

    VmxRegisters(Cpu cpu, CpuModel model) {
        this.cpu = cpu;
        capabilities = new Capabilities(model);
    }

    @Override
    public boolean owns(int msr) {
        return cpu.vmx != null
                && (msr == FEATURE_CONTROL
                        || msr >= Capabilities.BASIC && msr <= Capabilities.LAST);
    }

    @Override
    public long read(int msr) {
        return msr == FEATURE_CONTROL ? cpu.vmx.featureControl : capabilities.read(msr);
    }

    @Override
    public void write(int msr, long value) {
        VmxOperation vmx = cpu.vmx;
        long defined = VmxOperation.LOCKED | VmxOperation.ENABLED;
        boolean locked = (vmx.featureControl & VmxOperation.LOCKED) != 0;
        if (msr != FEATURE_CONTROL || locked || (value & ~defined) != 0) {
            throw cpu.generalProtection();
        }
        vmx.featureControl = value;
    }
}
