package org.xenolith.xen.store;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Answers the requests of one session (xenstore.txt, from "Database read, write" on). */
final class RequestHandler {
    private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);
    private static final byte[] OK = Message.strings("OK");

    private final Session session;
    private final XenStore store;
    private final Consumer<Message> out;
    private final WatchListener watchOut;
    private boolean unknownLogged;

    /**
     * @param session in whose name requests are carried out
     * @param store where domains are looked up
     * @param out takes the answer to each request
     * @param watchOut takes the events of watches that the requests register
     */
    RequestHandler(Session session, XenStore store, Consumer<Message> out, WatchListener watchOut) {
        this.session = session;
        this.store = store;
        this.out = out;
        this.watchOut = watchOut;
    }

    /** Carries out one request and answers it with its result or an error. */
    void handle(Message request) {
        try {
            MessageType type = admit(request);
            if (type == MessageType.WATCH) {
                watch(request);
                return;
            }
            byte[] answer = answer(type, request);
            if (answer.length > Message.PAYLOAD_MAX) {
                throw new StoreException(StoreError.E2BIG);
            }
            out.accept(request.reply(answer));
        } catch (StoreException e) {
            out.accept(request.error(e.error()));
        }
    }

    private MessageType admit(Message request) throws StoreException {
        MessageType type = MessageType.of(request.type());
        if (type == null || type.group() == MessageType.Group.REPLY) {
            throw unknown(request.type());
        }
        if (type.group() == MessageType.Group.CONTROL_DOMAIN
                && session.domid() != Permissions.CONTROL_DOMAIN) {
            throw new StoreException(StoreError.EACCES);
        }
        if (type.group() != MessageType.Group.PLAIN) {
            session.table(request.transaction());
        }
        return type;
    }

    private StoreException unknown(int type) {
        if (!unknownLogged) {
            unknownLogged = true;
            LOG.warn(
                    "xenstore: domain {} sent a request of unknown type {}", session.domid(), type);
        }
        return new StoreException(StoreError.ENOSYS);
    }

    private byte[] answer(MessageType type, Message request) throws StoreException {
        int transaction = request.transaction();
        return switch (type) {
            case READ -> session.read(transaction, request.onlyString()).value();
            case DIRECTORY ->
                    Message.strings(session.read(transaction, request.onlyString()).children());
            case DIRECTORY_PART -> directoryPart(request);
            case GET_PERMS -> permissions(request);
            case SET_PERMS -> setPermissions(request);
            case WRITE -> write(request);
            case MKDIR -> {
                session.makeDirectory(transaction, request.onlyString());
                yield OK;
            }
            case RM -> {
                session.remove(transaction, request.onlyString());
                yield OK;
            }
            case UNWATCH -> unwatch(request);
            case RESET_WATCHES -> {
                session.reset();
                yield OK;
            }
            case TRANSACTION_START ->
                    Message.strings(
                            Integer.toUnsignedString(session.startTransaction(transaction)));
            case TRANSACTION_END -> endTransaction(request);
            case GET_DOMAIN_PATH ->
                    Message.strings(StorePath.home(Permissions.parseDomid(request.onlyString())));
            case IS_DOMAIN_INTRODUCED -> {
                int domid = Permissions.parseDomid(request.onlyString());
                yield Message.strings(store.isIntroduced(domid) ? "T" : "F");
            }
            // The hypervisor introduces and releases domains itself, not at somebody's request.
            case CONTROL, INTRODUCE, RELEASE, RESUME, SET_TARGET -> throw unknown(type.number());
            case WATCH, WATCH_EVENT, ERROR -> throw new IllegalStateException(type.name());
        };
    }

    private byte[] write(Message request) throws StoreException {
        String path = request.firstString();
        byte[] payload = request.payload();
        byte[] value = Arrays.copyOfRange(payload, path.length() + 1, payload.length);
        session.write(request.transaction(), path, value);
        return OK;
    }

    private byte[] permissions(Message request) throws StoreException {
        Permissions permissions = session.permissions(request.transaction(), request.onlyString());
        List<String> texts = new ArrayList<>();
        for (Permissions.Entry entry : permissions.entries()) {
            texts.add(entry.toString());
        }
        return Message.strings(texts);
    }

    private byte[] setPermissions(Message request) throws StoreException {
        List<String> arguments = request.strings();
        if (arguments.size() < 2) {
            throw new StoreException(StoreError.EINVAL);
        }
        Permissions permissions = Permissions.parse(arguments.subList(1, arguments.size()));
        session.setPermissions(request.transaction(), arguments.getFirst(), permissions);
        return OK;
    }

    private byte[] endTransaction(Message request) throws StoreException {
        String commit = request.onlyString();
        if (!commit.equals("T") && !commit.equals("F")) {
            throw new StoreException(StoreError.EINVAL);
        }
        session.endTransaction(request.transaction(), commit.equals("T"));
        return OK;
    }

    /** The answer goes out before the event that each new watch gets at once. */
    private void watch(Message request) throws StoreException {
        List<String> arguments = arguments(request, 2);
        Watch watch = session.addWatch(arguments.get(0), arguments.get(1), watchOut);
        out.accept(request.reply(OK));
        watch.fireFirst();
    }

    private byte[] unwatch(Message request) throws StoreException {
        List<String> arguments = arguments(request, 2);
        session.removeWatch(arguments.get(0), arguments.get(1));
        return OK;
    }

    private static List<String> arguments(Message request, int count) throws StoreException {
        List<String> arguments = request.strings();
        if (arguments.size() != count) {
            throw new StoreException(StoreError.EINVAL);
        }
        return arguments;
    }

    /**
     * The node's generation and as many whole names as fit, from a byte offset in the list of
     * names; an empty name stands for the end.
     */
    private byte[] directoryPart(Message request) throws StoreException {
        List<String> arguments = arguments(request, 2);
        Node node = session.read(request.transaction(), arguments.get(0));
        byte[] names = Message.strings(node.children());
        int from = Math.min(parseOffset(arguments.get(1)), names.length);
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        answer.writeBytes(Message.strings(Long.toString(node.generation())));
        int room = Message.PAYLOAD_MAX - answer.size() - 1;
        int end = from;
        for (int i = from; i < names.length && i - from < room; i++) {
            if (names[i] == 0) {
                end = i + 1;
            }
        }
        answer.write(names, from, end - from);
        if (end == names.length) {
            answer.write(0);
        }
        return answer.toByteArray();
    }

    private static int parseOffset(String text) throws StoreException {
        try {
            return Integer.parseUnsignedInt(text) & Integer.MAX_VALUE;
        } catch (NumberFormatException e) {
            throw new StoreException(StoreError.EINVAL);
        }
    }
}
