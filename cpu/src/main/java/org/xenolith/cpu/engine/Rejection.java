package org.xenolith.cpu.engine;

/** Why hot code is not translated, or not now. */
public enum Rejection {
    /** It is 16-bit code, or its segments are not flat. */
    MODE("16-bit code or segments that are not flat"),

    /** An instruction crosses a page, is undefined, or is a relative branch of 16 bits. */
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
