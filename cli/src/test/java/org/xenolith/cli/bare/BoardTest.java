package org.xenolith.cli.bare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.apic.LocalApic;
import org.xenolith.cpu.engine.CodeCache;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Cpuid;
import org.xenolith.cpu.run.VirtualClock;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.system.NativeSupervisor;
import org.xenolith.cpu.system.Pins;

/** When COM1 takes what the host has to say. */
class BoardTest {
    private static final int SIZE = 1 << 20;
    private static final int INTERRUPT_ENABLE = 0x3f9;
    private static final int FIFO_CONTROL = 0x3fa;
    private static final int LINE_STATUS = 0x3fd;

    private final PhysicalMemory ram = new PhysicalMemory(SIZE);
    private final Board board =
            new Board(
                    new RamMaster(ram, new CodeCache(ram), SIZE),
                    1,
                    new VirtualClock(),
                    (data, offset, length) -> {},
                    end -> {},
                    new Board.Sleep() {
                        @Override
                        public void suspend() {}

                        @Override
                        public void resume() {}
                    });
    private Cpu cpu;

    @BeforeEach
    void attach() {
        CpuModel model = CpuModel.parse("max");
        cpu = new Cpu(ram, new NativeSupervisor(new Cpuid(model, 1), c -> {}, model.signature()));
        board.attach(cpu, new Pins(cpu), new LocalApic.Features(true, true, 40));
    }

    @Test
    void nothingComesBeforeADriverListens() {
        assertEquals(0, board.inputSpace());
        cpu.ports.write(FIFO_CONTROL, 1, 7);
        assertEquals(0, board.inputSpace());
        cpu.ports.write(INTERRUPT_ENABLE, 1, 1);
        assertEquals(16, board.inputSpace());
    }

    @Test
    void whoPollsIsServed() {
        for (int i = 0; i < 16; i++) {
            cpu.ports.read(LINE_STATUS, 1);
            assertEquals(0, board.inputSpace());
        }
        cpu.ports.read(LINE_STATUS, 1);
        assertEquals(1, board.inputSpace());
        board.offerInput(new byte[] {'x'}, 0, 1);
        assertEquals('x', cpu.ports.read(0x3f8, 1));
    }
}
