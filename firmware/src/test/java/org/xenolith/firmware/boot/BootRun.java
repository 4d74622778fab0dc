package org.xenolith.firmware.boot;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.xenolith.firmware.acpi.AcpiConfig;
import org.xenolith.firmware.image.BareImage;
import org.xenolith.firmware.image.BootProtocol;
import org.xenolith.firmware.image.ImageException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A plan, executed: the memory of a machine as its first processor finds it. */
final class BootRun {
    static final int MIB = 1 << 20;

    final BootPlan plan;
    final ByteBuffer ram;

    private BootRun(BootPlan plan, int ramSize) {
        this.plan = plan;
        this.ram = ByteBuffer.allocate(ramSize).order(ByteOrder.LITTLE_ENDIAN);
        plan.writeTo(
                new BootPlan.Ram() {
                    @Override
                    public void write(long address, byte[] bytes, int offset, int length) {
                        ram.put((int) address, bytes, offset, length);
                    }

                    @Override
                    public void clear(long address, long length) {
                        ram.put((int) address, new byte[(int) length]);
                    }
                });
    }

    /** What to start, put together step by step. */
    static final class Setup {
        private final byte[] image;
        private int mebibytes = 32;
        private int processors = 1;
        private Optional<BootProtocol> protocol = Optional.empty();
        private String commandLine = "";
        private Optional<BootModule> ramdisk = Optional.empty();
        private final List<BootModule> modules = new ArrayList<>();

        Setup(byte[] image) {
            this.image = image;
        }

        Setup memory(int newMebibytes) {
            mebibytes = newMebibytes;
            return this;
        }

        Setup by(BootProtocol newProtocol) {
            protocol = Optional.of(newProtocol);
            return this;
        }

        Setup commandLine(String newCommandLine) {
            commandLine = newCommandLine;
            return this;
        }

        Setup ramdisk(byte[] bytes) {
            ramdisk = Optional.of(new BootModule("initrd", bytes));
            return this;
        }

        Setup module(String text, byte[] bytes) {
            modules.add(new BootModule(text, bytes));
            return this;
        }

        BootPlan plan() throws ImageException {
            BootMachine machine = BootMachine.of((long) mebibytes << 20, AcpiConfig.of(processors));
            BareImage parsed = BareImage.parse(image, "kernel");
            return BootLoader.plan(
                    machine, new BootRequest(parsed, protocol, commandLine, ramdisk, modules));
        }

        BootRun run() throws ImageException {
            return new BootRun(plan(), mebibytes << 20);
        }
    }

    static Setup of(byte[] image) {
        return new Setup(image);
    }

    EntryState.Flat32 flat() {
        EntryState.Flat32 entry = (EntryState.Flat32) plan.entry();
        // The descriptors that the state names, as SDM volume 3A, figure 3-8 has them.
        long code = ram.getLong((int) entry.gdtBase() + entry.codeSelector());
        long data = ram.getLong((int) entry.gdtBase() + entry.dataSelector());
        assertTrue(entry.gdtLimit() >= Math.max(entry.codeSelector(), entry.dataSelector()) + 7);
        assertTrue(code == 0x00cf_9b00_0000_ffffL && data == 0x00cf_9300_0000_ffffL);
        return entry;
    }

    int u32(long address) {
        return ram.getInt((int) address);
    }

    long u64(long address) {
        return ram.getLong((int) address);
    }

    byte[] bytes(long address, int length) {
        byte[] bytes = new byte[length];
        ram.get((int) address, bytes);
        return bytes;
    }

    String text(long address) {
        int end = (int) address;
        while (ram.get(end) != 0) {
            end++;
        }
        return new String(bytes(address, end - (int) address), StandardCharsets.UTF_8);
    }
}
