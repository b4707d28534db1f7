package dev.iterscope.samples.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The architecture rules R1 to R7 over all four modules. ARCHITECTURE.md says why they are as they are.
class ArchitectureTest {

    private static final Rules RULES = new Rules("dev.iterscope");
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(location -> !location.contains("/test-classes/"))
            .importPackages("dev.iterscope");

    /// Without this, a class path that lacks a module would let every rule about it pass.
    @ParameterizedTest
    @ValueSource(strings = {"profiler.event", "engine.schedule", "projection.cli"})
    void everyModuleIsLookedAt(String name) {
        assertThat(CLASSES).anyMatch(type -> type.getPackageName().equals("dev.iterscope." + name));
    }

    @Test
    void r1ProfilerImportsOnlyTheJdk() {
        RULES.profilerStandsAlone().check(CLASSES);
    }

    @Test
    void r2EngineNeverImportsProjection() {
        RULES.engineIgnoresProjection().check(CLASSES);
    }

    @Test
    void r2NothingImportsSamples() {
        RULES.nothingImportsSamples().check(CLASSES);
    }

    @Test
    void r3PackagesFormNoCycle() {
        RULES.packagesFormNoCycle().check(CLASSES);
    }

    @Test
    void r4PurePackagesImportLittle() {
        RULES.pureImportsAreFew().check(CLASSES);
    }

    @Test
    void r4PurePackagesHaveNoClockThreadOrChance() {
        RULES.pureCodeHasNoOutside().check(CLASSES);
    }

    @Test
    void r4PurePackagesDoNotLock() {
        RULES.pureCodeDoesNotLock().check(CLASSES);
    }

    @Test
    void r5ProjectionUsesThePureEngine() {
        RULES.projectionUsesThePureEngine().check(CLASSES);
    }

    @Test
    void r5TheCommandLineUsesTheFacade() {
        RULES.commandLineUsesTheFacade().check(CLASSES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cuda", "emulated"})
    void r5ABackendIsNamedByNobody(String backend) {
        RULES.backendsAreNamedByNobody(backend).check(CLASSES);
    }

    @Test
    void r6OnlyTheCommandLinePrintsOrExits() {
        RULES.onlyTheCommandLinePrintsOrExits().check(CLASSES);
    }

    @Test
    void r6JcudaOnlyInItsBackend() {
        RULES.jcudaOnlyInItsBackend().check(CLASSES);
    }

    @Test
    void r6VectorsOnlyInTheirBackend() {
        RULES.vectorsOnlyInTheirBackend().check(CLASSES);
    }

    @Test
    void r6ForeignMemoryOnlyWhereItIsTheSubject() {
        RULES.foreignMemoryOnlyWhereItIsTheSubject().check(CLASSES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"profiler", "engine", "projection"})
    void r7InternalsStayInTheirModule(String module) {
        RULES.internalsStayInTheirModule(module).check(CLASSES);
    }
}
