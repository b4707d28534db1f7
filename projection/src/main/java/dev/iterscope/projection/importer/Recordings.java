package dev.iterscope.projection.importer;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.importer.bench.BenchResultImporter;
import dev.iterscope.projection.importer.fpm.FpmImporter;
import dev.iterscope.projection.importer.jfr.JfrImporter;
import dev.iterscope.projection.importer.kernels.KernelKinds;
import dev.iterscope.projection.importer.merge.Merge;
import dev.iterscope.projection.importer.merge.OneService;
import dev.iterscope.projection.importer.merge.Part;
import dev.iterscope.projection.importer.merge.Placement;
import dev.iterscope.projection.importer.nsys.NsysImporter;
import dev.iterscope.projection.importer.sglang.SglangLogImporter;
import dev.iterscope.projection.importer.source.Importer;
import dev.iterscope.projection.importer.source.JsonObjects;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.Source;
import dev.iterscope.projection.importer.torch.TorchTraceImporter;
import dev.iterscope.projection.importer.trtllm.TrtLlmLogImporter;
import dev.iterscope.projection.importer.trtllm.TrtLlmStatsImporter;
import dev.iterscope.projection.importer.vllm.VllmLogImporter;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RecordingWarning;
import dev.iterscope.projection.recording.StepLogging;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Reads recordings: the one way in for everything that projects, compares or exports.
///
/// What a source is follows from its content, never from its name. Several sources are taken as recordings of one service and are
/// merged.
public final class Recordings {

    /// Warnings that explain why a source held nothing.
    private static final Set<String> DAMAGE = Set.of(
            "json-damaged", "json-line-damaged", "source-broken", "recording-cut", "jfr-damaged", "jfr-metadata-damaged",
            "jfr-without-metadata", "export-damaged");

    private Recordings() {}

    /// Reads one or more sources into one recording.
    ///
    /// @param files files, or `-` for standard input
    /// @throws UserInputException if a source cannot be used: it does not exist, is of no known kind, or holds nothing
    public static Recording read(List<Path> files) {
        return read(files, KernelKinds.standard());
    }

    /// Reads one or more sources into one recording.
    ///
    /// @param files files, or `-` for standard input
    /// @param kinds what kernels do, told from their names
    /// @throws UserInputException if a source cannot be used: it does not exist, is of no known kind, or holds nothing
    public static Recording read(List<Path> files, KernelKinds kinds) {
        return withinMemory(files, () -> {
            List<Part> parts = readParts(files, kinds, Together.AS_NAMED);
            return parts.size() == 1 ? Merge.of(parts.getFirst()) : Merge.of(new Placement(parts));
        });
    }

    /// Sources together, and those of each run by themselves.
    ///
    /// @param merged all of them
    /// @param each   each run, the earliest first; the merged recording where all are of one run
    public record Runs(Recording merged, List<Recording> each) {}

    /// Whether several sources are checked.
    public enum Together {
        /// Each once, and of one model, device and engine.
        ONE_SERVICE,
        /// As they are named.
        AS_NAMED
    }

    /// Reads sources of one or more runs of one service, each named once.
    ///
    /// @param files files, or `-` for standard input
    /// @param kinds what kernels do, told from their names
    /// @throws UserInputException as the method below
    public static Runs readRuns(List<Path> files, KernelKinds kinds) {
        return readRuns(files, kinds, Together.ONE_SERVICE);
    }

    /// Reads sources of one or more runs of a service. Sources are of one run if their times overlap and their limits do not differ, if
    /// one's steps go on where another's end, or if only one of them has steps.
    ///
    /// @param files files, or `-` for standard input
    /// @param kinds what kernels do, told from their names
    /// @param together whether they are checked
    /// @throws UserInputException if a source cannot be used: it does not exist, is of no known kind, or holds nothing; and if sources are of
    ///         different services or one is named twice
    public static Runs readRuns(List<Path> files, KernelKinds kinds, Together together) {
        return withinMemory(files, () -> {
            List<Part> parts = readParts(files, kinds, together);
            if (parts.size() == 1) {
                Recording recording = Merge.of(parts.getFirst());
                return new Runs(recording, List.of(recording));
            }
            Placement placement = new Placement(parts);
            List<Recording> each = byTime(Merge.runs(placement));
            return each.size() == 1 ? new Runs(each.getFirst(), each) : new Runs(Merge.of(placement), each);
        });
    }

    private static <T> T withinMemory(List<Path> files, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (OutOfMemoryError e) {
            // What was read is let go of here; only the records themselves grow with a source.
            throw UserInputException.input(files.getFirst().toString(), "", "holds more records than fit into the memory",
                    "give the JVM more, for example ITERSCOPE_JAVA_OPTS=-Xmx16g, or name a part of it");
        }
    }

    private static List<Part> readParts(List<Path> files, KernelKinds kinds, Together together) {
        if (files.isEmpty()) {
            throw UserInputException.usage("no recording named; name at least one file");
        }
        if (files.stream().anyMatch(file -> file.toString().isEmpty())) {
            throw UserInputException.usage("the name of a recording is empty; name a file");
        }
        if (files.stream().filter(file -> file.toString().equals("-")).count() > 1) {
            throw UserInputException.usage("standard input (-) can be read only once; save it to a file first");
        }
        boolean checked = together == Together.ONE_SERVICE && files.size() > 1;
        if (checked) {
            OneService.requireDifferentFiles(files);
        }
        List<OneService.Named> named = files.stream().map(file -> new OneService.Named(file, readPart(file, kinds))).toList();
        if (checked) {
            OneService.require(named);
        }
        return named.stream().map(OneService.Named::part).sorted(order(kinds)).toList();
    }

    /// Sources in an order of their own, so that the order in which they are named changes nothing. Of steps that two sources hold, those of
    /// the first count: so one with at least about twice the steps comes first, then the most telling kind, then the earliest, then the
    /// smallest budget.
    private static Comparator<Part> order(KernelKinds kinds) {
        List<String> telling = importers(kinds).stream().map(Importer::kind).toList();
        return Comparator.comparingInt(Recordings::rarity)
                .thenComparingInt(part -> telling.indexOf(part.kind()))
                .thenComparingLong(part -> part.records().firstNanos().orElse(Long.MAX_VALUE))
                .thenComparingInt(part -> part.records().settings().build().maxNumBatchedTokens().orElse(Integer.MAX_VALUE))
                .thenComparing(Part::file);
    }

    /// Lower for more steps, by powers of two.
    private static int rarity(Part part) {
        return Integer.numberOfLeadingZeros(part.records().iterations().values().stream().mapToInt(List::size).sum());
    }

    /// Runs in the order of time: the first is the service as it was before anything was tried on it.
    private static List<Recording> byTime(List<Recording> runs) {
        return runs.stream()
                .sorted(Comparator.comparingLong(Recordings::beginNanos)
                        .thenComparingInt(run -> run.settings().maxNumBatchedTokens().orElse(Integer.MAX_VALUE)))
                .toList();
    }

    private static long beginNanos(Recording run) {
        return run.iterations().isEmpty() ? Long.MAX_VALUE : run.iterations().getFirst().endNanos().orElse(Long.MAX_VALUE);
    }

    private static Part readPart(Path file, KernelKinds kinds) {
        try (Source source = Source.open(file)) {
            Importer importer = importerOf(source, file, kinds);
            RecordingBuilder builder = new RecordingBuilder();
            importer.read(source, builder);
            if (source.broken()) {
                JsonObjects.warnBroken(builder.warnings());
            }
            if (builder.isEmpty()) {
                throw nothingIn(source, file, builder);
            }
            return new Part(importer.kind(), source.name(), builder);
        } catch (IOException e) {
            throw UserInputException.input(file.toString(), "", "cannot be read (" + Source.reason(e) + ")", "check that it is complete");
        }
    }

    /// One of each kind, the most telling first; an importer reads one source.
    private static List<Importer> importers(KernelKinds kinds) {
        return List.of(
                new JfrImporter(kinds),
                new NsysImporter(kinds),
                new TorchTraceImporter(kinds),
                new TrtLlmStatsImporter(),
                new FpmImporter(),
                new BenchResultImporter(),
                new VllmLogImporter(),
                new TrtLlmLogImporter(),
                new SglangLogImporter());
    }

    private static Importer importerOf(Source source, Path file, KernelKinds kinds) {
        Optional<Importer> known = importers(kinds).stream().filter(importer -> importer.recognises(source)).findFirst();
        if (known.isPresent()) {
            return known.get();
        }
        if (source.looksLikeText() && !FileKinds.isOther(source)) {
            // A server log may begin with pages of other output.
            return new VllmLogImporter();
        }
        throw UserInputException.input(file.toString(), "", "is " + FileKinds.describe(source) + ", not a recording",
                FileKinds.remedy(source));
    }

    private static UserInputException nothingIn(Source source, Path file, RecordingBuilder builder) {
        if (FileKinds.isWorkload(source)) {
            throw UserInputException.input(file.toString(), "", "is a workload, not a recording", FileKinds.AS_WORKLOAD);
        }
        Optional<String> damage = builder.warnings().list().stream()
                .filter(warning -> DAMAGE.contains(warning.code()))
                .map(RecordingWarning::message)
                .findFirst();
        if (damage.isPresent()) {
            String what = damage.get();
            int end = what.indexOf("; ");
            return UserInputException.input(file.toString(), "", "is damaged before anything could be read ("
                    + what.substring(0, end < 0 ? what.length() : end) + ")", "copy or record it again");
        }
        String head = source.headText().stripLeading();
        if (head.contains("ServerArgs(")) {
            return UserInputException.input(file.toString(), "", "holds no batch line of SGLang",
                    "start the server with --log-level info --decode-log-interval 1 and send it requests");
        }
        return source.looksLikeText() && !head.startsWith("{") && !head.startsWith("[{")
                ? UserInputException.input(
                        file.toString(), "", "holds no iteration line of a known engine",
                        StepLogging.turnOn(builder.settings().build().engineName()))
                : UserInputException.input(file.toString(), "", "holds no iteration, request or kernel",
                        "record while the engine serves requests");
    }
}
