package org.xenolith.cpu.isa;

import org.junit.jupiter.api.Assumptions;
import org.xenolith.cpu.host.HostCpu;
import org.xenolith.cpu.host.HostState;
import org.xenolith.cpu.host.UserMachine;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Runs the same code on the host's processor and on ours. */
final class FpuCase implements AutoCloseable {
    final UserMachine machine;
    private final HostCpu host;

    /** Skips the calling test where there is no host processor to compare with. */
    FpuCase() throws Exception {
        Optional<HostCpu> started = HostCpu.start();
        Assumptions.assumeTrue(started.isPresent(), "no x86-64 host with a C compiler");
        host = started.get();
        machine = new UserMachine(HostCpu.isAmd());
    }

    /** Runs on both; our result stands in the machine afterwards. */
    HostState run(byte[] code, HostState before) throws Exception {
        machine.run(code, before);
        return host.run(List.of(code), List.of(before)).getFirst();
    }

    @Override
    public void close() throws IOException {
        host.close();
    }
}
