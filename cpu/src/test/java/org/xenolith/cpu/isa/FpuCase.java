package org.xenolith.cpu.isa;

import org.junit.jupiter.api.Assumptions;
import org.xenolith.cpu.engine.FlatMachine;
import org.xenolith.cpu.host.HostCpu;
import org.xenolith.cpu.host.HostState;
import org.xenolith.cpu.state.Flags;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Runs the same code on the host's processor and on ours. */
final class FpuCase implements AutoCloseable {
    final FlatMachine machine = new FlatMachine(8 << 20);
    private final HostCpu host;

    /** Skips the calling test where there is no host processor to compare with. */
    FpuCase() throws Exception {
        Optional<HostCpu> started = HostCpu.start();
        Assumptions.assumeTrue(started.isPresent(), "no x86-64 host with a C compiler");
        host = started.get();
    }

    /** Runs on both; our result stands in the machine's processor and RAM afterwards. */
    HostState run(byte[] code, HostState before) throws Exception {
        runOurs(code, before);
        return host.run(List.of(code), List.of(before)).getFirst();
    }

    void runOurs(byte[] code, HostState before) {
        System.arraycopy(before.gpr, 0, machine.cpu.regs, 0, 16);
        Flags.set(machine.cpu, before.rflags);
        FxImage.load(before.fx, machine.cpu.fpu);
        FxImage.loadUpper(before.ymm, machine.cpu.fpu);
        machine.ram.write(HostState.DATA, before.data, 0, HostState.DATA_BYTES);
        byte[] padded = Arrays.copyOf(code, code.length + 16);
        Arrays.fill(padded, code.length, padded.length, (byte) 0xcc);
        machine.run(HostState.CODE, padded, 20);
    }

    /** The data bytes after our run. */
    byte[] ourData() {
        byte[] data = new byte[HostState.DATA_BYTES];
        machine.ram.read(HostState.DATA, data, 0, data.length);
        return data;
    }

    @Override
    public void close() throws IOException {
        host.close();
    }
}
