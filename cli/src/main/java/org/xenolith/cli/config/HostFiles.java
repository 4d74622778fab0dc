package org.xenolith.cli.config;

import java.nio.file.Files;
import java.nio.file.Path;

/** Says in one line why a file that the user named cannot be read. */
final class HostFiles {
    private HostFiles() {}

    /**
     * @param what what the file is for, such as {@code kernel}
     */
    static void check(String what, Path file) throws ConfigException {
        if (file.toString().isEmpty()) {
            throw new ConfigException(what + ": the file's name is empty");
        }
        if (!Files.exists(file)) {
            throw new ConfigException(what + ": " + file + ": no such file");
        }
        if (Files.isDirectory(file)) {
            throw new ConfigException(what + ": " + file + ": is a directory");
        }
        if (!Files.isReadable(file)) {
            throw new ConfigException(what + ": " + file + ": permission denied");
        }
    }
}
