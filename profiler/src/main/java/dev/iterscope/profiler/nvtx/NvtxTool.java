package dev.iterscope.profiler.nvtx;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// The connection of this process to an NVTX tool, if there is one.
///
/// A tool (Nsight Systems, for one) names its library in the environment variable `NVTX_INJECTION64_PATH` before the
/// process starts. A tool that cannot be loaded, refuses to attach or leaves functions out never disturbs the program:
/// the calls concerned do nothing, and [#status()] says what is wrong.
public final class NvtxTool {

    /// Environment variable that names the tool's library.
    static final String LIBRARY_VARIABLE = "NVTX_INJECTION64_PATH";

    private static final NvtxTool NONE = new NvtxTool(new NvtxStatus.NoTool(), null);

    private final NvtxStatus found;
    private final @Nullable Client client;

    private NvtxTool(NvtxStatus found, @Nullable Client client) {
        this.found = found;
        this.client = client;
    }

    /// The tool of this process. The first call loads the library that the environment names, later ones return the
    /// same. Call it at the start, outside whatever is measured.
    public static NvtxTool system() {
        return OfProcess.TOOL;
    }

    /// No tool, whatever the environment says.
    public static NvtxTool none() {
        return NONE;
    }

    /// Whether a tool is attached, as of now.
    public NvtxStatus status() {
        if (client != null && found instanceof NvtxStatus.Attached attached) {
            return client.status(attached.library());
        }
        return found;
    }

    /// The functions of the attached tool; null without one.
    @Nullable Client client() {
        return client;
    }

    /// Loads a tool's library and attaches it.
    static NvtxTool load(@Nullable String library) {
        if (library == null || library.isBlank()) {
            return NONE;
        }
        try {
            return attach(new InjectionLibrary(Path.of(library)));
        } catch (RuntimeException | LinkageError e) {
            // Not loadable, not a path, no tool, native access denied: in no case the program's business.
            return failed(library, String.valueOf(e.getMessage()));
        }
    }

    /// Lets a tool attach.
    static NvtxTool attach(NvtxInjection tool) {
        FunctionTables tables = new FunctionTables(Arena.global());
        if (tool.initialize(tables.getExportTable()) == 0) {
            tables.clear();
            return failed(tool.description(), "its initialiser refused to attach");
        }
        Extensions extensions = Extensions.offer(tool);
        Client client = new Client(tables, extensions, new IterscopeDomain(tables, extensions));
        return new NvtxTool(client.status(tool.description()), client);
    }

    private static NvtxTool failed(String library, String problem) {
        return new NvtxTool(new NvtxStatus.Failed(library, problem), null);
    }

    /// What an attached tool offers, shared by all threads.
    record Client(FunctionTables tables, Extensions extensions, IterscopeDomain domain) {

        NvtxStatus.Attached status(String library) {
            boolean listening = tables.core(FunctionModule.RANGE_PUSH_EX) != 0
                    || tables.core2(FunctionModule.DOMAIN_RANGE_PUSH_EX) != 0;
            return new NvtxStatus.Attached(
                    library,
                    listening,
                    extensions.payload().map(module -> OptionalInt.of(module.version())).orElse(OptionalInt.empty()),
                    extensions.counters().isPresent());
        }
    }

    private static final class OfProcess {

        private static final NvtxTool TOOL = load(System.getenv(LIBRARY_VARIABLE));
    }
}
