package org.xenolith.cpu.host;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Cases as text: {@code #} lines are comments, then {@code name value} lines with numbers in
 * hexadecimal. Before the line {@code ---} stands the state before, without what is zero or as
 * {@link HostState#HostState} has it; behind it what the hardware changed.
 *
 * <p>Names are those of registers; {@code ymm0} its upper half, {@code st0} the sign and exponent
 * before the significand, {@code data40} the 16 bytes from 0x40 on in the order of addresses.
 */
final class CaseFile {
    private static final String[] GENERAL = {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
        "r13", "r14", "r15"
    };
    private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs"};
    private static final String SEPARATOR = "---";
    private static final HexFormat HEX = HexFormat.of();

    private CaseFile() {}

    static String write(HostCase c) {
        StringBuilder s = new StringBuilder();
        s.append("# ").append(c.comment()).append('\n');
        s.append("maker ").append(c.amd() ? "amd" : "intel").append('\n');
        s.append("code ").append(HEX.formatHex(c.code())).append('\n');
        Map<String, String> before = describe(c.before());
        append(s, before, describe(new HostState()));
        s.append(SEPARATOR).append('\n');
        s.append("vector %x\n".formatted(c.after().vector));
        s.append("error %x\n".formatted(c.after().errorCode));
        s.append("rip %x\n".formatted(c.after().rip));
        s.append("cr2 %x\n".formatted(c.after().cr2));
        HostState after = c.after().copy();
        if (!c.before().long64()) { // the upper halves hold nothing
            for (int i = 0; i < after.gpr.length; i++) {
                after.gpr[i] &= 0xffffffffL;
            }
        }
        append(s, describe(after), before);
        return s.toString();
    }

    private static void append(
            StringBuilder s, Map<String, String> state, Map<String, String> known) {
        state.forEach(
                (name, value) -> {
                    if (!value.equals(known.get(name))) {
                        s.append(name).append(' ').append(value).append('\n');
                    }
                });
    }

    private static Map<String, String> describe(HostState state) {
        Map<String, String> m = new LinkedHashMap<>();
        for (int i = 0; i < GENERAL.length; i++) {
            m.put(GENERAL[i], Long.toHexString(state.gpr[i]));
        }
        m.put("rflags", Long.toHexString(state.rflags));
        for (int i = 0; i < SEGMENTS.length; i++) {
            m.put(SEGMENTS[i], Integer.toHexString(state.selectors[i]));
        }
        m.put("fsbase", Long.toHexString(state.bases[0]));
        m.put("gsbase", Long.toHexString(state.bases[1]));
        ByteBuffer fx = ByteBuffer.wrap(state.fx).order(ByteOrder.LITTLE_ENDIAN);
        m.put("control", "%x".formatted(fx.getShort(0)));
        m.put("status", "%x".formatted(fx.getShort(2)));
        m.put("tags", "%x".formatted(fx.get(4)));
        m.put("mxcsr", "%x".formatted(fx.getInt(24)));
        for (int i = 0; i < 8; i++) {
            short high = fx.getShort(40 + 16 * i);
            m.put("st" + i, "%04x%016x".formatted(high, fx.getLong(32 + 16 * i)));
        }
        ByteBuffer ymm = ByteBuffer.wrap(state.ymm).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 16; i++) {
            m.put("xmm" + i, vector(fx, 160 + 16 * i));
        }
        for (int i = 0; i < 16; i++) {
            m.put("ymm" + i, vector(ymm, 16 * i));
        }
        for (int i = 0; i < HostState.DATA_BYTES; i += 16) {
            m.put("data" + Integer.toHexString(i), HEX.formatHex(state.data, i, i + 16));
        }
        return m;
    }

    private static String vector(ByteBuffer b, int at) {
        return "%016x%016x".formatted(b.getLong(at + 8), b.getLong(at));
    }

    /**
     * Reads a case.
     *
     * @throws IllegalArgumentException if it is none
     */
    static HostCase read(String text) {
        String comment = "";
        boolean amd = false;
        byte[] code = null;
        HostState before = new HostState();
        HostState after = null;
        for (String line : text.lines().toList()) {
            if (line.startsWith("#")) {
                comment += line.substring(1).strip() + " ";
            } else if (line.equals(SEPARATOR)) {
                after = before.copy();
            } else if (!line.isBlank()) {
                String[] words = line.strip().split("\\s+");
                switch (words[0]) {
                    case "maker" -> amd = words[1].equals("amd");
                    case "code" -> code = HEX.parseHex(words[1]);
                    default -> set(after == null ? before : after, words[0], words[1]);
                }
            }
        }
        if (code == null || after == null) {
            throw new IllegalArgumentException("no code or no state after it");
        }
        return new HostCase(comment.strip(), amd, code, before, after);
    }

    private static void set(HostState s, String name, String value) {
        ByteBuffer fx = ByteBuffer.wrap(s.fx).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < GENERAL.length; i++) {
            if (GENERAL[i].equals(name)) {
                s.gpr[i] = number(value);
                return;
            }
        }
        for (int i = 0; i < SEGMENTS.length; i++) {
            if (SEGMENTS[i].equals(name)) {
                s.selectors[i] = (int) number(value);
                return;
            }
        }
        switch (name) {
            case "vector" -> s.vector = (int) number(value);
            case "error" -> s.errorCode = (int) number(value);
            case "rip" -> s.rip = number(value);
            case "cr2" -> s.cr2 = number(value);
            case "rflags" -> s.rflags = number(value);
            case "fsbase" -> s.bases[0] = number(value);
            case "gsbase" -> s.bases[1] = number(value);
            case "control" -> fx.putShort(0, (short) number(value));
            case "status" -> fx.putShort(2, (short) number(value));
            case "tags" -> fx.put(4, (byte) number(value));
            case "mxcsr" -> fx.putInt(24, (int) number(value));
            default -> setWide(s, fx, name, value);
        }
    }

    private static void setWide(HostState s, ByteBuffer fx, String name, String value) {
        String kind = name.replaceAll("(st|[xy]mm|data).*", "$1");
        String rest = name.substring(kind.length());
        switch (kind) {
            case "st" -> {
                int i = Integer.parseInt(rest);
                fx.putShort(40 + 16 * i, (short) number(value.substring(0, 4)));
                fx.putLong(32 + 16 * i, number(value.substring(4)));
            }
            case "xmm" -> setVector(fx, 160 + 16 * Integer.parseInt(rest), value);
            case "ymm" -> {
                ByteBuffer ymm = ByteBuffer.wrap(s.ymm).order(ByteOrder.LITTLE_ENDIAN);
                setVector(ymm, 16 * Integer.parseInt(rest), value);
            }
            case "data" -> {
                byte[] bytes = HEX.parseHex(value);
                System.arraycopy(bytes, 0, s.data, Integer.parseInt(rest, 16), bytes.length);
            }
            default -> throw new IllegalArgumentException(name);
        }
    }

    private static void setVector(ByteBuffer b, int at, String value) {
        b.putLong(at + 8, number(value.substring(0, 16)));
        b.putLong(at, number(value.substring(16)));
    }

    private static long number(String text) {
        return Long.parseUnsignedLong(text, 16);
    }
}
