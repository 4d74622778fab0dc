/**
 * Guest programs of our own: small 64-bit PV kernels written for NASM in {@code
 * testroms/src/main/nasm} and built by {@code testroms/build} into ELF images that are part of this
 * module. {@link org.xenolith.testroms.TestRoms} hands the images out; {@code demo} is the one that
 * explains itself. Each ROM's source begins with what it does and how it ends.
 */
package org.xenolith.testroms;
