package org.xenolith.cpu.engine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes translations into a folder, each as a class file and as a text. */
final class RegionDump {
    private static final Logger LOG = LoggerFactory.getLogger(RegionDump.class);

    private final Path folder;
    private int count;
    private boolean failed;

    /** A dump into a folder, which is made if it is missing. */
    RegionDump(Path folder) {
        this.folder = folder;
    }

    /** Writes a translation; that it cannot is logged once. */
    void write(byte[] classFile, Region region) {
        String name = "region-%05d-%x".formatted(count++, region.blocks[0].maddr);
        try {
            Files.createDirectories(folder);
            Files.write(folder.resolve(name + ".class"), classFile);
            String text = RegionListing.of(classFile, region.text);
            Files.writeString(folder.resolve(name + ".txt"), text);
        } catch (IOException e) {
            if (!failed) {
                LOG.warn("{}: translations cannot be written: {}", folder, e.toString());
            }
            failed = true;
        }
    }
}
