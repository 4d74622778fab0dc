package org.xenolith.cli.terminal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * Signals as callbacks. The JDK's only means for this is {@code sun.misc.Signal} of the module
 * jdk.unsupported, which cannot be named in a source compiled without warnings; hence reflection.
 */
public final class Signals {
    private Signals() {}

    /**
     * From now on {@code action} runs, in a thread of its own, for every signal of a kind.
     *
     * @param name without SIG in front
     * @return whether that could be arranged; if not, or where there is no such signal, it does to
     *     the program what it usually does
     */
    public static boolean handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler onSignal =
                    (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                        }
                        return null;
                    };
            Object proxy =
                    Proxy.newProxyInstance(
                            Signals.class.getClassLoader(), new Class<?>[] {handler}, onSignal);
            Object kind = signal.getConstructor(String.class).newInstance(name);
            signal.getMethod("handle", signal, handler).invoke(null, kind, proxy);
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
