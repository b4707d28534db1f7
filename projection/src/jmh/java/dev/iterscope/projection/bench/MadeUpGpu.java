package dev.iterscope.projection.bench;

import dev.iterscope.projection.model.kernel.Kernel;
import dev.iterscope.projection.model.kernel.KernelTable;
import java.util.ArrayList;
import java.util.List;

/// Kernel tables of a device with 1e14 FLOP/s and 1e12 B/s, in both layouts.
final class MadeUpGpu {
    private static final int LARGEST = 8192;

    private MadeUpGpu() {}

    /// Tables of single kernels with their sizes, as AIConfigurator has them.
    static List<KernelTable> kernels() {
        List<int[]> products = new ArrayList<>();
        for (int m = 1; m <= LARGEST; m *= 2) {
            for (int n = 256; n <= 32768; n *= 2) {
                for (int k = 256; k <= 16384; k *= 2) {
                    products.add(new int[] {m, n, k, 0});
                }
            }
        }
        List<int[]> attention = new ArrayList<>();
        for (int length = 1; length <= 32768; length *= 2) {
            for (int batch = 1; batch <= 256; batch *= 2) {
                attention.add(new int[] {length, batch, 32, 8, 128, 0, 0, 0});
            }
        }
        return List.of(table("gemm", Kernel.GEMM, products), table("context_attention", Kernel.CONTEXT_ATTENTION, attention),
                table("generation_attention", Kernel.GENERATION_ATTENTION, attention));
    }

    /// Tables of whole layers and of mixed batches, as LLMServingSim has them.
    static List<KernelTable> layers() {
        List<KernelTable> tables = new ArrayList<>();
        for (String layer : List.of("qkv_proj", "o_proj", "gate_up_proj", "down_proj", "layernorm", "rotary_emb", "act_fn")) {
            List<int[]> tokens = new ArrayList<>();
            for (int n = 1; n <= LARGEST; n *= 2) {
                tokens.add(new int[] {n});
            }
            tables.add(table(layer, Kernel.TOKENS, tokens));
        }
        List<int[]> sequences = new ArrayList<>();
        for (int n = 1; n <= 256; n *= 2) {
            sequences.add(new int[] {n});
        }
        tables.add(table("lm_head", Kernel.SEQUENCES, sequences));
        List<int[]> batches = new ArrayList<>();
        int[] none = {0};
        int[] sizes = {16, 64, 256, 1024, 4096};
        for (int chunk : with(none, sizes)) {
            for (int before : chunk == 0 ? none : with(none, sizes)) {
                for (int generation : new int[] {0, 1, 4, 16, 64, 256}) {
                    for (int kv : generation == 0 ? none : sizes) {
                        batches.add(new int[] {chunk, before, generation, kv});
                    }
                }
            }
        }
        tables.add(table("attention", Kernel.MIXED_ATTENTION, batches.stream().filter(b -> b[0] + b[2] > 0).toList()));
        return tables;
    }

    private static int[] with(int[] first, int[] rest) {
        int[] all = new int[first.length + rest.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(rest, 0, all, first.length, rest.length);
        return all;
    }

    private static KernelTable table(String name, Kernel kernel, List<int[]> sizes) {
        double[] times = sizes.stream().mapToDouble(row -> micros(kernel, row)).toArray();
        return new KernelTable(name, kernel, KernelTable.TimeUnit.MICROSECONDS, sizes.toArray(int[][]::new), times);
    }

    private static double micros(Kernel kernel, int[] row) {
        return switch (kernel) {
            case GEMM -> 2 + Math.max(2e-8 * row[0] * row[1] * row[2], 2e-6 * row[1] * row[2]);
            case CONTEXT_ATTENTION -> 5 + 2e-8 * row[0] * row[0] * row[1] * row[2] * row[4];
            case GENERATION_ATTENTION -> 5 + 4e-6 * row[0] * row[1] * row[3] * row[4];
            case MIXED_ATTENTION -> 5 + 2e-4 * row[0] * (row[0] / 2.0 + row[1]) + 4e-3 * row[2] * row[3];
            default -> 3 + 0.02 * row[0];
        };
    }
}
