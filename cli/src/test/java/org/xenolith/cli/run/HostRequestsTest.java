package org.xenolith.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.OutputStream;

final class HostRequestsTest {
    private final HostRequests requests = new HostRequests();

    @Test
    void theFirstInterruptAsksTheSecondDestroys() {
        requests.interrupt();
        assertEquals(HostRequest.SHUTDOWN, requests.current());
        requests.interrupt();
        assertEquals(HostRequest.INTERRUPT, requests.current());
    }

    @Test
    void theFirstReasonToEndStays() {
        requests.interrupt();
        requests.post(HostRequest.TIMEOUT);
        requests.post(HostRequest.LEAVE);
        requests.interrupt();
        assertEquals(HostRequest.TIMEOUT, requests.current());
    }

    @Test
    void everyRequestWakesTheMachine() {
        int[] wakes = {0};
        requests.onPost(() -> wakes[0]++);
        requests.interrupt();
        requests.post(HostRequest.LEAVE);
        requests.post(HostRequest.LEAVE);
        assertEquals(2, wakes[0]);
    }

    @Test
    void aClosedOutputEndsTheRun() {
        OutputStream closed =
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("closed");
                    }
                };
        new HostConsoleOutput(closed, requests).accept(new byte[] {1}, 0, 1);
        assertEquals(HostRequest.OUTPUT_CLOSED, requests.current());
    }

    @Test
    void eachEndHasItsStatus() {
        assertEquals(ExitStatus.SUCCESS, RunOutcome.endedBy(HostRequest.LEAVE).status());
        assertEquals(ExitStatus.TIMED_OUT, RunOutcome.endedBy(HostRequest.TIMEOUT).status());
        assertEquals(ExitStatus.INTERRUPTED, RunOutcome.endedBy(HostRequest.INTERRUPT).status());
        assertEquals(ExitStatus.FAILURE, RunOutcome.endedBy(HostRequest.OUTPUT_CLOSED).status());
        assertThrows(
                IllegalArgumentException.class, () -> RunOutcome.endedBy(HostRequest.SHUTDOWN));
    }
}
