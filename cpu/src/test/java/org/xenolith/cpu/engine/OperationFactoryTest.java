package org.xenolith.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.OpcodeTable;
import org.xenolith.cpu.state.Cpu;

import java.util.ArrayList;
import java.util.List;

/** Every row of the opcode table fits its semantic method, in all forms it can take. */
class OperationFactoryTest {
    @Test
    void everyRowBindsToItsSemanticMethod() {
        OperationFactory factory = new OperationFactory();
        List<String> broken = new ArrayList<>();
        for (Opcode row : OpcodeTable.get().rows()) {
            for (Instruction form : forms(row)) {
                int mode = form.long64 ? Cpu.MODE_64 : Cpu.MODE_SEGMENTED;
                try {
                    assertNotNull(factory.create(form, new byte[15], 0, mode));
                } catch (RuntimeException | LinkageError e) {
                    broken.add(row + ": " + e);
                    break;
                }
            }
        }
        assertEquals(List.of(), broken);
    }

    private static List<Instruction> forms(Opcode row) {
        List<Instruction> forms = new ArrayList<>();
        for (int size : new int[] {2, 4, 8}) {
            for (boolean memory : new boolean[] {false, true}) {
                if (row.memory() >= 0 && row.memory() == 1 != memory) {
                    continue;
                }
                Instruction in = new Instruction();
                in.opcode = row;
                in.opcodeByte = row.opcode();
                in.operandSize = size;
                in.long64 = size == 8 || row.only64();
                in.addressSize = in.long64 ? 8 : size;
                in.memorySegment = 3;
                in.rexW = size == 8;
                in.vex = row.vex();
                in.vectorLength = row.vex() && size == 8 ? 32 : 16;
                in.segment = size == 2 ? 5 : -1;
                in.memory = memory && row.modrm();
                in.modrm = memory ? 0 : 0xc0;
                in.base = size == 4 ? -1 : 3;
                in.index = size == 2 ? 6 : -1;
                in.length = 4;
                forms.add(in);
            }
        }
        return forms;
    }
}
