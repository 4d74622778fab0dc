package org.xenolith.firmware.image;

/**
 * A file that cannot be used as a kernel image. The message is one line for the user: the file,
 * what is wrong with it, and what to do.
 */
public final class ImageException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * A message "name: problem; advice".
     *
     * @param name the image as the user named it
     * @param problem what is wrong
     * @param advice what the user can do about it
     */
    public ImageException(String name, String problem, String advice) {
        this(name, problem, advice, null);
    }

    ImageException(String name, String problem, String advice, Throwable cause) {
        super(Text.oneLine(name + ": " + problem + "; " + advice), cause);
    }

    static ImageException truncated(String name, String what) {
        return new ImageException(
                name, "it ends before " + what, "it was truncated or damaged: copy it again");
    }

    static ImageException damaged(String name, String what) {
        return new ImageException(name, what, "it is damaged: copy it again");
    }
}
