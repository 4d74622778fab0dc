package org.xenolith.xen.store;

/**
 * Names of nodes: {@code /}-separated, absolute in the tree, or relative to the home of a domain
 * (xenstore.txt). Names that begin with {@code @} stand for special watches.
 */
final class StorePath {
    /** Longest path in bytes (io/xs_wire.h, XENSTORE_ABS_PATH_MAX). */
    static final int ABSOLUTE_MAX = 3072;

    /** Longest part after a domain's home (io/xs_wire.h, XENSTORE_REL_PATH_MAX). */
    static final int RELATIVE_MAX = 2048;

    private static final String HOMES = "/local/domain/";
    private static final int DOMID_DIGITS = 5;

    private StorePath() {}

    /** The home of a domain, where its relative paths begin. */
    static String home(int domid) {
        return HOMES + domid;
    }

    /** Whether a requester's path is relative to its home. */
    static boolean isRelative(String path) {
        return !path.startsWith("/") && !path.startsWith("@");
    }

    /**
     * The full name of what {@code domid} calls {@code path}.
     *
     * @param special whether {@code @} names are allowed here
     * @throws StoreException EINVAL for a bad character, doubled or trailing slash, or length
     */
    static String canonical(String path, int domid, boolean special) throws StoreException {
        if (path.isEmpty() || !hasValidCharacters(path) || (path.startsWith("@") && !special)) {
            throw new StoreException(StoreError.EINVAL);
        }
        String full = isRelative(path) ? home(domid) + "/" + path : path;
        boolean trailing = full.length() > 1 && full.endsWith("/");
        if (trailing
                || full.contains("//")
                || full.length() > ABSOLUTE_MAX
                || full.length() - homePrefix(full) > RELATIVE_MAX) {
            throw new StoreException(StoreError.EINVAL);
        }
        return full;
    }

    private static boolean hasValidCharacters(String path) {
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            boolean digit = c >= '0' && c <= '9';
            if (!letter && !digit && c != '-' && c != '/' && c != '_' && c != '@') {
                return false;
            }
        }
        return true;
    }

    /** Length of a leading {@code /local/domain/N/}, which does not count for RELATIVE_MAX. */
    private static int homePrefix(String path) {
        if (!path.startsWith(HOMES)) {
            return 0;
        }
        int end = HOMES.length();
        while (end < path.length() && Character.isDigit(path.charAt(end))) {
            end++;
        }
        int digits = end - HOMES.length();
        boolean whole = end < path.length() && path.charAt(end) == '/';
        return whole && digits > 0 && digits <= DOMID_DIGITS ? end + 1 : 0;
    }

    /** The node above; the root is above itself and above the special names. */
    static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "/" : path.substring(0, slash);
    }

    /** The last component. */
    static String leaf(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The name of a child. */
    static String child(String parent, String leaf) {
        return parent.equals("/") ? "/" + leaf : parent + "/" + leaf;
    }

    /** Whether {@code path} is {@code top} or lies below it. */
    static boolean isWithin(String path, String top) {
        if (!path.startsWith(top)) {
            return false;
        }
        return path.length() == top.length() || top.equals("/") || path.charAt(top.length()) == '/';
    }
}
