package org.xenolith.xen.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xenolith.cpu.run.IdleSource;
import org.xenolith.cpu.time.TimerQueue;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.FakeGuest;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.domain.ShutdownReason;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.event.Virq;

import java.util.ArrayList;
import java.util.List;

@Timeout(20)
class SchedulerTest {
    /** What a fake processor does in a slice; it must retire instructions itself. */
    private interface Program {
        void run(Vcpu vcpu, long max);
    }

    private final Machine machine = new Machine(256 * 4096);
    private final List<String> log = new ArrayList<>();

    private Domain domain(int vcpus) {
        Domain domain = FakeGuest.domain(machine, 1, vcpus);
        for (Vcpu v : domain.vcpus) {
            v.setUpcallMask(false);
            v.bringUp(0);
        }
        return domain;
    }

    private Scheduler scheduler(IdleSource input, Program program) {
        return new Scheduler(
                machine,
                input,
                (vcpu, max) -> {
                    vcpu.cpu.stop = false;
                    program.run(vcpu, max);
                });
    }

    private static void retire(Vcpu vcpu, long count) {
        vcpu.cpu.instructions += count;
    }

    @Test
    void theOneBehindRuns() {
        domain(2);
        Scheduler scheduler =
                scheduler(
                        IdleSource.NONE,
                        (v, max) -> {
                            log.add(v.id + "@" + v.cpu.now() + "+" + max);
                            retire(v, v.id == 0 ? 100 : 250);
                            if (log.size() == 6) {
                                v.domain.shutDown(ShutdownReason.POWEROFF);
                            }
                        });
        assertEquals(RunOutcome.ALL_DOWN, scheduler.run(RunLimits.NONE));
        assertEquals(
                List.of(
                        "0@0+50000",
                        "1@0+50000",
                        "0@100+50000",
                        "0@200+50000",
                        "1@250+50000",
                        "0@300+50000"),
                log);
    }

    @Test
    void slicesEndAtDeadlinesAndBlockedProcessorsJumpToThem() {
        Domain domain = domain(1);
        Vcpu v0 = domain.vcpus[0];
        domain.events.bindVirq(Virq.TIMER, 0);
        v0.setSingleshot(700);
        Scheduler scheduler =
                scheduler(
                        IdleSource.NONE,
                        (v, max) -> {
                            log.add(v.cpu.now() + "+" + max);
                            if (log.size() == 1) {
                                retire(v, max);
                            } else if (log.size() == 2) {
                                retire(v, 50);
                                v.setSingleshot(9000);
                                v.block();
                            } else {
                                v.domain.shutDown(ShutdownReason.REBOOT);
                            }
                        });
        scheduler.run(RunLimits.NONE);
        assertEquals(List.of("0+700", "700+10000000", "9000+10000000"), log);
        assertEquals(List.of("0@700", "0@9000"), ((FakeGuest) domain.guest).upcalls);
    }

    @Test
    void aWakerEndsItsSliceAndPassesItsTimeOn() {
        Domain domain = domain(2);
        int port = domain.events.bindIpi(1);
        domain.vcpus[1].block();
        Scheduler scheduler =
                scheduler(
                        IdleSource.NONE,
                        (v, max) -> {
                            log.add(v.id + "@" + v.cpu.now() + "+" + max);
                            if (v.id == 0 && domain.vcpus[1].blocked) {
                                retire(v, 1234);
                                domain.events.send(port);
                                assertTrue(v.cpu.stop);
                            } else {
                                v.domain.shutDown(ShutdownReason.POWEROFF);
                            }
                        });
        scheduler.run(RunLimits.NONE);
        assertEquals(List.of("0@0+10000000", "0@1234+50000"), log);
        assertEquals(1234, domain.vcpus[1].cpu.now());
    }

    @Test
    void anEarlierDeadlineEndsTheSlice() {
        Domain domain = domain(1);
        Scheduler scheduler =
                scheduler(
                        IdleSource.NONE,
                        (v, max) -> {
                            retire(v, 10);
                            v.setSingleshot(50_000_000);
                            assertFalse(v.cpu.stop);
                            v.setSingleshot(500);
                            assertTrue(v.cpu.stop);
                            v.domain.shutDown(ShutdownReason.POWEROFF);
                        });
        scheduler.run(RunLimits.NONE);
        assertEquals(TimerQueue.NEVER, machine.timers.nextDeadline());
        assertFalse(domain.alive());
    }

    @Test
    void anErrorOfOursCrashesOneDomain() {
        Domain broken = domain(1);
        Domain other = FakeGuest.domain(machine, 2, 1);
        Scheduler scheduler =
                scheduler(
                        IdleSource.NONE,
                        (v, max) -> {
                            if (v.domain == broken) {
                                throw new IllegalStateException("bug");
                            }
                            retire(v, 5);
                            v.domain.shutDown(ShutdownReason.POWEROFF);
                        });
        assertEquals(RunOutcome.ALL_DOWN, scheduler.run(RunLimits.NONE));
        assertEquals(ShutdownReason.CRASH, broken.shutdown);
        assertTrue(broken.crash.reason().contains("bug"));
        assertEquals(ShutdownReason.POWEROFF, other.shutdown);
    }

    @Test
    void limitsAreExact() {
        Domain domain = domain(1);
        Scheduler scheduler = scheduler(IdleSource.NONE, SchedulerTest::retire);
        assertEquals(RunOutcome.LIMIT, scheduler.run(new RunLimits(12_345_678)));
        assertEquals(12_345_678, domain.vcpus[0].cpu.instructions);
    }

    /** Delivers one event when the machine is idle. */
    private static final class OneInput implements IdleSource {
        private final Domain domain;
        private final int port;
        private boolean open = true;
        private final List<String> asked = new ArrayList<>();

        OneInput(Domain domain, int port) {
            this.domain = domain;
            this.port = port;
        }

        @Override
        public boolean poll(long now, boolean idle) {
            if (!idle || !open) {
                return false;
            }
            open = false;
            asked.add("poll " + now);
            domain.events.send(port);
            return true;
        }

        @Override
        public boolean open() {
            return open;
        }

        @Override
        public long waitUntil(long now, long deadline, boolean paced) {
            asked.add("wait " + now + " " + deadline + " " + paced);
            return Long.MAX_VALUE;
        }

        @Override
        public void wake() {
            asked.add("wake");
        }
    }

    @Test
    void inputComesWhenAllAreIdleThenTimeJumps() {
        Domain domain = domain(1);
        domain.events.bindVirq(Virq.TIMER, 0);
        OneInput input = new OneInput(domain, domain.events.bindIpi(0));
        Scheduler scheduler =
                scheduler(
                        input,
                        (v, max) -> {
                            log.add("" + v.cpu.now());
                            retire(v, 100);
                            if (log.size() == 3) {
                                v.domain.shutDown(ShutdownReason.POWEROFF);
                            } else {
                                v.setSingleshot(5000);
                                v.block();
                            }
                        });
        scheduler.run(RunLimits.NONE);
        assertEquals(List.of("0", "100", "5000"), log);
        assertEquals(List.of("poll 100", "wait 200 5000 false"), input.asked);
    }

    @Test
    void aGuestThatWaitsForEverWaitsForTheStop() throws InterruptedException {
        domain(1);
        Scheduler scheduler = scheduler(IdleSource.NONE, (v, max) -> v.block());
        RunOutcome[] outcome = new RunOutcome[1];
        Thread runner = new Thread(() -> outcome[0] = scheduler.run(RunLimits.NONE));
        runner.start();
        scheduler.requestStop();
        runner.join();
        assertEquals(RunOutcome.STOPPED, outcome[0]);
    }

    @Test
    void virtualTimeFollowsTheHostsWhenAsked() {
        Domain domain = domain(1);
        long[] host = {1_000_000};
        Scheduler scheduler =
                scheduler(
                        IdleSource.NONE,
                        (v, max) -> {
                            log.add(v.cpu.now() + "+" + max);
                            retire(v, 1000);
                            host[0] += 7000;
                            if (log.size() == 2) {
                                v.domain.shutDown(ShutdownReason.POWEROFF);
                            }
                        });
        scheduler.realTime(() -> host[0]);
        scheduler.run(RunLimits.NONE);
        assertEquals(List.of("0+1000000", "7000+1000000"), log);
        assertEquals(14_000, domain.vcpus[0].cpu.now());
    }

    @Test
    void aGuestThatWaitsForEverCanBeEnded() {
        domain(1);
        Scheduler[] scheduler = {null};
        IdleSource user =
                new IdleSource() {
                    private int idlePolls;

                    @Override
                    public boolean poll(long now, boolean idle) {
                        if (idle && ++idlePolls == 3) {
                            scheduler[0].requestStop();
                            return true;
                        }
                        return false;
                    }

                    @Override
                    public boolean open() {
                        return false;
                    }

                    @Override
                    public long waitUntil(long now, long deadline, boolean paced) {
                        return deadline;
                    }

                    @Override
                    public void wake() {}
                };
        scheduler[0] = scheduler(user, (v, max) -> v.block());
        assertEquals(RunOutcome.STOPPED, scheduler[0].run(RunLimits.NONE));
    }
}
