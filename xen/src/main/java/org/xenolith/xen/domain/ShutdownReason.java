package org.xenolith.xen.domain;

/** SHUTDOWN_* of public/sched.h, in numeric order. */
public enum ShutdownReason {
    POWEROFF,
    REBOOT,
    SUSPEND,
    CRASH,
    WATCHDOG,
    SOFT_RESET
}
