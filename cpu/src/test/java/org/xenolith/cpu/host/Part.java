package org.xenolith.cpu.host;

/** One of several shares of the opcode table that are about the same in size and mixture. */
record Part(int number, int of) {
    static Part parse(String text) {
        String[] numbers = text.split("/");
        Part part = new Part(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
        if (part.number < 1 || part.number > part.of) {
            throw new IllegalArgumentException("no part: " + text);
        }
        return part;
    }

    /** Whether a row belongs to it, by its number in the table. */
    boolean has(int row) {
        return row % of == number - 1;
    }

    @Override
    public String toString() {
        return number + "/" + of;
    }
}
