package org.xenolith.cli.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;

/** One line a message: {@code xenolith: warning: the message}. */
final class LogLayout extends LayoutBase<ILoggingEvent> {
    private static final String RED = "\033[31m";
    private static final String YELLOW = "\033[33m";
    private static final String DEFAULT_COLOUR = "\033[0m";

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder("xenolith: ");
        Level level = event.getLevel();
        if (level.isGreaterOrEqual(Level.ERROR)) {
            line.append(coloured(RED, "error: "));
        } else if (level.isGreaterOrEqual(Level.WARN)) {
            line.append(coloured(YELLOW, "warning: "));
        } else if (!level.isGreaterOrEqual(Level.INFO)) {
            String logger = event.getLoggerName();
            line.append(logger, logger.lastIndexOf('.') + 1, logger.length()).append(": ");
        }
        line.append(event.getFormattedMessage());
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null && Logging.verbose()) {
            line.append('\n').append(ThrowableProxyUtil.asString(thrown).stripTrailing());
        } else if (thrown != null) {
            line.append(" (").append(thrown.getClassName());
            if (thrown.getMessage() != null) {
                line.append(": ").append(thrown.getMessage());
            }
            line.append(')');
        }
        return Logging.lines(line.append('\n').toString());
    }

    private static String coloured(String colour, String text) {
        return Logging.colour() ? colour + text + DEFAULT_COLOUR : text;
    }
}
