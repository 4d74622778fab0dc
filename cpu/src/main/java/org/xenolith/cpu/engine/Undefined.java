package org.xenolith.cpu.engine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.state.Cpu;

import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/** Bytes that are no implemented instruction: raises #UD, and says so once for each encoding. */
final class Undefined extends Operation {
    private static final Logger LOG = LoggerFactory.getLogger(Undefined.class);
    private static final int MAX_REPORTED = 100;
    private static final Set<String> REPORTED = new HashSet<>();

    private final String bytes;

    /**
     * @param bytes hexadecimal encoding, or null if the architecture itself reserves it
     */
    Undefined(String bytes) {
        this.bytes = bytes;
    }

    static Undefined of(byte[] code, int length, boolean reserved) {
        return new Undefined(
                reserved ? null : HexFormat.of().formatHex(code, 0, Math.min(length, code.length)));
    }

    @Override
    public void execute(Cpu cpu) {
        synchronized (REPORTED) {
            if (bytes != null && REPORTED.size() < MAX_REPORTED && REPORTED.add(bytes)) {
                LOG.warn(
                        "instruction {} at {} is not implemented: #UD",
                        bytes,
                        Long.toHexString(cpu.blockRip + offset));
            }
        }
        throw cpu.undefined();
    }

    @Override
    protected Operation fresh() {
        return new Undefined(bytes);
    }
}
