package dev.iterscope.projection.importer.nsys;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.importer.kernels.KernelKinds;
import dev.iterscope.projection.importer.nsys.NsysExport.Row;
import dev.iterscope.projection.importer.source.Importer;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.RecordingBuilder.ClockOrigin;
import dev.iterscope.projection.importer.source.Source;
import dev.iterscope.projection.importer.trace.DeviceWork;
import dev.iterscope.projection.importer.trace.TraceAssembly;
import dev.iterscope.projection.recording.DeviceFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// SQLite exports of Nsight Systems, of 2022 to 2026.
///
/// Read are the NVTX ranges that name steps, the CUDA calls that launched work, and the work itself. What else such a file holds, the
/// environment, names of hosts and users, paths, is not looked at.
public final class NsysImporter implements Importer {

    private static final String KERNELS = "CUPTI_ACTIVITY_KIND_KERNEL";
    private static final String GRAPHS = "CUPTI_ACTIVITY_KIND_GRAPH_TRACE";
    private static final String COPIES = "CUPTI_ACTIVITY_KIND_MEMCPY";
    private static final String SETS = "CUPTI_ACTIVITY_KIND_MEMSET";
    private static final String CALLS = "CUPTI_ACTIVITY_KIND_RUNTIME";
    private static final String NVTX = "NVTX_EVENTS";
    private static final String CAPTURE_AGAIN =
            "capture again with nsys profile --trace=cuda,nvtx --cuda-graph-trace=node --capture-range=cudaProfilerApi --capture-range-end=stop";
    /// Event types of NVTX_EVENTS.
    private static final int MARK = 34;
    private static final int PUSH_POP = 59;
    private static final int START_END = 60;
    /// The low bits of a thread's global id number the thread, those above the process.
    private static final long THREAD_BITS = 0xffffff;
    /// Some hundred years: no clock counts further, and sums of two of them are no problem.
    private static final long LATEST = 1L << 62;

    private final KernelKinds kinds;

    /// An importer of one export.
    ///
    /// @param kinds what kernels do
    public NsysImporter(KernelKinds kinds) {
        this.kinds = kinds;
    }

    @Override
    public String kind() {
        return "nsys";
    }

    @Override
    public boolean recognises(Source source) {
        return source.headText().startsWith("SQLite format 3\0");
    }

    @Override
    public void read(Source source, RecordingBuilder into) throws IOException {
        try (WholePages pages = WholePages.of(source.file(), into.warnings());
                NsysExport export = NsysExport.open(pages.file(), Files.size(pages.file()), into.warnings())) {
            boolean known = List.of(NVTX, KERNELS, GRAPHS, CALLS, COPIES, "StringIds").stream().anyMatch(export::has);
            if (!known) {
                throw UserInputException.input(source.name(), "", "is an SQLite database, but no export of Nsight Systems",
                        "make one with nsys export --type sqlite -o FILE.sqlite FILE.nsys-rep");
            }
            new Reading(export, into).read();
        }
    }

    /// The reading of one export.
    private final class Reading {
        private final NsysExport export;
        private final RecordingBuilder into;
        private final TraceAssembly assembly;
        private long onlyProcess;
        private boolean severalProcesses;

        private Reading(NsysExport export, RecordingBuilder into) {
            this.export = export;
            this.into = into;
            OptionalLong epoch = epochOfZero();
            this.assembly = new TraceAssembly(kinds, into, epoch.orElse(0));
            into.clock(epoch.isPresent() ? ClockOrigin.EPOCH : ClockOrigin.OWN);
        }

        private void read() {
            readRanges();
            assembly.ranged();
            readCalls();
            readKernels();
            readCopies();
            readGraphs();
            readDevices();
            assembly.finish();
            explain();
        }

        /// Says what the capture lacks, and how to get it.
        private void explain() {
            into.warnings().add(
                    "cuda-graphs-hidden",
                    "steps ran as CUDA graphs whose kernels the capture does not show; " + CAPTURE_AGAIN,
                    assembly.stepsWithHiddenKernels());
            if (assembly.steps() == 0) {
                into.warnings().add(
                        "no-step-ranges",
                        "no NVTX range names an engine's step, so kernels belong to no step; serve with"
                                + " --profiler-config '{\"profiler\": \"cuda\"}' (vLLM) and " + CAPTURE_AGAIN);
            }
            if (assembly.works() == 0 && assembly.steps() == 0) {
                into.warnings().add("no-device-work", "the capture holds no kernels; add cuda to --trace of nsys profile");
            }
        }

        /// What the epoch's time was when the export's clock stood at 0. By default times count from the session's start.
        private OptionalLong epochOfZero() {
            long[] start = {0, 0};
            export.forEach("TARGET_INFO_SESSION_START_TIME", List.of("utcEpochNs"), "", row -> start[0] = row.integer(0, 0));
            export.forEach("ANALYSIS_DETAILS", List.of("startTime"), "", row -> start[1] = row.integer(0, 0));
            boolean usable = start[0] > 0 && start[0] < LATEST && start[1] >= 0 && start[1] < LATEST;
            return usable ? OptionalLong.of(start[0] - start[1]) : OptionalLong.empty();
        }

        private void readRanges() {
            List<String> columns = List.of("eventType", "start", "end", "globalTid", "text", "textId", "uint64Value");
            String where = "eventType IN (" + MARK + ", " + PUSH_POP + ", " + START_END + ")";
            long[] open = {0};
            export.forEach(NVTX, columns, where, row -> {
                long start = row.integer(1, -1);
                long end = row.integer(2, -1);
                long thread = row.integer(3, 0);
                String text = row.text(4);
                String name = text.isEmpty() ? export.text(row.integer(5, -1)) : text;
                if (row.integer(0, 0) == MARK) {
                    assembly.mark(thread & ~THREAD_BITS, thread, start, name);
                } else if (end < 0) {
                    open[0]++;
                } else if (isSpan(start, end)) {
                    range((int) row.integer(0, 0), thread, start, end, name, row.integer(6, -1));
                }
            });
            into.warnings().add("ranges-open", "ranges that had not ended when the capture did were left out", open[0]);
        }

        private void range(int type, long thread, long start, long end, String name, long number) {
            if (type == PUSH_POP) {
                assembly.range(thread & ~THREAD_BITS, thread, start, end, name, number);
            } else {
                assembly.processRange(thread & ~THREAD_BITS, start, end, name, number);
            }
        }

        private void readCalls() {
            export.forEach(CALLS, List.of("start", "globalTid", "correlationId", "nameId"), "", row -> {
                long start = row.integer(0, -1);
                long thread = row.integer(1, 0);
                if (start >= 0) {
                    long process = thread & ~THREAD_BITS;
                    severalProcesses |= onlyProcess != 0 && onlyProcess != process;
                    onlyProcess = process;
                    assembly.launch(process, thread, start, row.integer(2, 0), export.text(row.integer(3, -1)).contains("GraphLaunch"));
                }
            });
        }

        private void readKernels() {
            List<String> columns =
                    List.of("start", "end", "globalPid", "correlationId", "deviceId", "streamId", "demangledName", "shortName");
            export.forEach(KERNELS, columns, "", row -> {
                String name = export.text(row.integer(6, -1));
                String shown = name.isEmpty() ? export.text(row.integer(7, -1)) : name;
                if (isSpan(row)) {
                    assembly.kernel(work(row, shown.isEmpty() ? "unnamed" : shown, OptionalDouble.empty()));
                }
            });
        }

        private void readCopies() {
            List<String> columns = List.of("start", "end", "globalPid", "correlationId", "deviceId", "streamId", "bytes", "copyKind");
            export.forEach(COPIES, columns, "", row -> {
                if (isSpan(row)) {
                    assembly.copy(work(row, "Memcpy " + CopyKinds.name(row.integer(7, 0)), bytes(row.integer(6, -1))));
                }
            });
            export.forEach(SETS, columns, "", row -> {
                if (isSpan(row)) {
                    assembly.copy(work(row, "Memset", bytes(row.integer(6, -1))));
                }
            });
        }

        private void readGraphs() {
            List<String> columns = List.of("start", "end", "globalPid", "correlationId", "deviceId", "streamId", "graphId");
            export.forEach(GRAPHS, columns, "", row -> {
                if (isSpan(row)) {
                    assembly.hiddenGraph(work(row, "CUDA graph " + row.integer(6, 0), OptionalDouble.empty()));
                }
            });
        }

        private void readDevices() {
            export.forEach("TARGET_INFO_GPU", List.of("name", "totalMemory", "memoryBandwidth"), "", row -> {
                long memory = row.integer(1, -1);
                long bandwidth = row.integer(2, -1);
                if (!row.text(0).isBlank()) {
                    into.add(new DeviceFacts(
                            row.text(0),
                            "cuda",
                            memory > 0 ? OptionalLong.of(memory) : OptionalLong.empty(),
                            OptionalDouble.empty(),
                            bandwidth > 0 ? OptionalDouble.of((double) bandwidth) : OptionalDouble.empty(),
                            OptionalDouble.empty(),
                            OptionalDouble.empty()));
                }
            });
        }

        /// The columns begin with start, end, globalPid, correlationId, deviceId and streamId.
        private DeviceWork work(Row row, String name, OptionalDouble bytes) throws SQLException {
            // An export without process ids is one of a single process.
            long process = row.integer(2, severalProcesses ? 0 : onlyProcess);
            int device = Math.clamp(row.integer(4, 0), 0, 1 << 20);
            long stream = Math.clamp(row.integer(5, 0), 0, Integer.MAX_VALUE);
            return new DeviceWork(process, row.integer(3, -1), name, device, stream, row.integer(0, 0), row.integer(1, 0), bytes);
        }

        private boolean isSpan(Row row) throws SQLException {
            return isSpan(row.integer(0, -1), row.integer(1, -1));
        }

        private boolean isSpan(long start, long end) {
            boolean span = start >= 0 && end >= start && end < LATEST;
            if (!span) {
                into.warnings().add("row-damaged", "rows whose times cannot be true were left out");
            }
            return span;
        }

        private static OptionalDouble bytes(long bytes) {
            return bytes < 0 ? OptionalDouble.empty() : OptionalDouble.of((double) bytes);
        }
    }
}
