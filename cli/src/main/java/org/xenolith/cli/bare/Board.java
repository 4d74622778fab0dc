package org.xenolith.cli.bare;

import org.xenolith.cli.run.ConsoleGuest;
import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.xen.console.ConsoleSink;

import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

final class Board implements ConsoleGuest {
    final AddressSpace ports = new AddressSpace("port");
    private final ArrayDeque<Byte> input = new ArrayDeque<>();
    private final ConsoleSink output;
    private long written;
    private int polls;

    Board(ConsoleSink output, Consumer<MachineEnd> end) {
        this.output = output;
        ports.map(
                0x3f8,
                8,
                new BusDevice() {
                    @Override
                    public long read(long offset, int size) {
                        if (offset == 0) {
                            polls = 0;
                            return input.isEmpty() ? 0 : input.poll();
                        }
                        if (offset == 5) {
                            polls++;
                            return 0x60 | (input.isEmpty() ? 0 : 1);
                        }
                        return 0;
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        if (offset == 0) {
                            put(value);
                        }
                    }
                });
        on(0xe9, 1, this::put);
        on(0xf4, 1, v -> end.accept(new MachineEnd.Exit((int) v << 1 | 1)));
        on(
                0x604,
                2,
                v -> {
                    if ((v & 0x2000) != 0) {
                        end.accept(new MachineEnd.PowerOff());
                    }
                });
        on(
                0xcf9,
                1,
                v -> {
                    if ((v & 4) != 0) {
                        end.accept(new MachineEnd.Reset());
                    }
                });
    }

    private void put(long value) {
        polls = 0;
        written++;
        output.accept(new byte[] {(byte) value}, 0, 1);
    }

    private void on(int port, int length, LongConsumer write) {
        ports.map(
                port,
                length,
                new BusDevice() {
                    @Override
                    public long read(long offset, int size) {
                        return -1;
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        write.accept(value);
                    }
                });
    }

    @Override
    public int inputSpace() {
        return 1 - input.size();
    }

    @Override
    public boolean polls() {
        return polls > 16;
    }

    @Override
    public void offerInput(byte[] data, int offset, int length) {
        input.add(data[offset]);
    }

    @Override
    public long bytesWritten() {
        return written;
    }

    @Override
    public boolean requestShutdown() {
        return false;
    }
}
