package org.xenolith.cpu.msr;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.model.Vendor;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ModelSpecificRegisters;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * All model-specific registers of one processor: those of its interrupt controller and those of the
 * banks that its model has. The privilege level has been checked.
 */
public final class Msrs implements ModelSpecificRegisters {
    private static final Logger LOG = LoggerFactory.getLogger(Msrs.class);

    /** Unknown registers that are logged; a guest may try them all. */
    private static final int MAX_REPORTS = 64;

    private final Cpu cpu;
    private final boolean present;
    private final MemoryTypes memoryTypes;

    /** AMD's performance counters, or null: Intel's CPUID announces none. */
    private final AmdCounters counters;

    private final List<MsrBank> banks = new ArrayList<>();
    private final List<Runnable> resets = new ArrayList<>();
    private final TreeSet<Integer> reported = new TreeSet<>();

    /** The registers of a processor of that model, as after power-on. */
    public Msrs(Cpu cpu, CpuModel model) {
        this.cpu = cpu;
        present = model.has(Feature.MSR);
        memoryTypes = new MemoryTypes(cpu, model);
        TimeRegisters time = new TimeRegisters(cpu, model);
        ControlMsrs control = new ControlMsrs(cpu, model);
        MachineCheck machineCheck = new MachineCheck(cpu, model);
        banks.add(new SystemRegisters(cpu, model, control));
        banks.add(time);
        banks.add(memoryTypes);
        banks.add(machineCheck);
        banks.add(control);
        BranchRegisters branches = new BranchRegisters(cpu, model);
        banks.add(branches);
        resets.add(branches::powerOn);
        banks.add(new VmxRegisters(cpu, model));
        PowerRegisters power = new PowerRegisters(cpu, model);
        banks.add(power);
        resets.add(power::powerOn);
        resets.add(time::powerOn);
        resets.add(memoryTypes::powerOn);
        resets.add(machineCheck::powerOn);
        resets.add(control::powerOn);
        counters = model.vendor() == Vendor.AMD ? new AmdCounters(cpu) : null;
        if (counters != null) {
            AmdRegisters amd = new AmdRegisters(cpu, model);
            banks.add(amd);
            banks.add(counters);
            resets.add(amd::powerOn);
            resets.add(counters::powerOn);
        }
        powerOn();
    }

    /** Puts those registers that live here to what they are after power-on; INIT changes none. */
    public void powerOn() {
        resets.forEach(Runnable::run);
        if (cpu.vmx != null) {
            cpu.vmx.powerOn();
        }
    }

    /** PAT and MTRRs, for firmware to set up. */
    public MemoryTypes memoryTypes() {
        return memoryTypes;
    }

    @Override
    public long read(int msr) {
        if (!present) {
            throw cpu.undefined();
        }
        if (controlled(msr)) {
            return cpu.interruptController.readMsr(msr);
        }
        for (MsrBank bank : banks) {
            if (bank.owns(msr)) {
                return bank.read(msr);
            }
        }
        if (firstReport(msr)) {
            LOG.info("RDMSR {} at rip {}: no such register", hex(msr), hex(cpu.rip));
        }
        throw cpu.generalProtection();
    }

    @Override
    public void write(int msr, long value) {
        if (!present) {
            throw cpu.undefined();
        }
        if (controlled(msr)) {
            cpu.interruptController.writeMsr(msr, value);
            return;
        }
        for (MsrBank bank : banks) {
            if (bank.owns(msr)) {
                bank.write(msr, value);
                return;
            }
        }
        if (firstReport(msr)) {
            LOG.info(
                    "WRMSR {} of {} at rip {}: no such register",
                    hex(msr),
                    hex(value),
                    hex(cpu.rip));
        }
        throw cpu.generalProtection();
    }

    @Override
    public long counter(int index) {
        if (counters == null || index < 0 || index >= AmdCounters.COUNTERS) {
            throw cpu.generalProtection();
        }
        return counters.counter(index);
    }

    private boolean controlled(int msr) {
        return cpu.interruptController != null && cpu.interruptController.ownsMsr(msr);
    }

    private boolean firstReport(int msr) {
        return reported.size() < MAX_REPORTS && reported.add(msr);
    }

    private static String hex(long number) {
        return "0x" + Long.toHexString(number);
    }

    private static String hex(int number) {
        return "0x" + Integer.toHexString(number);
    }
}
