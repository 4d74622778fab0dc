package org.xenolith.testroms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

class TestRomsTest {
    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;
    private static final int ENTRY = 1;
    private static final int HYPERCALL_PAGE = 2;
    private static final int VIRT_BASE = 3;

    static List<String> names() {
        return TestRoms.names();
    }

    @Test
    void namesAreTheRomsOfTheTests() {
        assertEquals(
                List.of(
                        "crash",
                        "demo",
                        "echo",
                        "hcpage",
                        "hostile",
                        "legacy",
                        "poweroff",
                        "reboot",
                        "smc",
                        "smp",
                        "spin",
                        "tripbad"),
                TestRoms.names());
    }

    @Test
    void unknownNameIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> TestRoms.image("../x"));
    }

    @ParameterizedTest
    @MethodSource("names")
    void headersDescribeTheWholeFile(String name) {
        ByteBuffer elf = elf(name);
        assertEquals(0x464c457f, elf.getInt(0), "magic");
        assertEquals(2, elf.get(4), "class");
        assertEquals(2, elf.getShort(16), "type");
        assertEquals(62, elf.getShort(18), "machine");
        int load = programHeader(elf, PT_LOAD);
        long virtual = elf.getLong(load + 16);
        long fileSize = elf.getLong(load + 32);
        long memorySize = elf.getLong(load + 40);
        assertEquals(0, elf.getLong(load + 8), "offset");
        assertEquals(elf.capacity(), fileSize);
        assertTrue(memorySize > fileSize, "room for the stack");
        assertEquals(0, virtual & 0xfff);
        assertEquals(0, memorySize & 0xfff);
        long entry = elf.getLong(24) - virtual;
        assertTrue(entry > 0 && entry < fileSize, "entry " + entry);
    }

    @ParameterizedTest
    @MethodSource("names")
    void notesAgreeWithTheHeaders(String name) {
        ByteBuffer elf = elf(name);
        if (name.equals("legacy")) {
            assertEquals(-1, programHeader(elf, PT_NOTE));
            assertTrue(text(elf, 0, elf.capacity()).contains("__xen_guest\0"));
            assertTrue(text(elf, 0, elf.capacity()).contains("XEN_VER=xen-3.0,VIRT_BASE="));
            return;
        }
        Map<Integer, ByteBuffer> notes = notes(elf);
        assertEquals(elf.getLong(24), notes.get(ENTRY).getLong(0));
        assertEquals(
                elf.getLong(programHeader(elf, PT_LOAD) + 16), notes.get(VIRT_BASE).getLong(0));
        assertEquals("xen-3.0\0", text(notes.get(5), 0, 8));
        assertEquals("generic\0", text(notes.get(8), 0, 8));
        assertEquals(name.equals("hcpage"), notes.containsKey(HYPERCALL_PAGE));
        if (name.equals("hcpage")) {
            assertEquals(0, notes.get(HYPERCALL_PAGE).getLong(0) & 0xfff);
        }
    }

    private static ByteBuffer elf(String name) {
        return ByteBuffer.wrap(TestRoms.image(name)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Offset of the first program header of a type, or -1. */
    private static int programHeader(ByteBuffer elf, int type) {
        int table = (int) elf.getLong(32);
        for (int i = 0; i < elf.getShort(56); i++) {
            if (elf.getInt(table + i * 56) == type) {
                return table + i * 56;
            }
        }
        return -1;
    }

    private static Map<Integer, ByteBuffer> notes(ByteBuffer elf) {
        int header = programHeader(elf, PT_NOTE);
        int at = (int) elf.getLong(header + 8);
        int end = at + (int) elf.getLong(header + 32);
        Map<Integer, ByteBuffer> notes = new TreeMap<>();
        while (at < end) {
            assertEquals(4, elf.getInt(at));
            assertEquals("Xen\0", text(elf, at + 12, 4));
            int size = elf.getInt(at + 4);
            ByteBuffer content = elf.slice(at + 16, size).order(ByteOrder.LITTLE_ENDIAN);
            assertFalse(notes.containsKey(elf.getInt(at + 8)));
            notes.put(elf.getInt(at + 8), content);
            at += 16 + (size + 3 & ~3);
        }
        assertEquals(end, at);
        return notes;
    }

    private static String text(ByteBuffer bytes, int from, int length) {
        byte[] copy = new byte[length];
        bytes.get(from, copy);
        return new String(copy, StandardCharsets.ISO_8859_1);
    }
}
