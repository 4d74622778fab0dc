package org.xenolith.devices.interrupt;

import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.devices.port.ByteDevice;

/**
 * One 8259A (Intel 8259A data sheet, order 231468). Two ports: command and status at offset 0, mask
 * and initialisation words at offset 1. A cascaded pair is two of them, the slave's output on the
 * master's input 2: see {@link PicPair}.
 */
final class Pic8259 implements ByteDevice {
    /** Complete state; the fields are those of the class. */
    record State(
            int request,
            int service,
            int mask,
            int levels,
            int elcr,
            int base,
            int lowest,
            int awaited,
            boolean needsIcw4,
            boolean single,
            boolean levelTriggered,
            boolean automaticEnd,
            boolean rotateOnAutomaticEnd,
            boolean specialMask,
            boolean readService,
            boolean poll,
            boolean fullyNested) {}

    private final InterruptLine output;
    private final int slaveInput;

    private int request;
    private int service;

    /** Until initialisation words come, which clear it, nothing may pass. */
    private int mask = 0xff;

    private int levels;
    private int elcr;
    private int base;
    private int lowest = 7;

    /** Next initialisation word that is awaited at offset 1: 2, 3, 4, or 0 for none. */
    private int awaited;

    private boolean needsIcw4;
    private boolean single;

    /** LTIM: all inputs are level-triggered, whatever ELCR says. */
    private boolean levelTriggered;

    private boolean automaticEnd;
    private boolean rotateOnAutomaticEnd;
    private boolean specialMask;
    private boolean readService;
    private boolean poll;
    private boolean fullyNested;

    /**
     * @param output INT
     * @param slaveInput input that another 8259A drives, or -1
     */
    Pic8259(InterruptLine output, int slaveInput) {
        this.output = output;
        this.slaveInput = slaveInput;
    }

    /** Drives an input. */
    void input(int number, boolean high) {
        int bit = 1 << number;
        boolean was = (levels & bit) != 0;
        levels = high ? levels | bit : levels & ~bit;
        if (isLevel(bit)) {
            request = high ? request | bit : request & ~bit;
        } else if (high && !was) {
            request |= bit;
        } else if (!high) {
            request &= ~bit; // an edge counts only while its input stays high until INTA
        }
        update();
    }

    private boolean isLevel(int bit) {
        return levelTriggered || (elcr & bit) != 0;
    }

    int elcr() {
        return elcr;
    }

    /** Which inputs are level-triggered. */
    void setElcr(int value) {
        elcr = value;
        request = request & ~elcr | levels & elcr;
        update();
    }

    /** Position of the highest-priority bit, 0 being first, or 8. */
    private int rank(int bits) {
        for (int i = 0; i < 8; i++) {
            if ((bits >> (lowest + 1 + i & 7) & 1) != 0) {
                return i;
            }
        }
        return 8;
    }

    /** The input to be served next, or -1. */
    private int next() {
        int wanted = rank(request & ~mask);
        int busy = service;
        if (specialMask) {
            busy &= ~mask;
        }
        if (fullyNested && slaveInput >= 0) {
            busy &= ~(1 << slaveInput);
        }
        return wanted < rank(busy) ? lowest + 1 + wanted & 7 : -1;
    }

    private void update() {
        output.set(next() >= 0);
    }

    /**
     * An INTA cycle.
     *
     * @return the input that is served; 7 if the request has gone, with {@link #spurious} set
     */
    int acknowledge() {
        int input = next();
        spurious = input < 0;
        if (spurious) {
            return 7;
        }
        int bit = 1 << input;
        if (!isLevel(bit)) {
            request &= ~bit;
        }
        if (automaticEnd) {
            if (rotateOnAutomaticEnd) {
                lowest = input;
            }
        } else {
            service |= bit;
        }
        output.set(false); // INT falls with INTA, and rises again for a further request
        update();
        return input;
    }

    /** Whether the last {@link #acknowledge} found no request. */
    boolean spurious;

    int vector(int input) {
        return base | input;
    }

    @Override
    public int readByte(int offset) {
        if (poll) {
            poll = false;
            int input = next() < 0 ? -1 : acknowledge();
            return input < 0 ? 0 : 0x80 | input;
        }
        if (offset == 1) {
            return mask;
        }
        return readService ? service : request;
    }

    @Override
    public void writeByte(int offset, int v) {
        if (offset == 1) {
            writeData(v);
        } else if ((v & 0x10) != 0) {
            initialise(v);
        } else if ((v & 8) != 0) {
            operationWord3(v);
        } else {
            operationWord2(v);
        }
        update();
    }

    private void initialise(int v) {
        needsIcw4 = (v & 1) != 0;
        single = (v & 2) != 0;
        levelTriggered = (v & 8) != 0;
        awaited = 2;
        mask = 0;
        service = 0;
        request = levels & (levelTriggered ? 0xff : elcr);
        lowest = 7;
        automaticEnd = false;
        rotateOnAutomaticEnd = false;
        specialMask = false;
        readService = false;
        poll = false;
        fullyNested = false;
    }

    private void writeData(int v) {
        switch (awaited) {
            case 2 -> {
                base = v & 0xf8;
                awaited = !single ? 3 : needsIcw4 ? 4 : 0;
            }
            case 3 -> awaited = needsIcw4 ? 4 : 0;
            case 4 -> {
                automaticEnd = (v & 2) != 0;
                fullyNested = (v & 16) != 0;
                awaited = 0;
            }
            default -> mask = v;
        }
    }

    private void operationWord3(int v) {
        if ((v & 0x40) != 0) {
            specialMask = (v & 0x20) != 0;
        }
        if ((v & 4) != 0) {
            poll = true;
        } else if ((v & 2) != 0) {
            readService = (v & 1) != 0;
        }
    }

    private void operationWord2(int v) {
        int input = v & 7;
        switch (v >> 5) {
            case 0 -> rotateOnAutomaticEnd = false;
            case 4 -> rotateOnAutomaticEnd = true;
            case 1, 5 -> {
                int rank = rank(specialMask ? service & ~mask : service);
                if (rank < 8) {
                    int served = lowest + 1 + rank & 7;
                    service &= ~(1 << served);
                    lowest = v >> 5 == 5 ? served : lowest;
                }
            }
            case 3 -> service &= ~(1 << input);
            case 7 -> {
                service &= ~(1 << input);
                lowest = input;
            }
            case 6 -> lowest = input;
            default -> {
                // no operation
            }
        }
    }

    State save() {
        return new State(
                request,
                service,
                mask,
                levels,
                elcr,
                base,
                lowest,
                awaited,
                needsIcw4,
                single,
                levelTriggered,
                automaticEnd,
                rotateOnAutomaticEnd,
                specialMask,
                readService,
                poll,
                fullyNested);
    }

    void restore(State s) {
        request = s.request;
        service = s.service;
        mask = s.mask;
        levels = s.levels;
        elcr = s.elcr;
        base = s.base;
        lowest = s.lowest;
        awaited = s.awaited;
        needsIcw4 = s.needsIcw4;
        single = s.single;
        levelTriggered = s.levelTriggered;
        automaticEnd = s.automaticEnd;
        rotateOnAutomaticEnd = s.rotateOnAutomaticEnd;
        specialMask = s.specialMask;
        readService = s.readService;
        poll = s.poll;
        fullyNested = s.fullyNested;
        update();
    }
}
