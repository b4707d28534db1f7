package dev.iterscope.projection.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;

/// Writes an SQLite file as `nsys export` does, of a server whose steps launch their kernels one by one: the same bytes for the same seed.
final class MadeUpCapture {

    /// As many as a step of a model with 36 layers launches.
    private static final int KERNELS_A_STEP = 400;
    /// What a layer launches, with the types of its template as nsys writes them out.
    private static final String[] KERNELS = {
        "void vllm::rms_norm_kernel<c10::BFloat16, 8>(T1 *, const T1 *, const T1 *, float, int, int)",
        "nvjet_tst_192x192_64x4_2x1_v_bz_coopA_TNT",
        "void vllm::rotary_embedding_kernel<c10::BFloat16, true>(const long *, T1 *, T1 *, const T1 *, int, long, long, int, int, int)",
        "void vllm::reshape_and_cache_flash_kernel<__nv_bfloat16, __nv_bfloat16, (vllm::Fp8KVCacheDataType)0>(const T1 *, const T1 *, T2 *)",
        "void cutlass::device_kernel<flash::enable_sm90_or_later<flash::FlashAttnFwdSm90<flash::CollectiveMainloopFwdSm90<2>>>>(T1::Params)",
        "nvjet_tst_128x8_64x12_4x1_v_bz_TNT",
        "void vllm::fused_add_rms_norm_kernel<c10::BFloat16, 8>(T1 *, T1 *, const T1 *, float, int, int)",
        "nvjet_tst_256x128_64x4_1x2_h_bz_coopA_TNT",
        "void vllm::act_and_mul_kernel<c10::BFloat16, &vllm::silu_kernel, true>(T1 *, const T1 *, int)",
        "nvjet_tst_64x8_64x16_4x1_v_bz_splitK_TNT",
        "void cublasLt::splitKreduce_kernel<32, 16, int, float, __nv_bfloat16, float, __nv_bfloat16, true>(cublasLt::cublasSplitKParams<T6>)"
    };
    private static final String[] CALLS = {"cudaLaunchKernel_v7000", "cudaLaunchKernelExC_v11060", "cuLaunchKernelEx"};
    private static final long PROCESS = 1L << 48 | 2010L << 24;
    private static final long THREAD = PROCESS | 2011;

    private MadeUpCapture() {}

    /// Writes an export.
    static void write(Path file, int kernels, long seed) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                for (String table : tables()) {
                    statement.execute("CREATE TABLE " + table);
                }
            }
            writeTexts(connection);
            writeSteps(connection, kernels, new Random(seed));
            connection.commit();
        }
    }

    private static String[] tables() {
        return new String[] {
            "StringIds (id INTEGER NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
            "NVTX_EVENTS (start INTEGER NOT NULL, end INTEGER, eventType INTEGER NOT NULL, rangeId INTEGER, category INTEGER, color INTEGER,"
                    + " text TEXT, globalTid INTEGER, endGlobalTid INTEGER, textId INTEGER, domainId INTEGER, uint64Value INTEGER)",
            "CUPTI_ACTIVITY_KIND_RUNTIME (start INTEGER NOT NULL, end INTEGER NOT NULL, eventClass INTEGER NOT NULL, globalTid INTEGER,"
                    + " correlationId INTEGER, nameId INTEGER NOT NULL, returnValue INTEGER NOT NULL, callchainId INTEGER)",
            "CUPTI_ACTIVITY_KIND_KERNEL (start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL, contextId INTEGER NOT NULL,"
                    + " greenContextId INTEGER, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER,"
                    + " demangledName INTEGER NOT NULL, shortName INTEGER NOT NULL, mangledName INTEGER, launchType INTEGER, cacheConfig INTEGER,"
                    + " registersPerThread INTEGER NOT NULL, gridX INTEGER NOT NULL, gridY INTEGER NOT NULL, gridZ INTEGER NOT NULL,"
                    + " blockX INTEGER NOT NULL, blockY INTEGER NOT NULL, blockZ INTEGER NOT NULL, graphNodeId INTEGER)"
        };
    }

    private static void writeTexts(Connection connection) throws SQLException {
        try (PreparedStatement text = connection.prepareStatement("INSERT INTO StringIds VALUES (?, ?)")) {
            for (int i = 0; i < KERNELS.length + CALLS.length; i++) {
                text.setInt(1, i + 1);
                text.setString(2, i < KERNELS.length ? KERNELS[i] : CALLS[i - KERNELS.length]);
                text.executeUpdate();
            }
        }
    }

    private static void writeSteps(Connection connection, int kernels, Random random) throws SQLException {
        try (PreparedStatement range = connection.prepareStatement(
                "INSERT INTO NVTX_EVENTS (start, end, eventType, text, globalTid, domainId) VALUES (?, ?, 59, ?, ?, 0)");
                PreparedStatement call =
                        connection.prepareStatement("INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES (?, ?, 0, ?, ?, ?, 0, NULL)");
                PreparedStatement kernel = connection.prepareStatement("INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES"
                        + " (?, ?, 0, 1, NULL, 7, ?, ?, ?, ?, NULL, 1, 0, 128, ?, 1, 1, 256, 1, 1, NULL)")) {
            long now = 1_000_000_000;
            long device = now;
            for (int i = 0; i < kernels; i++) {
                if (i % KERNELS_A_STEP == 0) {
                    int context = random.nextInt(7) == 0 ? 200 + random.nextInt(7000) : 0;
                    range.setLong(1, now);
                    range.setLong(2, now + KERNELS_A_STEP * 6000L);
                    range.setString(3, "execute_context_" + (context > 0 ? 1 : 0) + "(" + context + ")_generation_50(50)");
                    range.setLong(4, THREAD);
                    range.executeUpdate();
                }
                int name = 1 + i % KERNELS.length;
                call.setLong(1, now);
                call.setLong(2, now + 3500);
                call.setLong(3, THREAD);
                call.setInt(4, i + 1000);
                call.setInt(5, KERNELS.length + 1 + random.nextInt(CALLS.length));
                call.executeUpdate();
                now += 5000;
                device = Math.max(device, now);
                long nanos = 2000 + random.nextInt(40_000);
                kernel.setLong(1, device);
                kernel.setLong(2, device + nanos);
                kernel.setInt(3, i + 1000);
                kernel.setLong(4, PROCESS);
                kernel.setInt(5, name);
                kernel.setInt(6, name);
                kernel.setInt(7, 1 + random.nextInt(500));
                kernel.executeUpdate();
                device += nanos + 500;
                if (i % KERNELS_A_STEP == KERNELS_A_STEP - 1) {
                    now = Math.max(device, now + 2000L * KERNELS_A_STEP);
                }
            }
        }
    }
}
