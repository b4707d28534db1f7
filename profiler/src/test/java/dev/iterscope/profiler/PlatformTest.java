package dev.iterscope.profiler;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.junit.jupiter.api.Test;

/// The build promises that tests run on JDK 25 or later with native access, whatever JDK Maven runs on.
class PlatformTest {

    @Test
    void testsRunOnJdk25() {
        assertThat(Runtime.version().feature()).isGreaterThanOrEqualTo(25);
    }

    @Test
    void nativeCodeCanBeCalled() throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle pid = linker.downcallHandle(linker.defaultLookup().findOrThrow("getpid"), FunctionDescriptor.of(ValueLayout.JAVA_INT));

        assertThat((long) (int) pid.invokeExact()).isEqualTo(ProcessHandle.current().pid());
    }
}
