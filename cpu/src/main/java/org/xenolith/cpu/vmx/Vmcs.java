package org.xenolith.cpu.vmx;

import org.xenolith.cpu.state.ExitReason;

/**
 * A virtual-machine control structure (SDM vol. 3C, chapter 25): its fields by name. Where they are
 * kept is up to the subclass.
 */
public abstract class Vmcs {
    /** Counts writes to fields other than those of VM-exit information and guest state. */
    long changes;

    /** The field's value, zero-extended. */
    public abstract long read(VmcsField field);

    /** Stores what fits of the value, without any check. */
    protected abstract void store(VmcsField field, long value);

    /** Sets a field; what it controls takes effect with the next VM entry. */
    public final void write(VmcsField field, long value) {
        changes++;
        store(field, value);
    }

    /** Sets bits of a field. */
    public final void set(VmcsField field, long bits) {
        write(field, read(field) | bits);
    }

    /** Clears bits of a field. */
    public final void clear(VmcsField field, long bits) {
        write(field, read(field) & ~bits);
    }

    /** A VMCS that lives in the JVM, for hypervisors that do. */
    public static Vmcs inJava() {
        return new Vmcs() {
            private final long[] values = new long[VmcsField.values().length];

            @Override
            public long read(VmcsField field) {
                return values[field.ordinal()];
            }

            @Override
            protected void store(VmcsField field, long value) {
                values[field.ordinal()] = value & field.mask();
            }
        };
    }

    /** All fields that are not 0, one a line, for people. */
    public String dump() {
        StringBuilder text = new StringBuilder();
        for (VmcsField field : VmcsField.values()) {
            long value = read(field);
            if (field == VmcsField.EXIT_REASON) {
                String name = ExitReason.name((int) value & 0xffff);
                text.append("  %-36s %x (%s)%n".formatted(field.label(), value, name));
            } else if (value != 0) {
                text.append("  %-36s %x%n".formatted(field.label(), value));
            }
        }
        return text.toString();
    }
}
