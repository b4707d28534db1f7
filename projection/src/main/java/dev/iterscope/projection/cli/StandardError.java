package dev.iterscope.projection.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;

/// The standard error that the user sees.
///
/// The JVM announces the incubating Vector API in a line on its standard error before any of our code runs. The launcher therefore
/// filters the JVM's standard error and passes the real one as another descriptor, whose number it gives in the system property
/// `iterscope.stderr`. Writing there directly keeps the order of standard output and error, and no message can come after the exit.
final class StandardError {

    static final String PROPERTY = "iterscope.stderr";

    private StandardError() {}

    /// The descriptor to write to, and from now on that of [System#err] too. Without the launcher, the JVM's own.
    static FileDescriptor take() {
        Integer number = Integer.getInteger(PROPERTY);
        if (number == null) {
            return FileDescriptor.err;
        }
        try {
            Constructor<FileDescriptor> constructor = FileDescriptor.class.getDeclaredConstructor(int.class);
            constructor.setAccessible(true);
            FileDescriptor descriptor = constructor.newInstance(number);
            System.setErr(new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8));
            return descriptor;
        } catch (ReflectiveOperationException | RuntimeException closed) {
            return FileDescriptor.err; // a JDK that is closed here still has the filtered way
        }
    }
}
