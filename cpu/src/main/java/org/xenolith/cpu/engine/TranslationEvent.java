package org.xenolith.cpu.engine;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** For Java Flight Recorder: a region was translated, or could not be. */
@Name("org.xenolith.Translation")
@Label("Translation")
@Category("Xenolith")
@Description("A region of guest code was compiled to bytecode")
@StackTrace(false)
final class TranslationEvent extends Event {
    @Label("Machine Address")
    @Description("Of the first instruction")
    long address;

    @Label("Blocks")
    int blocks;

    @Label("Instructions")
    int instructions;

    @Label("Bytecode")
    @DataAmount
    int bytecodes;

    @Label("Result")
    String result;
}
