package org.xenolith.xen.store;

/** What a permission entry grants, with its letter on the wire (xenstore.txt, GET_PERMS). */
public enum Access {
    NONE('n', 0),
    READ('r', 1),
    WRITE('w', 2),
    BOTH('b', 3);

    private final char letter;
    private final int mask;

    Access(char letter, int mask) {
        this.letter = letter;
        this.mask = mask;
    }

    char letter() {
        return letter;
    }

    /** Whether this grant includes all of {@code wanted}. */
    boolean covers(Access wanted) {
        return (mask & wanted.mask) == wanted.mask;
    }

    static Access ofLetter(char letter) throws StoreException {
        for (Access access : values()) {
            if (access.letter == letter) {
                return access;
            }
        }
        throw new StoreException(StoreError.EINVAL);
    }
}
