package dev.iterscope.profiler.nvtx;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The domain `iterscope` of the attached tool, with its constant names.
///
/// It is created when the tool first has the functions for it, which may be long after it was loaded. Thread-safe.
final class IterscopeDomain implements RangeFunctions {

    static final String NAME = "iterscope";

    private final FunctionTables tables;
    private volatile @Nullable Created created;

    IterscopeDomain(FunctionTables tables) {
        this.tables = tables;
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
                created = new Created(handle, nameSteps(handle));
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

    private record Created(MemorySegment handle, Map<StepKind, ConstantName> steps) {}
}
