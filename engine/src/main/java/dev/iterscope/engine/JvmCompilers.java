package dev.iterscope.engine;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Waits until the JVM's compilers have nothing left to do.
///
/// What warming up and starting a recording leave them with would be compiled beside the first steps, and take processor time from the
/// threads that execute these: steps that take a few milliseconds were twice as long.
final class JvmCompilers {
    private static final long LOOK_MILLIS = 20;
    /// Looks without progress, together longer than the compilation of a large kernel takes: time counts when a compilation ends.
    private static final int CALM_LOOKS = 5;
    /// A JVM that is still busy then is busy with something else.
    private static final int MOST_LOOKS = 100;

    private JvmCompilers() {}

    /// Returns after a tenth of a second without a compilation, or after two seconds; at once in a JVM without compilers and in a thread
    /// that is interrupted.
    static void settle() {
        @Nullable CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
        if (compilers == null || !compilers.isCompilationTimeMonitoringSupported()) {
            return;
        }
        long before = compilers.getTotalCompilationTime();
        for (int look = 0, calm = 0; look < MOST_LOOKS && calm < CALM_LOOKS; look++) {
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            long now = compilers.getTotalCompilationTime();
            calm = now == before ? calm + 1 : 0;
            before = now;
        }
    }
}
