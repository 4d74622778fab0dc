package org.xenolith.firmware.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the file of an image, and says in one line why it cannot be read. */
final class ImageFile {
    private ImageFile() {}

    /**
     * All bytes of a file.
     *
     * @param advice what to give instead of what is no regular file
     */
    static byte[] read(Path path, String advice) throws ImageException {
        String name = path.toString();
        try {
            if (Files.isDirectory(path)) {
                throw new ImageException(name, "it is a directory", advice);
            }
            if (!Files.exists(path)) {
                throw new ImageException(name, "no such file", "check the path of the kernel");
            }
            if (!Files.isRegularFile(path)) {
                throw new ImageException(name, "it is no regular file", advice);
            }
            try (InputStream in = Files.newInputStream(path)) {
                if (Files.size(path) > KernelImage.SIZE_LIMIT) {
                    throw tooLarge(name, advice);
                }
                byte[] file = in.readNBytes(KernelImage.SIZE_LIMIT);
                if (in.read() >= 0) {
                    throw tooLarge(name, advice);
                }
                return file;
            }
        } catch (AccessDeniedException e) {
            throw new ImageException(
                    name, "permission denied", "make the file readable or copy it", e);
        } catch (NoSuchFileException e) {
            throw new ImageException(name, "no such file", "check the path of the kernel", e);
        } catch (IOException e) {
            throw new ImageException(
                    name, "cannot read it: " + e.getMessage(), "check the file and its disk", e);
        } catch (OutOfMemoryError e) {
            throw noMemory(name, e);
        }
    }

    static ImageException noMemory(String name, OutOfMemoryError e) {
        return new ImageException(
                name, "unpacking it needs more memory than this JVM has", "raise -Xmx", e);
    }

    private static ImageException tooLarge(String name, String advice) {
        return new ImageException(
                name, "it is larger than " + (KernelImage.SIZE_LIMIT >> 20) + " MiB", advice);
    }
}
