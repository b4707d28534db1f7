package dev.iterscope.profiler.nvtx;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// An NVTX tool in this process and without a compiler: its functions are Java methods behind upcall stubs, and it
/// reaches the client only through the injection protocol, as a real tool does. It notes every call.
final class RecordingTool implements NvtxInjection {

    /// One call that the tool received. `domain` is empty for the default domain.
    record Call(String function, String domain, String message, long payload, int category, int argb, Thread thread) {}

    /// A payload layout that the client registered.
    record Schema(String name, long flags, long bytes, List<Field> fields) {}

    /// One part of it.
    record Field(String name, long type, long offset) {}

    private static final long SCHEMA_NUMBERS = 1 << 24;
    private static final long COUNTER_NUMBERS = 1 << 25;
    private static final int CORE = 1;
    private static final int CORE2 = 5;
    private static final Linker LINKER = Linker.nativeLinker();

    final List<Call> calls = new ArrayList<>();
    final List<String> categories = new ArrayList<>();
    final List<String> registered = new ArrayList<>();
    final Map<Integer, Integer> moduleSizes = new HashMap<>();
    int exportTableVersion;
    int answer = 1;

    /// Versions of the payload extension that the tool knows, and whether it knows counters.
    Set<Integer> payloadVersions = Set.of();
    boolean knowsCounters;
    final List<Integer> offeredPayloadVersions = new ArrayList<>();
    final List<Schema> schemas = new ArrayList<>();
    final List<String> counterGroups = new ArrayList<>();
    final List<Map<String, Number>> samples = new ArrayList<>();
    final List<Map<String, Number>> payloads = new ArrayList<>();
    int cTypeCount;
    int longDoubleBytes;
    boolean attachAtOnce = true;

    private final Arena arena = Arena.ofShared();
    private final Map<Integer, MemorySegment> slotTables = new HashMap<>();
    private final List<String> domains = new ArrayList<>();
    private long lastRange;

    @Override
    public int initialize(MemorySegment getExportTable) {
        MemorySegment callbacks = exportTable(getExportTable, 1).reinterpret(16);
        assertEqual(16, callbacks.get(JAVA_LONG, 0));
        MethodHandle moduleTable = LINKER.downcallHandle(
                callbacks.get(ADDRESS, 8), FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
        for (int module = 1; module <= 6; module++) {
            MemorySegment outTable = arena.allocate(ADDRESS);
            MemorySegment outSize = arena.allocate(JAVA_INT);
            assertEqual(1, invokeInt(moduleTable, module, outTable, outSize));
            moduleSizes.put(module, outSize.get(JAVA_INT, 0));
            slotTables.put(module, outTable.get(ADDRESS, 0).reinterpret(8L * (outSize.get(JAVA_INT, 0) + 1)));
        }
        assertEqual(0, invokeInt(moduleTable, 7, arena.allocate(ADDRESS), arena.allocate(JAVA_INT)));
        assertEqual(1, invokeInt(moduleTable, CORE, MemorySegment.NULL, MemorySegment.NULL));

        MemorySegment version = exportTable(getExportTable, 3).reinterpret(24);
        assertEqual(24, version.get(JAVA_LONG, 0));
        exportTableVersion = version.get(JAVA_INT, 8);
        invokeVoid(
                LINKER.downcallHandle(version.get(ADDRESS, 16), FunctionDescriptor.ofVoid(JAVA_INT)),
                exportTableVersion);
        assertEqual(0, exportTable(getExportTable, 2).address());

        if (attachAtOnce) {
            attach();
        }
        return answer;
    }

    @Override
    public int initializeExtension(MemorySegment moduleInfo) {
        MemorySegment info = moduleInfo.reinterpret(40);
        assertEqual(3, info.get(JAVA_SHORT, 0));
        assertEqual(40, info.get(JAVA_SHORT, 2));
        assertEqual(1, info.get(JAVA_LONG, 8));
        MemorySegment segment = info.get(ADDRESS, 16).reinterpret(24);
        assertEqual(63, segment.get(JAVA_LONG, 8));
        MemorySegment slots = segment.get(ADDRESS, 16).reinterpret(8 * 63);
        for (int slot = 0; slot < 63; slot++) {
            assertEqual(0, slots.getAtIndex(JAVA_LONG, slot));
        }
        int version = info.get(JAVA_SHORT, 6);
        return switch (info.get(JAVA_SHORT, 4)) {
            case 2 -> initializePayloads(version, slots, info.get(ADDRESS, 32).reinterpret(112));
            case 4 -> initializeCounters(version, slots);
            default -> 0;
        };
    }

    private int initializePayloads(int version, MemorySegment slots, MemorySegment cTypes) {
        offeredPayloadVersions.add(version);
        cTypeCount = cTypes.get(JAVA_SHORT, 0);
        longDoubleBytes = cTypes.getAtIndex(JAVA_SHORT, 2 * 21);
        // A tool may fill slots and then refuse, or switch single functions off.
        slots.setAtIndex(JAVA_LONG, 7, 1);
        slots.setAtIndex(ADDRESS, 0, stub("registerSchema", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS)));
        return payloadVersions.contains(version) ? 1 : 0;
    }

    private int initializeCounters(int version, MemorySegment slots) {
        assertEqual(0x0102, version);
        slots.setAtIndex(ADDRESS, 0, stub("registerCounters", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS)));
        slots.setAtIndex(
                ADDRESS, 3, stub("sample", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG)));
        return knowsCounters ? 1 : 0;
    }

    @Override
    public String description() {
        return "recording tool";
    }

    /// Fills the slots, as CUPTI does when callbacks are enabled.
    void attach() {
        set(CORE, 4, "startRange", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
        set(CORE, 7, "endRange", FunctionDescriptor.ofVoid(JAVA_LONG));
        set(CORE, 8, "push", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        set(CORE, 11, "pop", FunctionDescriptor.of(JAVA_INT));
        set(CORE2, 1, "domainMark", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
        set(CORE2, 2, "domainStartRange", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS));
        set(CORE2, 3, "domainEndRange", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
        set(CORE2, 4, "domainPush", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
        set(CORE2, 5, "domainPop", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        set(CORE2, 8, "nameCategory", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, ADDRESS));
        set(CORE2, 10, "registerString", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS));
        set(CORE2, 12, "createDomain", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    }

    /// Empties one slot, or all of a module with id 0.
    void detach(int module, int id) {
        MemorySegment table = table(module);
        for (int at = 1; at < size(module); at++) {
            if (id == 0 || id == at) {
                table.getAtIndex(ADDRESS, at).reinterpret(8).set(ADDRESS, 0, MemorySegment.NULL);
            }
        }
    }

    void detachAll() {
        slotTables.keySet().forEach(module -> detach(module, 0));
    }

    /// Entries of a module's table that are null: only the first and the one behind the last may be.
    List<Integer> nullEntries(int module) {
        List<Integer> nulls = new ArrayList<>();
        for (int at = 0; at <= size(module); at++) {
            if (table(module).getAtIndex(ADDRESS, at).address() == 0) {
                nulls.add(at);
            }
        }
        return nulls;
    }

    // The tool's functions, found by their names in attach().

    long startRange(MemorySegment attributes) {
        note("start", "", attributes);
        return ++lastRange;
    }

    void endRange(long range) {
        calls.add(new Call("end", "", "", range, 0, 0, Thread.currentThread()));
    }

    int push(MemorySegment attributes) {
        note("push", "", attributes);
        return 0;
    }

    int pop() {
        calls.add(new Call("pop", "", "", 0, 0, 0, Thread.currentThread()));
        return 0;
    }

    void domainMark(MemorySegment domain, MemorySegment attributes) {
        note("mark", name(domain), attributes);
    }

    long domainStartRange(MemorySegment domain, MemorySegment attributes) {
        note("start", name(domain), attributes);
        return ++lastRange;
    }

    void domainEndRange(MemorySegment domain, long range) {
        calls.add(new Call("end", name(domain), "", range, 0, 0, Thread.currentThread()));
    }

    int domainPush(MemorySegment domain, MemorySegment attributes) {
        note("push", name(domain), attributes);
        return 0;
    }

    int domainPop(MemorySegment domain) {
        calls.add(new Call("pop", name(domain), "", 0, 0, 0, Thread.currentThread()));
        return 0;
    }

    void nameCategory(MemorySegment domain, int category, MemorySegment text) {
        categories.add(name(domain) + ":" + category + "=" + string(text));
    }

    long registerString(MemorySegment domain, MemorySegment text) {
        registered.add(string(text));
        return registered.size();
    }

    long createDomain(MemorySegment text) {
        domains.add(string(text));
        return domains.size();
    }

    long registerSchema(MemorySegment domain, MemorySegment pointer) {
        assertEqual("iterscope", name(domain));
        MemorySegment attributes = pointer.reinterpret(80);
        assertEqual(0b111_1110, attributes.get(JAVA_LONG, 0));
        assertEqual(1, attributes.get(JAVA_LONG, 16));
        int entries = (int) attributes.get(JAVA_LONG, 40);
        MemorySegment table = attributes.get(ADDRESS, 32).reinterpret(64L * entries);
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < entries; i++) {
            fields.add(new Field(
                    string(table.get(ADDRESS, 64L * i + 16)),
                    table.get(JAVA_LONG, 64L * i + 8),
                    table.get(JAVA_LONG, 64L * i + 40)));
        }
        schemas.add(new Schema(
                string(attributes.get(ADDRESS, 8)),
                attributes.get(JAVA_LONG, 24),
                attributes.get(JAVA_LONG, 48),
                fields));
        return SCHEMA_NUMBERS + schemas.size();
    }

    long registerCounters(MemorySegment domain, MemorySegment pointer) {
        assertEqual("iterscope", name(domain));
        MemorySegment attributes = pointer.reinterpret(56);
        assertEqual(56, attributes.get(JAVA_LONG, 0));
        counterGroups.add(string(attributes.get(ADDRESS, 16)) + " of "
                + schema(attributes.get(JAVA_LONG, 8)).name());
        return COUNTER_NUMBERS + counterGroups.size();
    }

    void sample(MemorySegment domain, long counters, MemorySegment values, long bytes) {
        assertEqual("iterscope", name(domain));
        assertEqual(COUNTER_NUMBERS + 1, counters);
        samples.add(values(schemas.getLast(), values, bytes));
    }

    private Schema schema(long number) {
        return schemas.get((int) (number - SCHEMA_NUMBERS - 1));
    }

    private static Map<String, Number> values(Schema schema, MemorySegment pointer, long bytes) {
        assertEqual(schema.bytes(), bytes);
        MemorySegment memory = pointer.reinterpret(bytes);
        Map<String, Number> values = new LinkedHashMap<>();
        for (Field field : schema.fields()) {
            values.put(field.name(), switch ((int) field.type()) {
                case 15 -> memory.get(JAVA_INT, field.offset());
                case 18 -> memory.get(JAVA_LONG, field.offset());
                case 20 -> memory.get(JAVA_DOUBLE, field.offset());
                default -> throw new AssertionError("type " + field.type());
            });
        }
        return values;
    }

    /// Notes a structured payload and returns what a plain one would have been.
    private long payload(MemorySegment attributes) {
        if (attributes.get(JAVA_INT, 16) == 1) {
            return attributes.get(JAVA_LONG, 24);
        }
        assertEqual(0xDFBD0009, attributes.get(JAVA_INT, 16));
        assertEqual(1, attributes.get(JAVA_INT, 20));
        MemorySegment data = attributes.get(ADDRESS, 24).reinterpret(24);
        payloads.add(values(schema(data.get(JAVA_LONG, 0)), data.get(ADDRESS, 16), data.get(JAVA_LONG, 8)));
        return -1;
    }

    private void note(String function, String domain, MemorySegment pointer) {
        MemorySegment attributes = pointer.reinterpret(48);
        assertEqual(3, attributes.get(JAVA_SHORT, 0));
        assertEqual(48, attributes.get(JAVA_SHORT, 2));
        assertEqual(1, attributes.get(JAVA_INT, 8));
        String message = attributes.get(JAVA_INT, 32) == 3
                ? "registered:" + registered.get((int) attributes.get(JAVA_LONG, 40) - 1)
                : string(attributes.get(ADDRESS, 40));
        calls.add(new Call(
                function,
                domain,
                message,
                payload(attributes),
                attributes.get(JAVA_INT, 4),
                attributes.get(JAVA_INT, 12),
                Thread.currentThread()));
    }

    private int size(int module) {
        return Objects.requireNonNull(moduleSizes.get(module));
    }

    private MemorySegment table(int module) {
        return Objects.requireNonNull(slotTables.get(module));
    }

    private String name(MemorySegment domain) {
        return domains.get((int) domain.address() - 1);
    }

    private static String string(MemorySegment text) {
        return text.reinterpret(4096).getString(0);
    }

    private void set(int module, int id, String method, FunctionDescriptor shape) {
        table(module).getAtIndex(ADDRESS, id).reinterpret(8).set(ADDRESS, 0, stub(method, shape));
    }

    private MemorySegment stub(String method, FunctionDescriptor shape) {
        MethodType type = MethodType.methodType(
                shape.returnLayout().map(RecordingTool::carrier).orElse(void.class),
                shape.argumentLayouts().stream().map(RecordingTool::carrier).toArray(Class<?>[]::new));
        try {
            return LINKER.upcallStub(MethodHandles.lookup().bind(this, method, type), shape, arena);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("no method " + method, e);
        }
    }

    private static Class<?> carrier(MemoryLayout layout) {
        return ((ValueLayout) layout).carrier();
    }

    private static MemorySegment exportTable(MemorySegment getExportTable, int id) {
        try {
            return (MemorySegment) LINKER.downcallHandle(getExportTable, FunctionDescriptor.of(ADDRESS, JAVA_INT))
                    .invokeExact(id);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static int invokeInt(MethodHandle handle, int module, MemorySegment table, MemorySegment size) {
        try {
            return (int) handle.invokeExact(module, table, size);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static void invokeVoid(MethodHandle handle, int value) {
        try {
            handle.invokeExact(value);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static void assertEqual(long expected, long actual) {
        assertEqual(Long.valueOf(expected), Long.valueOf(actual));
    }

    private static void assertEqual(Object expected, Object actual) {
        if (!expected.equals(actual)) {
            throw new AssertionError("expected " + expected + " but was " + actual);
        }
    }
}
