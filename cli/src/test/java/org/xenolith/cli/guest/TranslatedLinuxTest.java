package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cli.run.RunException;
import org.xenolith.cli.run.RunOutcome;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Debian's kernels as PVH and HVM guests: in VMX non-root operation, through EPT. */
final class TranslatedLinuxTest {
    private static final String CAPABILITIES = "ls -1 /proc/xen; cat /proc/xen/capabilities";
    private static final String THREADS = "ps | grep -v grep | grep -o '\\[xen.*\\]' | sort";
    private static final String HYPERVISOR =
            "cd /sys/hypervisor; cat type guest_type version/major version/minor version/extra"
                    + " properties/features properties/capabilities";
    private static final String INTERRUPTS =
            "sed -n 's/.* xen-/xen-/p' /proc/interrupts | tr -s ' '";
    private static final String LOG = "dmesg";
    private static final String SORT = "seq 1 2000 | sort -rn | md5sum";

    private static final Pattern TROUBLE =
            Pattern.compile(
                    "warning|\\boops|(?<!not a |report a )\\bbug\\b|call trace|\\bstall|unchecked msr|corrupt|panic|segfault|stale irr",
                    Pattern.CASE_INSENSITIVE);

    private static GuestSession pvh() throws Exception {
        return new GuestSession()
                .shell()
                .run(CAPABILITIES, THREADS, HYPERVISOR, INTERRUPTS, LOG, SORT)
                .runLast("poweroff")
                .start(RealGuests.linux(RealGuests.CLOUD, "type=pvh"));
    }

    private static void assertNoTrouble(String log) {
        assertQuiet(log);
        assertTrue(log.contains("Xen HVM callback vector for event delivery is enabled"), log);
    }

    private static void assertQuiet(String log) {
        List<String> trouble = log.lines().filter(l -> TROUBLE.matcher(l).find()).toList();
        assertEquals(List.of(), trouble);
        assertTrue(log.contains("Run /init as init process"), log);
    }

    @Test
    void theCloudKernelIsAtHomeAsPvhAndTwoRunsAreTheSame() throws Exception {
        GuestSession session = pvh();
        assertEquals(RunOutcome.poweredOff(), session.outcome());
        assertEquals("capabilities\nprivcmd\nxenbus\n", session.outputOf(CAPABILITIES));
        assertEquals("[xen-balloon]\n[xenbus]\n[xenwatch]\n", session.outputOf(THREADS));
        assertEquals(
                """
                xen
                PVH
                4
                17
                .7
                00012305
                xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64\s
                """,
                session.outputOf(HYPERVISOR));
        assertTrue(session.outputOf(INTERRUPTS).contains("xen-percpu -virq timer0\n"));
        assertTrue(session.outputOf(INTERRUPTS).contains("xen-dyn -event xenbus\n"));
        assertNoTrouble(session.outputOf(LOG));
        assertTrue(session.outputOf(LOG).contains("Booting kernel on Xen PVH"));
        assertEquals("1fd3c981e66b7eb0c08e95857967e70d  -\n", session.outputOf(SORT));

        GuestSession again = pvh();
        assertArrayEquals(session.console(), again.console());
        assertEquals(session.instructions(), again.instructions());
    }

    @Test
    void theCloudKernelBootsAsHvmOnTheSerialPort() throws Exception {
        GuestSession session =
                new GuestSession()
                        .shell("/dev/ttyS0")
                        .run(CAPABILITIES, THREADS, HYPERVISOR, LOG, SORT)
                        .runLast("poweroff")
                        .start(
                                RealGuests.linux(
                                        RealGuests.CLOUD,
                                        "type=hvm",
                                        "extra=console=ttyS0 loglevel=7"));
        assertEquals(RunOutcome.poweredOff(), session.outcome());
        assertEquals("capabilities\nprivcmd\nxenbus\n", session.outputOf(CAPABILITIES));
        assertEquals("[xen-balloon]\n[xenbus]\n[xenwatch]\n", session.outputOf(THREADS));
        assertTrue(session.outputOf(HYPERVISOR).startsWith("xen\nHVM\n4\n17\n.7\n"));
        assertNoTrouble(session.outputOf(LOG));
        assertTrue(session.outputOf(LOG).contains("Booting paravirtualized kernel on Xen HVM"));
        assertEquals("1fd3c981e66b7eb0c08e95857967e70d  -\n", session.outputOf(SORT));
    }

    @Test
    void anHvmGuestOfFourProcessorsKnowsWhoItsMakerIs() throws Exception {
        String id =
                "cd /sys/class/dmi/id; cat sys_vendor product_name product_version product_serial";
        GuestSession session =
                new GuestSession()
                        .shell()
                        .run("nproc", id, LOG)
                        .runLast("poweroff")
                        .start(
                                RealGuests.linux(
                                        RealGuests.CLOUD,
                                        "type=hvm",
                                        "vcpus=4",
                                        "uuid=89e5915f-dead-beef-cefd-46904ea94c4a",
                                        "smbios=[\"system_version=3.3.1\"]"));
        assertEquals(RunOutcome.poweredOff(), session.outcome());
        assertEquals("4\n", session.outputOf("nproc"));
        assertEquals(
                "Xen\nHVM domU\n3.3.1\n89e5915f-dead-beef-cefd-46904ea94c4a\n",
                session.outputOf(id));
        assertNoTrouble(session.outputOf(LOG));
        assertTrue(session.outputOf(LOG).contains("smp: Brought up 1 node, 4 CPUs"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void withoutVectorsEventsComeByThePlatformDevicesInterrupt(int vcpus) throws Exception {
        String line = "grep xen-platform-pci /proc/interrupts | tr -s ' '";
        GuestSession session =
                new GuestSession()
                        .shell()
                        .run("nproc", CAPABILITIES, THREADS, line, INTERRUPTS, LOG)
                        .runLast("poweroff")
                        .start(
                                RealGuests.linux(
                                        RealGuests.CLOUD,
                                        "type=hvm",
                                        "vcpus=" + vcpus,
                                        "extra=console=hvc0 xen_no_vector_callback"));
        assertEquals(RunOutcome.poweredOff(), session.outcome());
        assertEquals(vcpus + "\n", session.outputOf("nproc"));
        assertEquals("capabilities\nprivcmd\nxenbus\n", session.outputOf(CAPABILITIES));
        assertEquals("[xen-balloon]\n[xenbus]\n[xenwatch]\n", session.outputOf(THREADS));
        String[] words = session.outputOf(line).trim().split(" ");
        assertEquals("24-fasteoi", words[words.length - 2]);
        long interrupts = 0;
        for (String count : Arrays.copyOfRange(words, 1, 1 + vcpus)) {
            interrupts += Long.parseLong(count);
        }
        assertTrue(interrupts > 50, session.outputOf(line));
        assertTrue(session.outputOf(INTERRUPTS).contains("xen-dyn -event xenbus\n"));
        assertFalse(session.outputOf(INTERRUPTS).contains("percpu"));
        assertQuiet(session.outputOf(LOG));
    }

    @Test
    void theFullKernelBootsAsHvmWithThePvConsoleAndReboots() throws Exception {
        GuestSession session =
                new GuestSession()
                        .shell()
                        .run(THREADS, LOG)
                        .runLast("reboot")
                        .start(
                                RealGuests.linux(
                                        RealGuests.FULL,
                                        "type=hvm",
                                        "memory=512",
                                        "on_reboot=destroy"));
        assertEquals(RunOutcome.poweredOff(), session.outcome());
        assertEquals("[xen-balloon]\n[xenbus]\n[xenwatch]\n", session.outputOf(THREADS));
        assertNoTrouble(session.outputOf(LOG));
        assertTrue(session.text().contains("reboot: Restarting system"), session.text());
    }

    @Test
    void withoutVmxOnlyPvGuestsRun() throws Exception {
        RunException refusal =
                assertThrows(
                        RunException.class,
                        () ->
                                new GuestSession()
                                        .start(
                                                RealGuests.withoutVmx(
                                                        RealGuests.CLOUD, "type=pvh")));
        assertTrue(refusal.getMessage().startsWith("type pvh needs a processor with VMX"));
    }
}
