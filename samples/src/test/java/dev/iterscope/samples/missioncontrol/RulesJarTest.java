package dev.iterscope.samples.missioncontrol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openjdk.jmc.common.unit.IQuantity;
import org.openjdk.jmc.flightrecorder.JfrAttributes;
import org.openjdk.jmc.flightrecorder.rules.IRule;
import org.openjdk.jmc.flightrecorder.rules.RuleRegistry;
import org.owasp.encoder.Encode;

/// The jar that goes into Mission Control, held against Mission Control's own plug-ins.
final class RulesJarTest {

    private static final String SERVICES = "META-INF/services/org.openjdk.jmc.flightrecorder.rules.IRule";
    private static final int JAVA_17_CLASSES = 61;
    private static final Pattern EXTENDED_POINT = Pattern.compile("<extension point=\"([\\w.]+)\"");
    private static final Pattern DECLARED_POINT = Pattern.compile("<extension-point id=\"(\\w+)\"");

    private final Path jar = findJar();

    @Test
    void isASingletonPlugInThatRequiresThePlugInsItsClassesUse() throws IOException {
        Attributes headers = headers(jar);

        assertThat(headers.getValue("Bundle-ManifestVersion")).isEqualTo("2");
        assertThat(headers.getValue("Bundle-SymbolicName")).isEqualTo("dev.iterscope.missioncontrol.rules;singleton:=true");
        assertThat(headers.getValue("Bundle-Version")).matches("\\d+\\.\\d+\\.\\d+");
        assertThat(headers.getValue("Fragment-Host")).isNull();
        assertThat(headers.getValue("Require-Bundle").split(","))
                .containsExactlyInAnyOrder(
                        name(jarOf(IQuantity.class)), name(jarOf(JfrAttributes.class)), name(jarOf(IRule.class)));
        assertThat(headers.getValue("Bundle-RequiredExecutionEnvironment"))
                .isEqualTo(headers(jarOf(IRule.class)).getValue("Bundle-RequiredExecutionEnvironment"))
                .isEqualTo("JavaSE-17");
    }

    @Test
    void extendsThePointThatMissionControlLooksForRulesAt() throws IOException {
        Path rules = jarOf(RuleRegistry.class);
        String point = name(rules) + "." + only(DECLARED_POINT, text(rules, "plugin.xml"));

        assertThat(only(EXTENDED_POINT, text(jar, "plugin.xml"))).isEqualTo(point);
    }

    @Test
    void holdsClassesOfTheJavaVersionThatMissionControlRunsOn() throws IOException {
        List<String> classes = new ArrayList<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            for (var entry : file.stream().filter(e -> e.getName().endsWith(".class")).toList()) {
                try (DataInputStream data = new DataInputStream(file.getInputStream(entry))) {
                    data.readInt();
                    data.readUnsignedShort();
                    assertThat(data.readUnsignedShort()).as(entry.getName()).isLessThanOrEqualTo(JAVA_17_CLASSES);
                }
                classes.add(entry.getName().replace('/', '.').replaceAll("\\.class$", ""));
            }
        }

        assertThat(text(jar, SERVICES).lines())
                .isNotEmpty()
                .allSatisfy(service -> assertThat(classes).contains(service.strip()));
    }

    /// Nothing but the jar and Mission Control's plug-ins: what else the rules used would be missing.
    @Test
    void isFoundWithMissionControlsClassesAlone() throws IOException, ClassNotFoundException {
        List<URL> urls = new ArrayList<>();
        for (Path path : List.of(
                jar, jarOf(IQuantity.class), jarOf(JfrAttributes.class), jarOf(IRule.class), jarOf(Encode.class))) {
            urls.add(path.toUri().toURL());
        }
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Class<?> rule = loader.loadClass(IRule.class.getName());

            assertThat(ServiceLoader.load(rule, loader).stream().map(found -> found.get().getClass().getSimpleName()))
                    .containsExactlyInAnyOrder("KvPressureRule", "PreemptionThrashRule", "IdleGapRule");
        }
    }

    private static Path findJar() {
        Path target = Objects.requireNonNull(jarOf(RulesJarTest.class).getParent());
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.toString().endsWith("-mission-control-rules.jar")).findFirst().orElseThrow();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path jarOf(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
    }

    private static Attributes headers(Path file) throws IOException {
        try (JarFile opened = new JarFile(file.toFile())) {
            return opened.getManifest().getMainAttributes();
        }
    }

    /// The symbolic name without directives.
    private static String name(Path file) throws IOException {
        return headers(file).getValue("Bundle-SymbolicName").replaceAll(";.*", "");
    }

    private static String text(Path file, String entry) throws IOException {
        try (JarFile opened = new JarFile(file.toFile());
                InputStream in = opened.getInputStream(opened.getEntry(entry))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String only(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }
}
