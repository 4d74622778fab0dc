package org.xenolith.devices.system;

/** What a guest asked, as text. */
public final class Events implements SystemEvents {
    public final StringBuilder log = new StringBuilder();

    @Override
    public void powerOff() {
        log.append("off ");
    }

    public boolean sleeps = true;

    @Override
    public boolean suspend() {
        log.append("suspend ");
        return sleeps;
    }

    @Override
    public void resume() {
        log.append("resume ");
    }

    @Override
    public void reset() {
        log.append("reset ");
    }

    @Override
    public void exit(int status) {
        log.append("exit").append(status).append(' ');
    }

    @Override
    public void a20(boolean enabled) {
        log.append(enabled ? "a20+ " : "a20- ");
    }
}
