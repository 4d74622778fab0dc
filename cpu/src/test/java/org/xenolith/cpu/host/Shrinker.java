package org.xenolith.cpu.host;

import org.xenolith.cpu.decode.Opcode;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reduces a case in which our processor and the host's differ to what matters: prefixes go,
 * registers and memory become zero as long as a difference remains.
 */
final class Shrinker {
    private final HostCpu host;
    private final UserMachine machine;
    private HostCase best;
    private String kind;

    Shrinker(HostCpu host) throws IOException {
        this.host = host;
        machine = new UserMachine(HostCpu.isAmd());
        if (!host.hasLocalSegments()) {
            machine.withoutLocalSegments();
        }
    }

    /** The smallest case found that still shows a difference. */
    HostCase shrink(HostCase found) throws IOException {
        best = found;
        String name = found.comment().replaceAll(":.*", "");
        kind = kind(found.comment().substring(name.length() + 1));
        int before;
        do {
            before = weight(best);
            shrinkCode(name);
            shrinkState(name);
        } while (weight(best) < before);
        return best;
    }

    /** The first word of a difference, or all of it if the vectors differ. */
    private static String kind(String text) {
        String first = text.strip().replaceAll("[ 0-9].*", "");
        return first.equals("vector") ? text.strip() : first;
    }

    private static int weight(HostCase c) {
        int weight = c.code().length;
        for (long r : c.before().gpr) {
            weight += Long.bitCount(r);
        }
        for (byte[] bytes : List.of(c.before().fx, c.before().ymm, c.before().data)) {
            for (byte b : bytes) {
                weight += Integer.bitCount(b & 0xff);
            }
        }
        return weight + Long.bitCount(c.before().rflags);
    }

    private void shrinkCode(String name) throws IOException {
        for (int i = 0; i < best.code().length; i++) {
            byte[] shorter = new byte[best.code().length - 1];
            System.arraycopy(best.code(), 0, shorter, 0, i);
            System.arraycopy(best.code(), i + 1, shorter, i, shorter.length - i);
            if (shorter.length > 0 && sameRow(shorter)) {
                attempt(name, shorter, best.before());
            }
        }
        for (int i = 1; i < best.code().length; i++) {
            byte[] simpler = best.code().clone();
            simpler[i] = 0;
            if (sameRow(simpler)) {
                attempt(name, simpler, best.before());
            }
        }
    }

    private boolean sameRow(byte[] code) {
        Opcode row = machine.row(best.code(), best.before());
        return row != null && row == machine.row(code, best.before());
    }

    private void shrinkState(String name) throws IOException {
        for (int i = 0; i < 16; i++) {
            int r = i;
            change(name, s -> s.gpr[r] = 0);
            change(name, s -> s.gpr[r] &= 0xffffffffL);
            change(name, s -> s.gpr[r] &= 0xffff);
            change(name, s -> s.gpr[r] &= 0xff);
        }
        change(name, s -> s.rflags = 0x202);
        for (int bit = 0; bit < 22; bit++) {
            int b = bit;
            change(name, s -> s.rflags &= ~(1L << b) | 0x202);
        }
        change(name, s -> Arrays.fill(s.bases, 0));
        change(name, s -> FxImage.initial(clear(s.fx)));
        change(name, s -> Arrays.fill(s.ymm, (byte) 0));
        for (int size : new int[] {256, 64, 16, 8, 4, 1}) {
            zero(name, size);
        }
    }

    private static byte[] clear(byte[] bytes) {
        Arrays.fill(bytes, (byte) 0);
        return bytes;
    }

    private void zero(String name, int size) throws IOException {
        for (int at = 0; at < HostState.DATA_BYTES; at += size) {
            int from = at;
            change(name, s -> Arrays.fill(s.data, from, from + size, (byte) 0));
            if (from >= 32 && from + size <= 416) { // registers of the image
                change(name, s -> Arrays.fill(s.fx, from, from + size, (byte) 0));
            }
            if (from + size <= 256) {
                change(name, s -> Arrays.fill(s.ymm, from, from + size, (byte) 0));
            }
        }
    }

    private void change(String name, Consumer<HostState> change) throws IOException {
        HostState simpler = best.before().copy();
        change.accept(simpler);
        attempt(name, best.code(), simpler);
    }

    /** Takes a simpler case if it is not the same and shows a difference of the same kind. */
    private void attempt(String name, byte[] code, HostState before) throws IOException {
        if (Arrays.equals(code, best.code()) && same(before, best.before())) {
            return;
        }
        host.put(0, code, before, false);
        host.run(1);
        HostState after = new HostState();
        host.get(0, after);
        Disagreements.level(machine.decode(code, before), after);
        String text = machine.difference(code, before, after, true);
        if (!text.isEmpty() && kind(text).equals(kind)) {
            best = new HostCase(name + ":" + text, best.amd(), code, before, after);
        }
    }

    private static boolean same(HostState a, HostState b) {
        return Arrays.equals(a.gpr, b.gpr)
                && a.rflags == b.rflags
                && Arrays.equals(a.bases, b.bases)
                && Arrays.equals(a.fx, b.fx)
                && Arrays.equals(a.ymm, b.ymm)
                && Arrays.equals(a.data, b.data);
    }
}
