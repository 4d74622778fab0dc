/**
 * Unpacking the compressed formats in which Linux and Xen images come.
 *
 * <p>{@link org.xenolith.firmware.image.compression.Compression} names a format by its magic bytes
 * and unpacks it with a bounded output. The unpackers come from libraries where these are fit: the
 * JDK (gzip), Commons Compress (bzip2), XZ for Java (lzma, xz), aircompressor (lzo and zstd
 * blocks). The framing of lzop, lz4 and zstd is read here, and so are lz4 blocks: Debian's cloud
 * kernel takes 0.2 s so, 0.4 s with Commons Compress, in a fresh JVM.
 */
package org.xenolith.firmware.image.compression;
