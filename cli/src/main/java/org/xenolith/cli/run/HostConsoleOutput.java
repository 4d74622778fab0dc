package org.xenolith.cli.run;

import org.xenolith.xen.console.ConsoleSink;

import java.io.IOException;
import java.io.OutputStream;

/** Console output to a stream of the host, byte for byte and at once. */
public final class HostConsoleOutput implements ConsoleSink {
    private final OutputStream target;
    private final HostRequests requests;

    /**
     * @param target not buffered, or flushed by this class after every piece
     * @param requests learns when the stream cannot be written any more
     */
    public HostConsoleOutput(OutputStream target, HostRequests requests) {
        this.target = target;
        this.requests = requests;
    }

    @Override
    public void accept(byte[] data, int off, int len) {
        try {
            target.write(data, off, len);
            target.flush();
        } catch (IOException e) {
            requests.post(HostRequest.OUTPUT_CLOSED);
        }
    }
}
