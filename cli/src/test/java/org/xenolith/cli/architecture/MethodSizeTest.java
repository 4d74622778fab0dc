package org.xenolith.cli.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/** HotSpot never compiles a method of more than 8000 bytecodes: none of ours may be that long. */
final class MethodSizeTest {
    private static final int LIMIT = 8000;

    @Test
    void everyMethodCanBeCompiled() throws IOException {
        List<String> tooLong = new ArrayList<>();
        int classes = 0;
        for (JavaClass each : OurClasses.ALL) {
            try (InputStream in = each.getSource().orElseThrow().getUri().toURL().openStream()) {
                tooLong.addAll(tooLong(ClassFile.of().parse(in.readAllBytes())));
                classes++;
            }
        }
        assertTrue(classes > 20, "these cannot be all our classes");
        assertEquals(List.of(), tooLong);
    }

    @Test
    void aLongMethodIsFound() {
        byte[] longClass =
                ClassFile.of()
                        .build(
                                ClassDesc.of("Long"),
                                type -> {
                                    addMethod(type, "longest", LIMIT);
                                    addMethod(type, "tooLong", LIMIT + 1);
                                });
        assertEquals(List.of("Long.tooLong: 8001 bytes"), tooLong(ClassFile.of().parse(longClass)));
    }

    private static void addMethod(ClassBuilder type, String name, int bytecodes) {
        type.withMethodBody(
                name,
                MethodTypeDesc.of(ConstantDescs.CD_void),
                ClassFile.ACC_STATIC,
                code -> {
                    for (int i = 1; i < bytecodes; i++) {
                        code.nop();
                    }
                    code.return_();
                });
    }

    private static List<String> tooLong(ClassModel type) {
        List<String> found = new ArrayList<>();
        for (MethodModel method : type.methods()) {
            int size = method.findAttribute(Attributes.code()).map(c -> c.codeLength()).orElse(0);
            if (size > LIMIT) {
                String name = type.thisClass().asInternalName().replace('/', '.');
                found.add(name + "." + method.methodName() + ": " + size + " bytes");
            }
        }
        return found;
    }
}
