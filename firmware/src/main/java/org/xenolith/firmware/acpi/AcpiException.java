package org.xenolith.firmware.acpi;

/** Tables that break the rules of ACPI. The message says which table and how, in one line. */
public final class AcpiException extends Exception {
    private static final long serialVersionUID = 1L;

    AcpiException(String message) {
        super(message);
    }
}
