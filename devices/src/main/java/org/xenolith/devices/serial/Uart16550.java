package org.xenolith.devices.serial;

import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.devices.port.ByteDevice;

/**
 * A 16550A serial port (National Semiconductor PC16550D data sheet): eight ports. Sending takes no
 * time; what is received waits in the FIFO until it is read.
 */
public final class Uart16550 implements ByteDevice {
    /** Layout of {@link State}. */
    public static final int VERSION = 1;

    /**
     * Complete state.
     *
     * @param received what waits to be read, first byte first
     */
    public record State(
            int version,
            byte[] received,
            int ier,
            int lcr,
            int mcr,
            int scratch,
            int divisor,
            boolean fifo,
            int trigger,
            boolean overrun,
            boolean emptyPending,
            int modem,
            int modemDelta) {}

    private static final int FIFO = 16;

    private static final int IER_RECEIVED = 1;
    private static final int IER_EMPTY = 2;
    private static final int IER_LINE = 4;
    private static final int IER_MODEM = 8;
    private static final int MCR_OUT2 = 8;
    private static final int MCR_LOOP = 16;
    private static final int LCR_DLAB = 0x80;
    private static final int LSR_OVERRUN = 2;
    private static final int LSR_EMPTY = 0x60;

    /** CTS, DSR and DCD are on. */
    private static final int MODEM_ON = 0xb0;

    private final ByteSink sink;
    private final InterruptLine irq;
    private final int[] received = new int[FIFO];
    private int head;
    private int count;
    private int ier;
    private int lcr = 3;
    private int mcr;
    private int scratch;
    private int divisor = 1;
    private boolean fifo;
    private int trigger = 1;
    private boolean overrun;
    private boolean emptyPending;
    private int modem = MODEM_ON;
    private int modemDelta;
    private int idleReads;

    /**
     * @param sink takes what is sent
     * @param irq interrupt line, driven while OUT2 is on
     */
    public Uart16550(ByteSink sink, InterruptLine irq) {
        this.sink = sink;
        this.irq = irq;
    }

    /** How many bytes can be received now without loss; none in loop-back. */
    public int space() {
        return (mcr & MCR_LOOP) != 0 ? 0 : room();
    }

    /**
     * Whether received bytes interrupt the processor. Until a driver wants that, what is received
     * may be thrown away when it prepares the port.
     */
    public boolean listens() {
        return (ier & IER_RECEIVED) != 0;
    }

    private int room() {
        return (fifo ? FIFO : 1) - count;
    }

    /** Reads of the line status in a row that found nothing: a guest that polls for input. */
    public int idleReads() {
        return idleReads;
    }

    /** Receives a byte; one too many sets the overrun error and is lost. */
    public void receive(int value) {
        idleReads = 0;
        if (room() <= 0) {
            overrun = true;
        } else {
            received[(head + count++) % FIFO] = value & 0xff;
        }
        update();
    }

    /** The pending interrupt of highest priority as IIR shows it; 1 for none. */
    private int pending() {
        if ((ier & IER_LINE) != 0 && overrun) {
            return 6;
        }
        if ((ier & IER_RECEIVED) != 0 && count > 0) {
            return count >= trigger ? 4 : 12; // fewer than the trigger level: the time-out
        }
        if ((ier & IER_EMPTY) != 0 && emptyPending) {
            return 2;
        }
        return (ier & IER_MODEM) != 0 && modemDelta != 0 ? 0 : 1;
    }

    private void update() {
        irq.set(pending() != 1 && (mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2);
    }

    @Override
    public int readByte(int offset) {
        boolean dlab = (lcr & LCR_DLAB) != 0;
        int value =
                switch (offset) {
                    case 0 -> dlab ? divisor & 0xff : take();
                    case 1 -> dlab ? divisor >> 8 : ier;
                    case 2 -> identify();
                    case 3 -> lcr;
                    case 4 -> mcr;
                    case 5 -> lineStatus();
                    case 6 -> modemStatus();
                    default -> scratch;
                };
        update();
        return value;
    }

    private int take() {
        if (count == 0) {
            return 0;
        }
        idleReads = 0;
        int value = received[head];
        head = (head + 1) % FIFO;
        count--;
        return value;
    }

    private int identify() {
        int interrupt = pending();
        if (interrupt == 2) {
            emptyPending = false;
        }
        return interrupt | (fifo ? 0xc0 : 0);
    }

    private int lineStatus() {
        int value = LSR_EMPTY | (count > 0 ? 1 : 0) | (overrun ? LSR_OVERRUN : 0);
        overrun = false;
        if (count == 0 && idleReads < Integer.MAX_VALUE) {
            idleReads++;
        }
        return value;
    }

    private int modemStatus() {
        int value = modem | modemDelta;
        modemDelta = 0;
        return value;
    }

    @Override
    public void writeByte(int offset, int v) {
        boolean dlab = (lcr & LCR_DLAB) != 0;
        switch (offset) {
            case 0 -> {
                if (dlab) {
                    divisor = divisor & 0xff00 | v;
                } else {
                    send(v);
                }
            }
            case 1 -> {
                if (dlab) {
                    divisor = divisor & 0xff | v << 8;
                } else {
                    emptyPending |= (v & ~ier & IER_EMPTY) != 0;
                    ier = v & 15;
                }
            }
            case 2 -> control(v);
            case 3 -> lcr = v;
            case 4 -> {
                mcr = v & 0x1f;
                followModem();
            }
            case 7 -> scratch = v;
            default -> {
                // the status registers are for factory tests
            }
        }
        update();
    }

    private void send(int v) {
        if ((mcr & MCR_LOOP) != 0) {
            receive(v);
        } else {
            idleReads = 0;
            sink.accept(v);
        }
        emptyPending = true;
    }

    private void control(int v) {
        boolean enable = (v & 1) != 0;
        if (enable != fifo || (v & 2) != 0) {
            count = 0;
        }
        fifo = enable;
        trigger =
                !fifo
                        ? 1
                        : switch (v >> 6) {
                            case 0 -> 1;
                            case 1 -> 4;
                            case 2 -> 8;
                            default -> 14;
                        };
    }

    /** In loop-back the modem control outputs drive the status inputs. */
    private void followModem() {
        int old = modem;
        modem =
                (mcr & MCR_LOOP) == 0
                        ? MODEM_ON
                        : (mcr & 2) << 3 | (mcr & 1) << 5 | (mcr & 4) << 4 | (mcr & 8) << 4;
        int changed = (modem ^ old) >> 4;
        modemDelta |= changed & 11 | changed & ~(modem >> 4) & 4; // RI only when it ends
    }

    /** The state, for {@link #restore}. */
    public State save() {
        byte[] waiting = new byte[count];
        for (int i = 0; i < count; i++) {
            waiting[i] = (byte) received[(head + i) % FIFO];
        }
        return new State(
                VERSION,
                waiting,
                ier,
                lcr,
                mcr,
                scratch,
                divisor,
                fifo,
                trigger,
                overrun,
                emptyPending,
                modem,
                modemDelta);
    }

    /**
     * Takes a state on and drives the interrupt line accordingly.
     *
     * @throws IllegalArgumentException if the version is unknown or too much is received
     */
    public void restore(State state) {
        if (state.version() != VERSION || state.received().length > FIFO) {
            throw new IllegalArgumentException("UART state version " + state.version());
        }
        head = 0;
        count = state.received().length;
        for (int i = 0; i < count; i++) {
            received[i] = state.received()[i] & 0xff;
        }
        ier = state.ier();
        lcr = state.lcr();
        mcr = state.mcr();
        scratch = state.scratch();
        divisor = state.divisor();
        fifo = state.fifo();
        trigger = state.trigger();
        overrun = state.overrun();
        emptyPending = state.emptyPending();
        modem = state.modem();
        modemDelta = state.modemDelta();
        update();
    }
}
