package org.xenolith.cli.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class LogLayoutTest {
    private final LoggerContext context = new LoggerContext();

    @AfterEach
    void reset() {
        Logging.setTerminalIsRaw(false);
        Logging.setVerbosity(0);
    }

    private String line(Level level, Throwable thrown) {
        var logger = context.getLogger("org.xenolith.pv.Traps");
        var event = new LoggingEvent("", logger, level, "{} it", thrown, new Object[] {"say"});
        return new LogLayout().doLayout(event);
    }

    @Test
    void aMessageIsALine() {
        assertEquals("xenolith: error: say it\n", line(Level.ERROR, null));
        assertEquals("xenolith: warning: say it\n", line(Level.WARN, null));
        assertEquals("xenolith: say it\n", line(Level.INFO, null));
        assertEquals("xenolith: Traps: say it\n", line(Level.DEBUG, null));
    }

    @Test
    void aRawTerminalNeedsCarriageReturns() {
        Logging.setTerminalIsRaw(true);
        assertEquals("xenolith: say it\r\n", line(Level.INFO, null));
    }

    @Test
    void stackTracesAreForTheCurious() {
        Exception thrown = new IllegalStateException("why");
        assertEquals(
                "xenolith: error: say it (java.lang.IllegalStateException: why)\n",
                line(Level.ERROR, thrown));
        Logging.setVerbosity(2);
        assertTrue(line(Level.ERROR, thrown).contains("\tat org.xenolith.cli.log.LogLayoutTest"));
    }

    @Test
    void verbosityMovesTheLevel() {
        var logger = LoggerFactory.getLogger("org.xenolith");
        assertTrue(logger.isWarnEnabled());
        assertFalse(logger.isInfoEnabled());
        Logging.setVerbosity(1);
        assertTrue(logger.isInfoEnabled());
        assertFalse(logger.isDebugEnabled());
        Logging.setVerbosity(3);
        assertTrue(logger.isDebugEnabled());
    }
}
