/**
 * From an exit to a device: an access to a port or to physical memory without RAM becomes an {@link
 * org.xenolith.hvm.io.IoRequest}, which an {@link org.xenolith.hvm.io.IoServer} has a device model
 * serve.
 */
package org.xenolith.hvm.io;
