package dev.iterscope.projection.importer.nsys;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes databases with the tables that `nsys export --type sqlite` writes, as far as their columns matter here.
public final class NsysFixture implements AutoCloseable {

    static final String SECRET = "s3cret-token";

    private final Connection connection;
    private final Map<String, Integer> texts = new HashMap<>();
    private long correlation = 100;

    /// An export without a table but that of texts.
    public NsysFixture(Path file) throws SQLException {
        connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        connection.setAutoCommit(false);
        run("CREATE TABLE StringIds (id INTEGER NOT NULL PRIMARY KEY, value TEXT NOT NULL)");
    }

    /// A small export: two steps of vLLM with a kernel each.
    public static void write(Path file) throws SQLException {
        long worker = thread(20, 21);
        try (NsysFixture nsys = new NsysFixture(file).modern().epoch(1_000_000_000_000L)) {
            nsys.range(worker, 100, 200, "execute_context_1(888)_generation_0(0)");
            nsys.kernel(worker, nsys.call(worker, 110, "cudaLaunchKernel_v7000"), 300, 400, "nvjet_tst_192x192");
            nsys.range(worker, 450, 500, "execute_context_0(0)_generation_3(3)");
            nsys.kernel(worker, nsys.call(worker, 460, "cudaLaunchKernel_v7000"), 470, 600, "flash_fwd_splitkv");
        }
    }

    /// The tables of a 2026 export.
    public NsysFixture modern() throws SQLException {
        run("CREATE TABLE META_DATA_EXPORT (name TEXT NOT NULL, value TEXT)");
        run("INSERT INTO META_DATA_EXPORT VALUES ('EXPORT_SCHEMA_VERSION', '3.25.0'), ('EXPORT_HOST', 'host-" + SECRET + "')");
        run("CREATE TABLE TARGET_INFO_SYSTEM_ENV (name TEXT, value TEXT)");
        run("INSERT INTO TARGET_INFO_SYSTEM_ENV VALUES ('HF_TOKEN', '" + SECRET + "'), ('PATH', '/home/" + SECRET + "/bin')");
        run("CREATE TABLE META_DATA_CAPTURE (name TEXT, value TEXT)");
        run("INSERT INTO META_DATA_CAPTURE VALUES ('COMMAND_LINE', '/home/" + SECRET + "/serve')");
        run("CREATE TABLE PROCESSES (globalPid INTEGER, pid INTEGER, name TEXT)");
        run("INSERT INTO PROCESSES VALUES (1, 1, '/home/" + SECRET + "/python')");
        run("CREATE TABLE NVTX_EVENTS (start INTEGER NOT NULL, end INTEGER, eventType INTEGER NOT NULL, rangeId INTEGER, category INTEGER,"
                + " color INTEGER, text TEXT, globalTid INTEGER, endGlobalTid INTEGER, textId INTEGER, domainId INTEGER, uint64Value INTEGER,"
                + " int64Value INTEGER, jsonText TEXT, binaryData TEXT)");
        run("CREATE TABLE CUPTI_ACTIVITY_KIND_RUNTIME (start INTEGER NOT NULL, end INTEGER NOT NULL, eventClass INTEGER NOT NULL,"
                + " globalTid INTEGER, correlationId INTEGER, nameId INTEGER NOT NULL, returnValue INTEGER NOT NULL)");
        run("CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL,"
                + " contextId INTEGER NOT NULL, greenContextId INTEGER, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER,"
                + " demangledName INTEGER NOT NULL, shortName INTEGER NOT NULL, graphNodeId INTEGER)");
        return this;
    }

    /// The same without columns and tables that came later, and without process ids.
    NsysFixture old() throws SQLException {
        run("CREATE TABLE EXPORT_META_DATA (name TEXT, value TEXT)");
        run("CREATE TABLE NVTX_EVENTS (start INTEGER NOT NULL, end INTEGER, eventType INTEGER NOT NULL, text TEXT, globalTid INTEGER)");
        run("CREATE TABLE CUPTI_ACTIVITY_KIND_RUNTIME (start INTEGER NOT NULL, end INTEGER NOT NULL, globalTid INTEGER,"
                + " correlationId INTEGER, nameId INTEGER NOT NULL)");
        run("CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start INTEGER NOT NULL, end INTEGER NOT NULL, correlationId INTEGER,"
                + " shortName INTEGER NOT NULL)");
        return this;
    }

    /// A thread's global id.
    public static long thread(int process, int thread) {
        return 1L << 48 | (long) process << 24 | thread;
    }

    static long process(long globalTid) {
        return globalTid & ~0xffffffL;
    }

    NsysFixture epoch(long nanos) throws SQLException {
        run("CREATE TABLE TARGET_INFO_SESSION_START_TIME (utcEpochNs INTEGER, utcTime TEXT)");
        run("INSERT INTO TARGET_INFO_SESSION_START_TIME VALUES (" + nanos + ", '')");
        return this;
    }

    /// A pushed and popped range of NVTX.
    public NsysFixture range(long thread, long start, long end, String text) throws SQLException {
        return event(59, thread, start, end, text);
    }

    NsysFixture mark(long thread, long time, String text) throws SQLException {
        return event(34, thread, time, -1, text);
    }

    /// An event of NVTX; an end below 0 is none.
    NsysFixture event(int type, long thread, long start, long end, String text) throws SQLException {
        insert("NVTX_EVENTS (start, end, eventType, text, globalTid)", start, end < 0 ? null : end, type, text, thread);
        return this;
    }

    /// A launching call and the number that its work carries.
    public long call(long thread, long start, String name) throws SQLException {
        return call(thread, start, name, correlation++);
    }

    long call(long thread, long start, String name, long number) throws SQLException {
        insert("CUPTI_ACTIVITY_KIND_RUNTIME (start, end, globalTid, correlationId, nameId" + (isOld() ? ")" : ", eventClass, returnValue)"),
                isOld()
                        ? new Object[] {start, start + 1, thread, number, text(name)}
                        : new Object[] {start, start + 1, thread, number, text(name), 0, 0});
        return number;
    }

    /// A kernel that the call of this number launched.
    public NsysFixture kernel(long thread, long number, long start, long end, String name) throws SQLException {
        if (isOld()) {
            insert("CUPTI_ACTIVITY_KIND_KERNEL (start, end, correlationId, shortName)", start, end, number, text(name));
        } else {
            insert("CUPTI_ACTIVITY_KIND_KERNEL (start, end, deviceId, contextId, streamId, correlationId, globalPid, demangledName, shortName)",
                    start, end, 0, 1, 7, number, process(thread), text(name), text("short"));
        }
        return this;
    }

    NsysFixture graph(long thread, long number, long start, long end) throws SQLException {
        run("CREATE TABLE IF NOT EXISTS CUPTI_ACTIVITY_KIND_GRAPH_TRACE (start INTEGER, end INTEGER, deviceId INTEGER, streamId INTEGER,"
                + " correlationId INTEGER, globalPid INTEGER, graphId INTEGER, graphExecId INTEGER)");
        insert("CUPTI_ACTIVITY_KIND_GRAPH_TRACE", start, end, 0, 7, number, process(thread), 3, 4);
        return this;
    }

    NsysFixture copy(long thread, long number, long start, long end, long bytes) throws SQLException {
        run("CREATE TABLE IF NOT EXISTS CUPTI_ACTIVITY_KIND_MEMCPY (start INTEGER, end INTEGER, deviceId INTEGER, streamId INTEGER,"
                + " correlationId INTEGER, globalPid INTEGER, bytes INTEGER, copyKind INTEGER)");
        insert("CUPTI_ACTIVITY_KIND_MEMCPY", start, end, 0, 7, number, process(thread), bytes, 2);
        return this;
    }

    void run(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        for (Map.Entry<String, Integer> text : texts.entrySet()) {
            insert("StringIds", text.getValue(), text.getKey());
        }
        connection.commit();
        connection.close();
    }

    private boolean isOld() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeQuery("SELECT name FROM sqlite_master WHERE name = 'EXPORT_META_DATA'").next();
        }
    }

    private int text(String value) {
        return texts.computeIfAbsent(value, _ -> texts.size() + 1);
    }

    private void insert(String into, @Nullable Object... values) throws SQLException {
        String places = "?" + ", ?".repeat(values.length - 1);
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO " + into + " VALUES (" + places + ")")) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }
}
