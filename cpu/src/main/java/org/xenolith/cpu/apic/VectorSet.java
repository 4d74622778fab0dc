package org.xenolith.cpu.apic;

import java.util.Arrays;
import java.util.List;

/** 256 bits, one a vector: ISR, TMR or IRR (SDM vol. 3A, 11.8.4). */
final class VectorSet {
    private static final int WORDS = 8;

    private final int[] words = new int[WORDS];

    void add(int vector) {
        words[vector >> 5] |= 1 << vector;
    }

    void remove(int vector) {
        words[vector >> 5] &= ~(1 << vector);
    }

    boolean contains(int vector) {
        return (words[vector >> 5] & 1 << vector) != 0;
    }

    /** The highest vector, or -1. */
    int highest() {
        for (int i = WORDS - 1; i >= 0; i--) {
            if (words[i] != 0) {
                return 32 * i + 31 - Integer.numberOfLeadingZeros(words[i]);
            }
        }
        return -1;
    }

    /** 32 vectors as the register {@code index}, 0 to 7, shows them. */
    int word(int index) {
        return words[index];
    }

    void clear() {
        Arrays.fill(words, 0);
    }

    List<Integer> save() {
        return Arrays.stream(words).boxed().toList();
    }

    /** Takes saved words; vectors 0 to 15 are never in the set. */
    void restore(List<Integer> saved) {
        if (saved.size() != WORDS) {
            throw new IllegalArgumentException("a vector register has 8 words: " + saved.size());
        }
        for (int i = 0; i < WORDS; i++) {
            words[i] = saved.get(i);
        }
        words[0] &= ~0xffff;
    }
}
