package dev.iterscope.samples.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Set;

/// The architecture rules R1 to R7 as ArchUnit rules over the packages below a root.
///
/// The root is a parameter so that the rules can be pointed at fixtures that break them: a rule that cannot fail proves nothing.
///
/// @param root the package that holds profiler, engine, projection and samples
record Rules(String root) {

    private static final List<String> PURE = List.of("engine.request", "engine.schedule", "engine.kvcache", "engine.step");

    /// Where native memory or native calls are the subject.
    private static final List<String> NATIVE =
            List.of("profiler.nvtx", "engine.backend.cpu", "engine.backend.cuda", "engine.checkpoint");

    /// `java.lang.invoke` and `java.lang.runtime` are what the compiler makes of lambdas, string concatenation and records.
    private static final String[] PURE_JDK = {"java.lang", "java.lang.annotation", "java.lang.invoke", "java.lang.runtime",
        "java.util", "java.util.function", "java.util.stream", "org.jspecify.annotations"};

    /// Parts of `java.lang` and `java.util` that bring in a clock, a thread, chance or the outside world.
    private static final Set<String> IMPURE_TYPES = Set.of(
            "java.lang.Process",
            "java.lang.ProcessBuilder",
            "java.lang.ProcessHandle",
            "java.lang.Runtime",
            "java.lang.InheritableThreadLocal",
            "java.lang.Thread",
            "java.lang.ThreadGroup",
            "java.lang.ThreadLocal",
            "java.util.Calendar",
            "java.util.Date",
            "java.util.Random",
            "java.util.ResourceBundle",
            "java.util.Scanner",
            "java.util.ServiceLoader",
            "java.util.SplittableRandom",
            "java.util.Timer",
            "java.util.UUID");

    /// Methods of permitted types that do the same. No method of a pure package has a reason to bear one of these names.
    private static final Set<String> IMPURE_CALLS =
            Set.of("notify", "notifyAll", "parallelStream", "printStackTrace", "random", "shuffle", "wait");

    /// `java.lang.System` as a whole is impure but for copying arrays and comparing identities.
    private static final Set<String> PURE_SYSTEM_CALLS = Set.of("arraycopy", "identityHashCode", "lineSeparator");

    /// R1: the profiler needs the JDK and nothing of ours.
    ArchRule profilerStandsAlone() {
        return classes().that(in("profiler")).should().onlyDependOnClassesThat(
                in("profiler").or(resideInAnyPackage("java..", "jdk..", "com.sun.net.httpserver", "org.jspecify.annotations"))
                        .or(arrayOrPrimitive()))
                .as("R1 profiler imports only the JDK").allowEmptyShould(true);
    }

    /// R2: the engine knows nothing of what reads its recordings.
    ArchRule engineIgnoresProjection() {
        return noClasses().that(in("engine")).should().dependOnClassesThat(in("projection").or(in("samples")))
                .as("R2 engine never imports projection").allowEmptyShould(true);
    }

    /// R2, the rest of the module graph: samples are nobody's library.
    ArchRule nothingImportsSamples() {
        return noClasses().that(in("profiler").or(in("engine")).or(in("projection"))).should().dependOnClassesThat(in("samples"))
                .as("R2 no module imports samples").allowEmptyShould(true);
    }

    /// R3: packages form no cycle.
    ArchRule packagesFormNoCycle() {
        return slices().matching(root + ".(**)").should().beFreeOfCycles().as("R3 no package cycles").allowEmptyShould(true);
    }

    /// R4: the pure packages import `java.lang`, `java.util`, each other and the model configuration.
    ArchRule pureImportsAreFew() {
        DescribedPredicate<JavaClass> permitted = in(PURE).or(in("engine.model")).or(resideInAnyPackage(PURE_JDK)).or(arrayOrPrimitive());
        return classes().that(in(PURE)).should().onlyDependOnClassesThat(permitted)
                .as("R4 pure packages import java.lang, java.util, each other and engine.model only").allowEmptyShould(true);
    }

    /// R4: of what they import, they use no clock, thread, randomness, lock or outside world.
    ArchRule pureCodeHasNoOutside() {
        return noClasses().that(in(PURE)).should().dependOnClassesThat(named(IMPURE_TYPES))
                .orShould().accessTargetWhere(impureTarget())
                .as("R4 pure packages have no clock, thread, randomness or input and output").allowEmptyShould(true);
    }

    /// R4: nor do they lock, since one thread owns them.
    ArchRule pureCodeDoesNotLock() {
        return noMethods().that().areDeclaredInClassesThat(in(PURE)).should().haveModifier(JavaModifier.SYNCHRONIZED)
                .as("R4 pure packages do not lock").allowEmptyShould(true);
    }

    /// R5: projection takes from the engine its pure packages and the model configuration; only its command line uses the facade.
    ArchRule projectionUsesThePureEngine() {
        DescribedPredicate<JavaClass> permitted = in(PURE).or(in("engine.model"));
        return noClasses().that(in("projection").and(not(in("projection.cli")))).should()
                .dependOnClassesThat(in("engine").and(not(permitted)))
                .as("R5 projection imports only the engine's pure packages and engine.model").allowEmptyShould(true);
    }

    /// R5: the command line may use the facade besides, which is the package `engine` itself.
    ArchRule commandLineUsesTheFacade() {
        DescribedPredicate<JavaClass> permitted = in(PURE).or(in("engine.model")).or(resideInAPackage(root + ".engine"));
        return noClasses().that(in("projection.cli")).should().dependOnClassesThat(in("engine").and(not(permitted)))
                .as("R5 projection.cli imports the Engine facade and no backend").allowEmptyShould(true);
    }

    /// R5: a backend is found by the ServiceLoader and named by nobody.
    ArchRule backendsAreNamedByNobody(String backend) {
        String name = "engine.backend." + backend;
        return noClasses().that(in("").and(not(in(name)))).should().dependOnClassesThat(in(name))
                .as("R5 nothing outside " + name + " names it").allowEmptyShould(true);
    }

    /// R6: a library neither prints nor ends the JVM.
    ArchRule onlyTheCommandLinePrintsOrExits() {
        return noClasses().that(in("profiler").or(in("engine")).or(in("projection")).and(not(resideInAPackage("..cli..")))).should()
                .accessTargetWhere(printOrExit())
                .as("R6 only a cli package prints or exits").allowEmptyShould(true);
    }

    /// R6: one backend knows CUDA.
    ArchRule jcudaOnlyInItsBackend() {
        return noClasses().that(not(in("engine.backend.cuda"))).should().dependOnClassesThat(resideInAnyPackage("jcuda..", "org.jcuda.."))
                .as("R6 JCuda only in engine.backend.cuda").allowEmptyShould(true);
    }

    /// R6: one backend knows the Vector API.
    ArchRule vectorsOnlyInTheirBackend() {
        return noClasses().that(not(in("engine.backend.cpu"))).should().dependOnClassesThat(resideInAPackage("jdk.incubator.vector.."))
                .as("R6 the Vector API only in engine.backend.cpu").allowEmptyShould(true);
    }

    /// R6: native memory and calls only where they are the subject.
    ArchRule foreignMemoryOnlyWhereItIsTheSubject() {
        return noClasses().that(not(in(NATIVE))).should().dependOnClassesThat(resideInAPackage("java.lang.foreign.."))
                .as("R6 java.lang.foreign only in " + String.join(", ", NATIVE)).allowEmptyShould(true);
    }

    /// R7: what is internal to a module is not imported from another.
    ArchRule internalsStayInTheirModule(String module) {
        return noClasses().that(in("").and(not(in(module)))).should()
                .dependOnClassesThat(in(module).and(resideInAPackage("..internal..")))
                .as("R7 internals of " + module + " are not imported from another module").allowEmptyShould(true);
    }

    /// In `root.name` or below; the empty name is the root itself.
    private DescribedPredicate<JavaClass> in(String name) {
        return resideInAPackage(name.isEmpty() ? root + ".." : root + "." + name + "..");
    }

    private DescribedPredicate<JavaClass> in(List<String> names) {
        return resideInAnyPackage(names.stream().map(name -> root + "." + name + "..").toArray(String[]::new));
    }

    private static DescribedPredicate<JavaClass> arrayOrPrimitive() {
        return describe("array or primitive", type -> type.getBaseComponentType().isPrimitive());
    }

    private static DescribedPredicate<JavaClass> named(Set<String> names) {
        return describe("a clock, thread, source of chance or of input", type -> names.contains(type.getBaseComponentType().getName()));
    }

    private static DescribedPredicate<JavaAccess<?>> impureTarget() {
        return describe("a call to clock, chance, monitor or environment", access -> {
            String owner = access.getTargetOwner().getName();
            String method = access.getTarget().getName();
            if (owner.equals("java.lang.System")) {
                return !PURE_SYSTEM_CALLS.contains(method);
            }
            return IMPURE_CALLS.contains(method);
        });
    }

    private static DescribedPredicate<JavaAccess<?>> printOrExit() {
        return describe("printing or ending the JVM", access -> {
            String owner = access.getTargetOwner().getName();
            String name = access.getTarget().getName();
            return switch (owner) {
                case "java.lang.System" -> Set.of("out", "err", "exit").contains(name);
                case "java.lang.Runtime" -> Set.of("exit", "halt").contains(name);
                case "java.lang.IO" -> true;
                default -> name.equals("printStackTrace") && access.getTargetOwner().isAssignableTo(Throwable.class)
                        && access.getTarget().getFullName().endsWith("()");
            };
        });
    }
}
