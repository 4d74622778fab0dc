package org.xenolith.firmware.smbios;

/** Structures or strings that break the rules of SMBIOS. The message says how, in one line. */
public final class SmbiosException extends Exception {
    private static final long serialVersionUID = 1L;

    SmbiosException(String message) {
        super(message);
    }
}
