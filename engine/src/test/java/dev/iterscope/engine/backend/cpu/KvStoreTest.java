package dev.iterscope.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelPresets;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KvStoreTest {
    private static final int BLOCK_SIZE = 16;
    private static final int BLOCKS = 4096;

    /// Claiming more blocks leaves those alone that were claimed before and hold something.
    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"BF16", "F32"})
    void claimingMoreLeavesWhatIsStored(DataType type) {
        try (NativeMemory memory = new NativeMemory();
                WorkerPool pool = new WorkerPool(2)) {
            KvStore kv = new KvStore(memory, ModelPresets.TINY, type, BLOCK_SIZE, 64);
            float[] ones = new float[ModelPresets.TINY.headDim()];
            Arrays.fill(ones, 1);
            kv.claim(pool, 3);
            int lastLayer = ModelPresets.TINY.layers() - 1;
            kv.store(lastLayer, 2, 0, 0, ones, 0, ones, 0);
            kv.claim(pool, 2);
            kv.claim(pool, 64);
            kv.claim(pool, 1000);
            int one = type == DataType.F32 ? Float.floatToIntBits(1) : 0x3F803F80; // two numbers an int
            assertThat(kv.keys().get(ValueLayout.JAVA_INT, kv.keyOffset(lastLayer, 2, 0, 0))).isEqualTo(one);
            assertThat(kv.values().get(ValueLayout.JAVA_INT, kv.valueOffset(lastLayer, 2, 0, 0))).isEqualTo(one);
        }
    }

    /// The system gives memory when it is written to; once claimed, storing keys and values asks for no more.
    @Test
    @EnabledOnOs(OS.LINUX)
    void claimedMemoryIsThereBeforeItIsUsed() throws IOException {
        try (NativeMemory memory = new NativeMemory();
                WorkerPool pool = new WorkerPool(2)) {
            KvStore kv = new KvStore(memory, ModelPresets.TINY, DataType.BF16, BLOCK_SIZE, BLOCKS);
            long bytes = BLOCKS * KvStore.bytesPerBlock(ModelPresets.TINY, DataType.BF16, BLOCK_SIZE);
            long before = residentBytes();
            kv.claim(pool, BLOCKS);
            long claimed = residentBytes();
            assertThat(claimed - before).isGreaterThan(bytes * 9 / 10);
            kv.keys().fill((byte) 1);
            kv.values().fill((byte) 1);
            assertThat(residentBytes() - claimed).isLessThan(bytes / 10);
        }
    }

    private static long residentBytes() throws IOException {
        return 1024 * Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }
}
