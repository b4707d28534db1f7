package dev.iterscope.engine.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;

/// The compiled kernels, shipped as gzip-packed resources: cubins for the architectures that they were compiled for, PTX for all
/// others.
///
/// A cubin needs a driver at least as new as the toolkit that made it, and runs on devices of its own major compute capability and
/// at least its minor one. The PTX is written for the oldest driver that we take, and the driver compiles it.
///
/// @param folder resource folder
/// @param suffix of the files in it, before `.gz`
record KernelImages(String folder, String suffix) {
    /// Toolkit that compiled the cubins, as the driver counts versions.
    static final int TOOLKIT = 13000;

    /// Source files, without `.cu`.
    static final List<String> SOURCES = List.of(
            "activation",
            "attention_context",
            "attention_generation",
            "embedding",
            "gemm",
            "gemm_skinny",
            "norm",
            "rotary",
            "sampling");

    /// The images for a device.
    static KernelImages choose(CudaDevice device, int driverVersion) {
        if (driverVersion >= TOOLKIT && device.computeMajor() == 8) {
            return new KernelImages("sm_80", ".cubin");
        }
        if (driverVersion >= TOOLKIT && device.computeMajor() == 9) {
            return new KernelImages("sm_90", ".cubin");
        }
        return new KernelImages("ptx", ".ptx");
    }

    /// Kernels of a source file for models of that head dim.
    static List<String> kernels(String source, int headDim) {
        return switch (source) {
            case "activation" -> List.of("swiglu");
            case "attention_context" -> List.of("attention_context_" + headDim);
            case "attention_generation" -> List.of("attention_generation_" + headDim, "attention_merge_" + headDim);
            case "embedding" -> List.of("embed");
            case "gemm" -> List.of("gemm_128x128", "gemm_64x64");
            case "gemm_skinny" -> List.of("gemm_16x32", "gemm_32x32");
            case "norm" -> List.of("rms_norm", "rms_norm_samples");
            case "rotary" -> List.of("rotary_and_kv_write");
            case "sampling" -> List.of("sample");
            default -> throw new IllegalArgumentException("no source " + source);
        };
    }

    /// An image in the form that the driver takes: with a zero at the end, which PTX needs and a cubin does not mind.
    byte[] read(String source) {
        String resource = folder + "/" + source + suffix + ".gz";
        try (InputStream packed = KernelImages.class.getResourceAsStream(resource)) {
            if (packed == null) {
                throw new IllegalStateException("the jar lacks the kernel image " + resource);
            }
            byte[] image = new GZIPInputStream(packed).readAllBytes();
            return Arrays.copyOf(image, image.length + 1);
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }
}
