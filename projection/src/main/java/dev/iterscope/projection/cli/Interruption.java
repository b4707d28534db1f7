package dev.iterscope.projection.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Ctrl-C as a wish: long work sees it, stops starting new pieces, and the command prints what is finished. The JVM waits for that a few
/// seconds before it ends.
final class Interruption implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;

    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean requested;

    private Interruption() {
        this.hook = new Thread(this::interrupted, "interruption");
    }

    /// Takes over Ctrl-C until closed.
    static Interruption install() {
        Interruption interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    private void interrupted() {
        requested = true;
        try {
            if (!finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return; // the work does not stop; the JVM does
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// True once the user has asked to stop.
    boolean requested() {
        return requested;
    }

    @Override
    public void close() {
        finished.countDown();
        if (!requested) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                finished.countDown(); // the JVM is already going down
            }
        }
    }
}
