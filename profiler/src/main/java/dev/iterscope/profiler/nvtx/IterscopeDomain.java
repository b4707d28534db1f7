package dev.iterscope.profiler.nvtx;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The domain `iterscope` of the attached tool, with its constant names, its payload schema and its counters.
///
/// It is created when the tool first has the functions for it, which may be long after it was loaded. Thread-safe.
final class IterscopeDomain implements RangeFunctions {

    static final String NAME = "iterscope";
    static final String CAPTURE = "capture";

    private static final String LAYER = "layer ";

    private final FunctionTables tables;
    private final Extensions extensions;
    private final Map<Integer, ConstantName> layers = new ConcurrentHashMap<>();
    private volatile @Nullable Created created;

    IterscopeDomain(FunctionTables tables, Extensions extensions) {
        this.tables = tables;
        this.extensions = extensions;
    }

    /// Creates the domain now if the tool can, so that the first step need not.
    void prepare() {
        created();
    }

    /// Whether the tool takes ranges of this domain now.
    boolean isListening() {
        return (tables.core2(FunctionModule.DOMAIN_RANGE_PUSH_EX) != 0
                || tables.core2(FunctionModule.DOMAIN_RANGE_START_EX) != 0)
                && created() != null;
    }

    /// The constant name of a step; null until the domain exists.
    @Nullable ConstantName name(StepKind kind) {
        Created now = created();
        return now == null ? null : now.steps.get(kind);
    }

    /// The constant name of a capture window; null until the domain exists.
    @Nullable ConstantName captureName() {
        Created now = created();
        return now == null ? null : now.capture;
    }

    /// The constant name of a layer; null until the domain exists.
    @Nullable ConstantName layerName(int layer) {
        Created now = created();
        if (now == null) {
            return null;
        }
        ConstantName known = layers.get(layer);
        return known != null ? known : layers.computeIfAbsent(layer, number -> register(now.handle, LAYER + number));
    }

    /// Number of the schema of [StepPayload]; empty if the tool takes no structured payloads.
    OptionalLong stepSchema() {
        Created now = created();
        return now == null ? OptionalLong.empty() : now.stepSchema;
    }

    /// Whether [#sample] reaches the tool.
    boolean takesCounters() {
        Created now = created();
        return now != null && now.counters.isPresent() && extensions.counterSample() != 0;
    }

    /// Gives the tool the values of [StepCounters].
    void sample(MemorySegment values) {
        Created now = created();
        long function = extensions.counterSample();
        if (function != 0 && now != null && now.counters.isPresent()) {
            Downcalls.voidOf(function, now.handle, now.counters.getAsLong(), values, StepCounters.SCHEMA.bytes());
        }
    }

    void mark(EventAttributes attributes) {
        Created now = created();
        long function = tables.core2(FunctionModule.DOMAIN_MARK_EX);
        if (function != 0 && now != null) {
            Downcalls.voidOf(function, now.handle, attributes.struct());
        }
    }

    @Override
    public boolean push(EventAttributes attributes) {
        Created now = created();
        long function = tables.core2(FunctionModule.DOMAIN_RANGE_PUSH_EX);
        if (function == 0 || now == null) {
            return false;
        }
        Downcalls.intOf(function, now.handle, attributes.struct());
        return true;
    }

    @Override
    public void pop() {
        Created now = created();
        long function = tables.core2(FunctionModule.DOMAIN_RANGE_POP);
        if (function != 0 && now != null) {
            Downcalls.intOf(function, now.handle);
        }
    }

    @Override
    public long start(EventAttributes attributes) {
        Created now = created();
        long function = tables.core2(FunctionModule.DOMAIN_RANGE_START_EX);
        return function == 0 || now == null ? 0 : Downcalls.longOf(function, now.handle, attributes.struct());
    }

    @Override
    public void end(long range) {
        Created now = created();
        long function = tables.core2(FunctionModule.DOMAIN_RANGE_END);
        if (function != 0 && now != null) {
            Downcalls.voidOf(function, now.handle, range);
        }
    }

    private @Nullable Created created() {
        Created now = created;
        return now != null || tables.core2(FunctionModule.DOMAIN_CREATE_A) == 0 ? now : create();
    }

    private synchronized @Nullable Created create() {
        long function = tables.core2(FunctionModule.DOMAIN_CREATE_A);
        if (created == null && function != 0) {
            MemorySegment handle = MemorySegment.ofAddress(Downcalls.longOf(function, text(NAME)));
            // A null handle would stand for the default domain, where these ranges do not belong.
            if (handle.address() != 0) {
                created = new Created(
                        handle,
                        nameSteps(handle),
                        register(handle, CAPTURE),
                        registerSchema(handle, StepPayload.SCHEMA),
                        registerCounters(handle));
            }
        }
        return created;
    }

    private Map<StepKind, ConstantName> nameSteps(MemorySegment handle) {
        Map<StepKind, ConstantName> names = new EnumMap<>(StepKind.class);
        long nameCategory = tables.core2(FunctionModule.DOMAIN_NAME_CATEGORY_A);
        for (StepKind kind : StepKind.values()) {
            ConstantName name = register(handle, kind.text());
            names.put(kind, name);
            if (nameCategory != 0) {
                Downcalls.voidOf(nameCategory, handle, kind.category(), name.text());
            }
        }
        return names;
    }

    /// Only texts that never change may be registered: a tool keeps each for the life of the process.
    private ConstantName register(MemorySegment handle, String name) {
        MemorySegment text = text(name);
        long function = tables.core2(FunctionModule.DOMAIN_REGISTER_STRING_A);
        return new ConstantName(text, function == 0 ? 0 : Downcalls.longOf(function, handle, text));
    }

    private static MemorySegment text(String ascii) {
        return Arena.global().allocateFrom(ascii);
    }

    private OptionalLong registerSchema(MemorySegment handle, PayloadSchema schema) {
        long function = extensions.schemaRegister();
        return function == 0
                ? OptionalLong.empty()
                : known(Downcalls.longOf(function, handle, schema.attributes(Arena.global())));
    }

    private OptionalLong registerCounters(MemorySegment handle) {
        long function = extensions.counterRegister();
        OptionalLong schema = function == 0 ? OptionalLong.empty() : registerSchema(handle, StepCounters.SCHEMA);
        return schema.isEmpty()
                ? OptionalLong.empty()
                : known(Downcalls.longOf(
                        function, handle, StepCounters.attributes(schema.getAsLong(), Arena.global())));
    }

    /// A tool that refuses answers 0.
    private static OptionalLong known(long number) {
        return number == 0 ? OptionalLong.empty() : OptionalLong.of(number);
    }

    private record Created(
            MemorySegment handle,
            Map<StepKind, ConstantName> steps,
            ConstantName capture,
            OptionalLong stepSchema,
            OptionalLong counters) {}
}
