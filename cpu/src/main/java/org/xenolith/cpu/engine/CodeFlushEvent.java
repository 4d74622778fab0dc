package org.xenolith.cpu.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** For Java Flight Recorder: all decoded and translated code of a machine was dropped. */
@Name("org.xenolith.CodeFlush")
@Label("Code Flush")
@Category("Xenolith")
@Description("Decoded and translated guest code was dropped because there was too much")
@StackTrace(false)
final class CodeFlushEvent extends Event {
    @Label("Instructions")
    @Description("Decoded since the last flush")
    int instructions;

    @Label("Regions")
    @Description("Translated since the last flush")
    int regions;
}
