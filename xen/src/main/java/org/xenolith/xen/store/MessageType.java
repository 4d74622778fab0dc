package org.xenolith.xen.store;

/** Types of messages (io/xs_wire.h, xsd_sockmsg_type; numbers 20 and above 22 are not known). */
enum MessageType {
    CONTROL(0, Group.CONTROL_DOMAIN),
    DIRECTORY(1, Group.NODE),
    READ(2, Group.NODE),
    GET_PERMS(3, Group.NODE),
    WATCH(4, Group.PLAIN),
    UNWATCH(5, Group.PLAIN),
    TRANSACTION_START(6, Group.NODE),
    TRANSACTION_END(7, Group.NODE),
    INTRODUCE(8, Group.CONTROL_DOMAIN),
    RELEASE(9, Group.CONTROL_DOMAIN),
    GET_DOMAIN_PATH(10, Group.NODE),
    WRITE(11, Group.NODE),
    MKDIR(12, Group.NODE),
    RM(13, Group.NODE),
    SET_PERMS(14, Group.NODE),
    WATCH_EVENT(15, Group.REPLY),
    ERROR(16, Group.REPLY),
    IS_DOMAIN_INTRODUCED(17, Group.CONTROL_DOMAIN),
    RESUME(18, Group.CONTROL_DOMAIN),
    SET_TARGET(19, Group.CONTROL_DOMAIN),
    RESET_WATCHES(21, Group.NODE),
    DIRECTORY_PART(22, Group.NODE);

    /** What is checked before a request of this type is looked at. */
    enum Group {
        /** The transaction must exist. */
        NODE,
        /** The transaction number is ignored. */
        PLAIN,
        /** Only the control domain may ask; the transaction must exist. */
        CONTROL_DOMAIN,
        /** Not a request. */
        REPLY
    }

    private static final MessageType[] BY_NUMBER = new MessageType[23];

    static {
        for (MessageType type : values()) {
            BY_NUMBER[type.number] = type;
        }
    }

    private final int number;
    private final Group group;

    MessageType(int number, Group group) {
        this.number = number;
        this.group = group;
    }

    int number() {
        return number;
    }

    Group group() {
        return group;
    }

    /** The type with this number on the wire, or null. */
    static MessageType of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }
}
