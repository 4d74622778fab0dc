package org.xenolith.cli.config;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** The limits of what every kind of machine may be asked for. */
final class Checks {
    private static final double MAX_TIMEOUT_SECONDS = 1e9;

    private Checks() {}

    /**
     * Memory in MiB.
     *
     * @param what the option or key, for the message
     * @param whose who has the memory, for the message
     */
    static int memory(String what, long mebibytes, String whose, int least, long most)
            throws ConfigException {
        if (mebibytes < least) {
            throw new ConfigException(
                    what
                            + (": " + mebibytes + " MiB is too small; " + whose)
                            + (" needs at least " + least + " MiB"));
        }
        if (mebibytes > most) {
            throw new ConfigException(
                    what + ": " + mebibytes + " MiB is too much; at most " + most + " MiB here");
        }
        return (int) mebibytes;
    }

    /** A number of virtual processors. */
    static int vcpus(String what, long vcpus) throws ConfigException {
        int most = DomainConfigReader.MAX_VCPUS;
        if (vcpus < 1 || vcpus > most) {
            throw new ConfigException(what + ": must be from 1 to " + most + ", not " + vcpus);
        }
        return (int) vcpus;
    }

    /** A kernel's command line of at most {@code most} bytes. */
    static String commandLine(String line, int most) throws ConfigException {
        if (line.indexOf('\0') >= 0) {
            throw new ConfigException("cmdline: contains a NUL character");
        }
        int bytes = line.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > most) {
            throw new ConfigException(
                    "cmdline: " + bytes + " bytes; a guest takes at most " + most);
        }
        return line;
    }

    /** The time that {@code --timeout} gives; null for none. */
    static Optional<Duration> timeout(Double seconds) throws ConfigException {
        if (seconds == null) {
            return Optional.empty();
        }
        if (!(seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS)) {
            throw new ConfigException("--timeout: must be a number of seconds above 0");
        }
        return Optional.of(Duration.ofNanos((long) (seconds * 1e9)));
    }

    /** The host's memory in MiB. */
    static long hostMemory() {
        var host = ManagementFactory.getOperatingSystemMXBean();
        return host instanceof com.sun.management.OperatingSystemMXBean memory
                ? memory.getTotalMemorySize() >> 20
                : DomainConfigReader.MAX_MEMORY;
    }
}
