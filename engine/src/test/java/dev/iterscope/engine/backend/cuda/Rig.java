package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Rope;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// An emulated device with the kernels loaded, and random data for it.
record Rig(HostDriver driver, Kernels kernels, DeviceArrays arrays, SplittableRandom random) {

    static Rig create(long seed, int headDim) {
        return create(new HostDriver(), seed, headDim);
    }

    static Rig create(HostDriver driver, long seed, int headDim) {
        HostKernels.assumeCompiler();
        Kernels kernels = new Kernels(driver, driver.createStream(), new KernelImages("sm_90", ".cubin"), headDim);
        return new Rig(driver, kernels, new DeviceArrays(driver), new SplittableRandom(seed));
    }

    /// Between −1 and 1, exact in bf16.
    float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = DeviceArrays.round((float) random.nextDouble(-1, 1));
        }
        return values;
    }

    /// Uploads the step and returns its address.
    long upload(StepUpload step, ModelShape shape) {
        MemorySegment staging = driver.allocatePinned(4L * StepUpload.maxInts(shape));
        long bytes = step.write(staging);
        long address = driver.allocate(bytes);
        driver.copyToDevice(address, staging, bytes, 0);
        return address;
    }

    /// A model of those heads; everything else small.
    static ModelConfig model(int heads, int kvHeads, int headDim) {
        return new ModelConfig(
                "test",
                Architecture.QWEN3,
                64,
                1,
                heads,
                kvHeads,
                headDim,
                96,
                211,
                true,
                true,
                false,
                1e-6f,
                new Rope(10_000, Optional.empty()),
                4096,
                DataType.BF16,
                List.of());
    }
}
