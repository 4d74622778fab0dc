package org.xenolith.pv.guest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.xenolith.cpu.engine.Engine;
import org.xenolith.cpu.engine.EngineConfig;
import org.xenolith.cpu.run.IdleSource;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;
import org.xenolith.pv.build.PvBuildException;
import org.xenolith.testroms.TestRoms;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.guest.Guest;
import org.xenolith.xen.sched.RunLimits;
import org.xenolith.xen.sched.RunOutcome;
import org.xenolith.xen.sched.Scheduler;
import org.xenolith.xen.time.Wallclock;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.UUID;

/**
 * A test ROM as a whole guest: what to start it with, then {@link #run}.
 *
 * <p>Console input is given a piece at a time, whenever all processors wait. A guest that would
 * wait for ever is stopped, so no test can hang: {@link RunOutcome#STOPPED}.
 */
final class RomRun {
    private static final UUID ID = new UUID(0x1122_3344_5566_4788L, 0x99aa_bbcc_ddee_ff00L);

    private final String name;
    private byte[] image;
    private String commandLine = "";
    private byte[] ramdisk = {};
    private int domid = 1;
    private int memoryMiB = 32;
    private int vcpus = 1;
    private long limit = 200_000_000;
    private List<String> input = List.of();
    private EngineConfig engine = EngineConfig.DEFAULT;

    private RomRun(String name, byte[] image) {
        this.name = name;
        this.image = image;
    }

    /** A ROM with 32 MiB, one vCPU, no input, and at most 200 million instructions. */
    static RomRun of(String name) {
        RomRun run = new RomRun(name, TestRoms.image(name));
        return name.equals("smp") ? run.vcpus(2) : run;
    }

    RomRun image(byte[] bytes) {
        image = bytes;
        return this;
    }

    RomRun commandLine(String text) {
        commandLine = text;
        return this;
    }

    RomRun ramdisk(byte[] bytes) {
        ramdisk = bytes;
        return this;
    }

    RomRun domid(int number) {
        domid = number;
        return this;
    }

    RomRun memory(int mebibytes) {
        memoryMiB = mebibytes;
        return this;
    }

    RomRun vcpus(int count) {
        vcpus = count;
        return this;
    }

    RomRun limit(long instructions) {
        limit = instructions;
        return this;
    }

    RomRun by(Engine which) {
        engine = new EngineConfig(which);
        return this;
    }

    /** What is typed, a piece each time that the guest waits. */
    RomRun input(String... pieces) {
        input = List.of(pieces);
        return this;
    }

    /** What came of a run; {@code instructions} are those of all vCPUs, in their order. */
    record Result(Guest guest, RunOutcome outcome, byte[] consoleBytes, List<Long> instructions) {
        Domain domain() {
            return guest.domain();
        }

        /** The console without carriage returns. */
        String console() {
            return new String(consoleBytes, ISO_8859_1).replace("\r", "");
        }
    }

    /** Builds the guest and runs it to its end or its limit. */
    Result run() throws ImageException, PvBuildException {
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        Guest guest =
                PvGuest.build(
                        new PvGuestConfig(
                                domid,
                                name,
                                ID,
                                KernelImage.parse(image, name),
                                ramdisk,
                                commandLine,
                                memoryMiB,
                                memoryMiB,
                                vcpus,
                                Wallclock.FIXED,
                                engine),
                        console::write);
        guest.machine().virtualization = false; // as where the expected texts come from
        Script script = new Script(guest, input);
        Scheduler scheduler = new Scheduler(guest.machine(), script);
        script.whenStuck = scheduler::requestStop;
        RunOutcome outcome = scheduler.run(new RunLimits(limit));
        guest.drainConsole();
        List<Long> instructions =
                List.of(guest.domain().vcpus).stream().map(RomRun::instructions).toList();
        return new Result(guest, outcome, console.toByteArray(), instructions);
    }

    private static long instructions(Vcpu vcpu) {
        return vcpu.cpu.instructions;
    }

    private static final class Script implements IdleSource {
        private final Guest guest;
        private final List<String> pieces;
        private int next;
        private int offset;
        private Runnable whenStuck;

        Script(Guest guest, List<String> pieces) {
            this.guest = guest;
            this.pieces = pieces;
        }

        @Override
        public boolean poll(long now, boolean idle) {
            if (!idle || next == pieces.size()) {
                return false;
            }
            byte[] piece = pieces.get(next).getBytes(ISO_8859_1);
            int taken = guest.offerInput(piece, offset, piece.length - offset);
            offset += taken;
            if (offset == piece.length) {
                next++;
                offset = 0;
            }
            return taken > 0;
        }

        /** Asked only when nothing else can wake the guest. */
        @Override
        public boolean open() {
            whenStuck.run();
            return true;
        }

        @Override
        public long waitUntil(long now, long deadline, boolean paced) {
            return deadline;
        }

        @Override
        public void wake() {
            // Never waits.
        }
    }
}
