package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cli.run.ExitStatus;
import org.xenolith.cli.run.RunOutcome;
import org.xenolith.cpu.engine.Engine;
import org.xenolith.cpu.engine.EngineConfig;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Debian's kernels, unmodified, from the first instruction to the shell and down again. Each test
 * boots once or twice; a boot takes about three thousand million instructions.
 */
final class LinuxTest {
    private static final String CAPABILITIES = "ls -1 /proc/xen; cat /proc/xen/capabilities";
    private static final String THREADS = "ps | grep -v grep | grep -o '\\[xen.*\\]' | sort";
    private static final String HYPERVISOR =
            "cd /sys/hypervisor; cat type version/major version/minor version/extra"
                    + " properties/features";
    private static final String INTERRUPTS =
            "sed -n 's/.* xen-/xen-/p' /proc/interrupts | tr -s ' '";
    private static final String LOG = "dmesg";
    private static final String ARITHMETIC =
            "echo 'scale=30; 4*a(1)' | bc -l; echo 2^200 | bc; seq 1 2000 | sort -rn | sha512sum";
    private static final String FILES =
            "dd if=/dev/zero of=/tmp/z bs=64k count=32 2>/dev/null; gzip -k /tmp/z;"
                    + " zcat /tmp/z.gz | cmp - /tmp/z && md5sum </tmp/z";
    private static final String PROCESSES =
            "for i in $(seq 40); do /bin/true & done; wait; sleep 100 & kill $!; wait $!; echo $?";

    /** Words of the kernel that mean trouble, in messages of any level. */
    private static final Pattern TROUBLE =
            Pattern.compile(
                    "warning|\\boops|(?<!not a )\\bbug\\b|call trace|\\bstall|unchecked msr|corrupt|panic|segfault",
                    Pattern.CASE_INSENSITIVE);

    private static final Pattern CRASH =
            Pattern.compile(
                    "guest crashed on vCPU (\\d): the guest reported its own crash\\R"
                            + "vcpu \\1, kernel mode, rip e033:ffffffff8");

    /**
     * What this kernel says of every PV processor but the first, on a real Xen too: it knows no
     * APIC there.
     */
    private static final Pattern NO_APIC =
            Pattern.compile(
                    "\\[Firmware Bug\\]: CPU\\d+: APIC id mismatch. Firmware: ffff APIC: 0");

    private static GuestSession everything(Engine engine) throws Exception {
        return new GuestSession()
                .by(new EngineConfig(engine))
                .shell()
                .run(CAPABILITIES, THREADS, HYPERVISOR, INTERRUPTS, LOG)
                .run(ARITHMETIC, FILES, PROCESSES)
                .runLast("poweroff")
                .start(RealGuests.linux(RealGuests.CLOUD));
    }

    private static void assertNoTrouble(String log) {
        List<String> trouble =
                log.lines()
                        .filter(line -> TROUBLE.matcher(line).find())
                        .filter(line -> !NO_APIC.matcher(line).find())
                        .toList();
        assertEquals(List.of(), trouble);
        assertTrue(log.contains("Xen version: 4.17.7 (preserve-AD)"), log);
        assertTrue(log.contains("Run /init as init process"), log);
    }

    @Test
    void theCloudKernelIsAtHomeAndRunsTheSameByTheInterpreterAlone() throws Exception {
        GuestSession session = everything(Engine.JIT);
        assertEquals(RunOutcome.poweredOff(), session.outcome());
        assertEquals("capabilities\nprivcmd\nxenbus\n", session.outputOf(CAPABILITIES));
        assertEquals("[xen-balloon]\n[xenbus]\n[xenwatch]\n", session.outputOf(THREADS));
        assertEquals("xen\n4\n17\n.7\n000220f0\n", session.outputOf(HYPERVISOR));
        assertEquals(
                """
                xen-percpu -virq timer0
                xen-percpu -ipi resched0
                xen-percpu -ipi callfunc0
                xen-percpu -ipi callfuncsingle0
                xen-percpu -ipi irqwork0
                xen-dyn -event xenbus
                xen-dyn-lateeoi -event hvc_console
                """,
                session.outputOf(INTERRUPTS));
        assertNoTrouble(session.outputOf(LOG));
        assertEquals(
                """
                3.141592653589793238462643383276
                1606938044258990275541962092341162602522202993782792835301376
                5c1d1703bef975c7ad41a3c37955d8fd24b2b3868e02b3f631fdaa232719bb0c\
                079cbe04aa0d5bbaba2535b361bc71e26a55670a4a71918e10654b4dfa814522  -
                """,
                session.outputOf(ARITHMETIC));
        assertEquals("b2d1236c286a3c0704224fe4105eca49  -\n", session.outputOf(FILES));
        assertEquals("Terminated\n143\n", session.outputOf(PROCESSES));

        GuestSession again = everything(Engine.INTERPRETER);
        assertArrayEquals(session.console(), again.console());
        assertEquals(session.instructions(), again.instructions());
    }

    @Test
    void theCloudKernelUsesFourProcessors() throws Exception {
        String parallel = "for i in $(seq 8); do (seq 1 2000 | sort -rn | md5sum) & done; wait";
        String offline =
                "cd /sys/devices/system/cpu; echo 0 >cpu1/online; cat online; echo 1 >cpu1/online;"
                        + " cat online";
        GuestSession session =
                new GuestSession()
                        .shell()
                        .run("nproc", parallel, offline, INTERRUPTS, LOG)
                        .runLast("poweroff")
                        .start(RealGuests.linux(RealGuests.CLOUD, "vcpus=4"));
        assertEquals(RunOutcome.poweredOff(), session.outcome());
        assertEquals("4\n", session.outputOf("nproc"));
        assertEquals("1fd3c981e66b7eb0c08e95857967e70d  -\n".repeat(8), session.outputOf(parallel));
        assertTrue(session.outputOf(offline).contains("0,2-3\n"), session.outputOf(offline));
        assertTrue(session.outputOf(offline).endsWith("0-3\n"), session.outputOf(offline));
        for (int cpu = 0; cpu < 4; cpu++) {
            String interrupts = session.outputOf(INTERRUPTS);
            assertTrue(interrupts.contains("-virq timer" + cpu + "\n"), interrupts);
            assertTrue(interrupts.contains("-ipi spinlock" + cpu + "\n"), interrupts);
        }
        assertNoTrouble(session.outputOf(LOG));
        assertTrue(session.outputOf(LOG).contains("smp: Brought up 1 node, 4 CPUs"));
    }

    @Test
    void theFullKernelBootsAndItsRebootIsTheEndIfAskedSo() throws Exception {
        GuestSession session =
                new GuestSession()
                        .shell()
                        .run(CAPABILITIES, HYPERVISOR, LOG)
                        .runLast("reboot")
                        .start(RealGuests.linux(RealGuests.FULL, "on_reboot=destroy"));
        assertEquals(RunOutcome.poweredOff(), session.outcome());
        assertEquals("capabilities\nprivcmd\nxenbus\n", session.outputOf(CAPABILITIES));
        assertEquals("xen\n4\n17\n.7\n000220f0\n", session.outputOf(HYPERVISOR));
        assertNoTrouble(session.outputOf(LOG));
        assertTrue(session.text().contains("reboot: Restarting system"), session.text());
    }

    @Test
    void theFullKernelPanicsOnFourProcessors() throws Exception {
        GuestSession session =
                new GuestSession()
                        .shell()
                        .run("nproc")
                        .runLast("echo c >/proc/sysrq-trigger")
                        .start(RealGuests.linux(RealGuests.FULL, "vcpus=4"));
        assertEquals("4\n", session.outputOf("nproc"));
        assertTrue(session.text().contains("Kernel panic - not syncing: sysrq"), session.text());
        assertEquals(ExitStatus.CRASHED, session.outcome().status());
        String report = session.outcome().report().orElseThrow();
        assertTrue(CRASH.matcher(report).lookingAt(), report);
        assertTrue(report.contains("stack at rsp:\n  ffff"), report);
        // sched_op shutdown with the reason crash
        assertTrue(report.contains("  hypercall 29 (0x2, "), report);
    }

    /** xl's default for on_reboot; the second time an interrupt asks the kernel to shut down. */
    @Test
    void aRebootedDomainStartsAgainAndAnInterruptShutsItDown() throws Exception {
        GuestSession session =
                new GuestSession()
                        .shell()
                        .runLast("reboot")
                        .type("Restarting system", "")
                        .type("Linux version", "")
                        .type("xenolith: shell ready", "")
                        .interrupt("# ")
                        .start(RealGuests.linux(RealGuests.CLOUD));
        assertEquals(RunOutcome.poweredOff(), session.outcome());
        String secondBoot = session.text().substring(session.text().indexOf("Restarting system"));
        assertTrue(secondBoot.contains("Requesting system poweroff"), secondBoot);
        assertEquals(0, secondBoot.lastIndexOf("Restarting system"), secondBoot);
    }
}
