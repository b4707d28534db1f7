package dev.iterscope.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// No method of the kernels takes or gives a vector.
///
/// Whether a method is inlined is the compiler's choice, made anew in each process; where it declines, a vector that is handed over becomes
/// an object, and the kernel takes many times as long (docs/benchmarks/cpu.md).
class VectorsStayInMethodsTest {
    private static final String VECTORS = "jdk.incubator.vector.";

    @Test
    void noMethodHandsOverAVector() throws IOException, URISyntaxException, ClassNotFoundException {
        List<Class<?>> kernels = kernels();
        assertThat(kernels).contains(VectorKernels.class, VectorExp.class, Int8Panels.class);
        List<String> handing = new ArrayList<>();
        for (Class<?> kernel : kernels) {
            for (Method method : kernel.getDeclaredMethods()) {
                Stream<Class<?>> types = Stream.concat(Stream.of(method.getReturnType()), Arrays.stream(method.getParameterTypes()));
                if (types.anyMatch(type -> type.getName().startsWith(VECTORS))) {
                    handing.add(method.toString());
                }
            }
        }
        assertThat(handing).isEmpty();
    }

    private static List<Class<?>> kernels() throws IOException, URISyntaxException, ClassNotFoundException {
        Path classes = Path.of(VectorKernels.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path folder = classes.resolve(VectorKernels.class.getPackageName().replace('.', '/'));
        List<Class<?>> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
                String name = file.getFileName().toString().replace(".class", "");
                found.add(Class.forName(VectorKernels.class.getPackageName() + "." + name, false, VectorKernels.class.getClassLoader()));
            }
        }
        return found;
    }
}
