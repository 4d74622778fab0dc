package org.xenolith.cpu.engine;

/** Why hot code is not translated, or not now. */
public enum Rejection {
    /** It is 16- or 32-bit code. */
    MODE("not 64-bit code"),

    /** An instruction crosses a page, or does nothing but raise an exception. */
    INSTRUCTION("an instruction without a translation"),

    /** Not even its first instruction fits into a method. */
    LENGTH("too long"),

    /** So many wait to be translated already; it comes later. */
    QUEUE("too many waiting"),

    /** The translator has failed. */
    FAILURE("failure of the translator");

    private final String text;

    Rejection(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
