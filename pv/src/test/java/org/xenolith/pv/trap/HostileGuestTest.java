package org.xenolith.pv.trap;

import static org.junit.jupiter.api.Assertions.assertFalse;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.pv.PvRig;

import java.util.Random;

/** Whatever a guest executes or passes, the worst that happens is its own crash. */
class HostileGuestTest {
    private static final int[] VECTORS = {
        CpuFault.DE, CpuFault.UD, CpuFault.NM, CpuFault.NP, CpuFault.SS, CpuFault.GP, CpuFault.PF
    };
    private static final int[] PRIVILEGED = {
        0x6c, 0x6d, 0x6e, 0x6f, 0xe4, 0xe5, 0xe6, 0xe7, 0xec, 0xed, 0xee, 0xef, 0xfa, 0xfb
    };
    private static final int[] PRIVILEGED_0F = {
        0x01, 0x06, 0x09, 0x20, 0x21, 0x22, 0x23, 0x30, 0x31, 0x32, 0xa2
    };
    private static final int[] HYPERCALLS = {0, 2, 3, 4, 5, 8, 9, 10, 21, 23, 25, 28, 30, 33};

    /** A value that is more likely than chance to mean something. */
    private static long value(PvRig rig, Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextInt(300);
            case 2 -> rig.va(random.nextInt(PvRig.PAGES + 2)) + random.nextInt(4096);
            case 3 -> rig.maddr(random.nextInt(PvRig.PAGES)) | random.nextInt(16);
            case 4 -> 0xc0000080L + random.nextInt(8);
            default -> -random.nextInt(100);
        };
    }

    private static PvRig rig(Random random) {
        PvRig rig = new PvRig();
        rig.domain.vmAssist = random.nextInt(64);
        if (random.nextInt(3) == 0) {
            rig.enterUser();
        }
        rig.state.iopl = random.nextInt(4) << 12;
        for (int vector : VECTORS) {
            rig.state.traps.set(vector, random.nextInt(8), PvRig.HANDLER);
        }
        for (int i = 0; i < 16; i++) {
            rig.cpu.regs[i] = value(rig, random);
        }
        Flags.set(rig.cpu, random.nextInt() & Iret.SETTABLE | Flags.IF);
        return rig;
    }

    private static void assertNoErrorOfOurs(PvRig rig) {
        boolean ours =
                rig.domain.crash != null
                        && rig.domain.crash.reason().startsWith("hypervisor error");
        assertFalse(ours, () -> rig.domain.crash.reason());
    }

    @Property(tries = 300)
    void exceptions(@ForAll long seed) {
        Random random = new Random(seed);
        PvRig rig = rig(random);
        for (int round = 0; round < 8; round++) {
            int[] code = random.ints(15, 0, 256).toArray();
            int at = random.nextInt(3);
            if (random.nextBoolean()) {
                code[at] = PRIVILEGED[random.nextInt(PRIVILEGED.length)];
            } else {
                code[at] = 0x0f;
                code[at + 1] = PRIVILEGED_0F[random.nextInt(PRIVILEGED_0F.length)];
            }
            if (at > 0) {
                code[0] = random.nextBoolean() ? 0xf3 : 0x66;
            }
            rig.code(code);
            rig.raise(CpuFault.GP, 0);
        }
        assertNoErrorOfOurs(rig);
    }

    @Property(tries = 300)
    void storesToPageTables(@ForAll long seed) {
        Random random = new Random(seed);
        PvRig rig = rig(random);
        rig.domain.vmAssist |= 4;
        for (int round = 0; round < 8; round++) {
            int[] code = random.ints(15, 0, 256).toArray();
            code[0] = random.nextBoolean() ? 0x48 : 0xf0;
            for (int i = 0; i < 16; i++) {
                if (random.nextInt(3) == 0) {
                    rig.cpu.regs[i] = rig.va(PvRig.TABLE) + (random.nextInt() & 0xff8);
                }
            }
            rig.code(code);
            rig.cpu.cr2 = rig.va(PvRig.TABLE) + (random.nextInt() & 0xfff);
            rig.raise(CpuFault.PF, 7);
        }
        assertNoErrorOfOurs(rig);
    }

    @Property(tries = 300)
    void hypercalls(@ForAll long seed) {
        Random random = new Random(seed);
        PvRig rig = rig(random);
        for (int round = 0; round < 16 && rig.domain.alive(); round++) {
            rig.put(PvRig.ARGUMENTS, 0, random.longs(16).toArray());
            int number = HYPERCALLS[random.nextInt(HYPERCALLS.length)];
            if (random.nextBoolean()) {
                rig.hypercall(number, random.nextInt(8), rig.va(PvRig.ARGUMENTS));
            } else {
                rig.hypercall(number, value(rig, random), value(rig, random), value(rig, random));
            }
        }
        assertNoErrorOfOurs(rig);
    }
}
