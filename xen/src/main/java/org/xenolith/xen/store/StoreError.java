package org.xenolith.xen.store;

/** The errors that an answer can carry; their names go over the wire (io/xs_wire.h, xsd_errors). */
public enum StoreError {
    EINVAL,
    EACCES,
    EEXIST,
    EISDIR,
    ENOENT,
    ENOMEM,
    ENOSPC,
    EIO,
    ENOTEMPTY,
    ENOSYS,
    EROFS,
    EBUSY,
    EAGAIN,
    EISCONN,
    E2BIG,
    EPERM
}
