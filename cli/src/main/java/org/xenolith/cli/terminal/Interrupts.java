package org.xenolith.cli.terminal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * SIGINT as a callback. The JDK's only means for this is {@code sun.misc.Signal} of the module
 * jdk.unsupported, which cannot be named in a source compiled without warnings; hence reflection.
 */
public final class Interrupts {
    private Interrupts() {}

    /**
     * From now on {@code action} runs, in a thread of its own, for every SIGINT.
     *
     * @return whether that could be arranged; if not, SIGINT ends the program as usual
     */
    public static boolean handle(Runnable action) {
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
                            Interrupts.class.getClassLoader(), new Class<?>[] {handler}, onSignal);
            Object sigint = signal.getConstructor(String.class).newInstance("INT");
            signal.getMethod("handle", signal, handler).invoke(null, sigint, proxy);
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
