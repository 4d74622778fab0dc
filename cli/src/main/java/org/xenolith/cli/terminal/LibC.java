package org.xenolith.cli.terminal;

import com.sun.jna.Library;
import com.sun.jna.NativeLong;

/** What is called in the C library; termios(3) and ioctl(2). The names are the library's. */
interface LibC extends Library {
    int isatty(int fd);

    /** Fills {@code termios}, whose layout stays the library's affair. */
    int tcgetattr(int fd, byte[] termios);

    int tcsetattr(int fd, int actions, byte[] termios);

    void cfmakeraw(byte[] termios);

    /** {@code arguments} are variadic. */
    int ioctl(int fd, NativeLong request, Object... arguments);
}
