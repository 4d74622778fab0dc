package org.xenolith.cli.run;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.engine.CodeCache;

/** Says with {@code -v} how a machine's code was executed. */
public final class EngineReport {
    private static final Logger LOG = LoggerFactory.getLogger(EngineReport.class);

    private EngineReport() {}

    /** Logs the statistics of a machine that does not run any more. */
    public static void log(CodeCache code) {
        if (LOG.isInfoEnabled()) {
            code.statistics().text().lines().forEach(LOG::info);
        }
    }
}
