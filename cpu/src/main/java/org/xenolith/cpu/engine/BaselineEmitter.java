package org.xenolith.cpu.engine;

import static java.lang.constant.ConstantDescs.CD_int;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;

/** Emits one operation of a baseline region: as its class does it, with constants for fields. */
final class BaselineEmitter extends OperationEmitter {
    private final Operation operation;

    BaselineEmitter(Operation operation, CodeBuilder code, int free) {
        super(OperationFactory.shape(operation), code, null, free);
        this.operation = operation;
    }

    @Override
    void self(String field, ClassDesc type) {
        long value = operation.field(field);
        if (type.equals(CD_int)) {
            code.loadConstant((int) value);
        } else {
            code.loadConstant(value);
        }
    }
}
