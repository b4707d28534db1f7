package dev.iterscope.engine.backend.cuda;

import java.lang.invoke.MethodHandle;

/// Calls C functions that answer with a status, without the checked `Throwable` of method handles.
final class NativeCall {
    private NativeCall() {}

    /// Calls a function that returns an `int` status.
    static int status(MethodHandle function, Object... arguments) {
        try {
            return (int) function.invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) { // a native call throws no checked exception; a mismatch of types is a defect here
            throw new IllegalStateException(e);
        }
    }
}
