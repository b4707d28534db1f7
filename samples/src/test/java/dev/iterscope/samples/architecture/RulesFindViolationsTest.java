package dev.iterscope.samples.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every rule reports the classes below `broken` that break it, and no others.
class RulesFindViolationsTest {

    private static final String BROKEN = RulesFindViolationsTest.class.getPackageName() + ".broken";
    private static final Rules RULES = new Rules(BROKEN);
    private static final JavaClasses CLASSES = new ClassFileImporter().importPackages(BROKEN);
    private static final Pattern OFFENDER = Pattern.compile("(?:Class|Method|Constructor|Field|Record component) <" + Pattern.quote(BROKEN)
            + "\\.(?:[a-z]+\\.)*([A-Z]\\w*)");

    static Stream<Arguments> offenders() {
        return Stream.of(
                arguments(RULES.profilerStandsAlone(), Set.of("ProfilerImportsEngine")),
                arguments(RULES.engineIgnoresProjection(), Set.of("EngineImportsProjection", "ImportsSamples")),
                arguments(RULES.nothingImportsSamples(), Set.of("ImportsSamples")),
                arguments(RULES.pureImportsAreFew(), Set.of("ImportsPath")),
                arguments(RULES.pureCodeHasNoOutside(), Set.of("ReadsClock", "UsesThread", "UsesParallelStream")),
                arguments(RULES.pureCodeDoesNotLock(), Set.of("Locks")),
                arguments(RULES.projectionUsesThePureEngine(), Set.of("UsesFacade")),
                arguments(RULES.commandLineUsesTheFacade(), Set.of("NamesBackends")),
                arguments(RULES.backendsAreNamedByNobody("cpu"), Set.of("NamesBackends")),
                arguments(RULES.backendsAreNamedByNobody("cuda"), Set.of("NamesBackends")),
                arguments(RULES.backendsAreNamedByNobody("emulated"), Set.of("NamesBackends")),
                arguments(RULES.onlyTheCommandLinePrintsOrExits(), Set.of("Prints", "Exits")),
                arguments(RULES.jcudaOnlyInItsBackend(), Set.of("UsesCuda")),
                arguments(RULES.vectorsOnlyInTheirBackend(), Set.of("UsesVectors")),
                arguments(RULES.foreignMemoryOnlyWhereItIsTheSubject(), Set.of("UsesForeignMemory")),
                arguments(RULES.internalsStayInTheirModule("profiler"), Set.of("ReadsInternals")));
    }

    @ParameterizedTest
    @MethodSource("offenders")
    void eachRuleNamesItsOffenders(ArchRule rule, Set<String> expected) {
        Set<String> found = rule.evaluate(CLASSES).getFailureReport().getDetails().stream()
                .map(OFFENDER::matcher)
                .filter(matcher -> matcher.lookingAt())
                .map(matcher -> matcher.group(1))
                .collect(Collectors.toSet());

        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void aCycleOfPackagesIsFound() {
        String report = String.join("\n", RULES.packagesFormNoCycle().evaluate(CLASSES).getFailureReport().getDetails());

        assertThat(report).contains("OneWay").contains("AndBack").doesNotContain("CleanModel");
    }
}
