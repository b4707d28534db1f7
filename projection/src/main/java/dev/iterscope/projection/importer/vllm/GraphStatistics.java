package dev.iterscope.projection.importer.vllm;

import dev.iterscope.projection.importer.source.Cursor;
import dev.iterscope.projection.importer.source.SettingsDraft;
import dev.iterscope.projection.importer.source.Warnings;
import java.util.ArrayList;
import java.util.List;

/// The CUDA-graph block that vLLM prints with its averages: capture sizes, and a table of how often a batch of so many tokens ran as
/// which graph, padded to how many tokens.
final class GraphStatistics {

    private static final int MOST_SIZES = 4096;

    private final SettingsDraft settings;
    private final Cursor cursor = new Cursor();
    private long steps;
    private long tokens;
    private long paddedTokens;
    private long eagerSteps;
    private long lines;

    GraphStatistics(SettingsDraft settings) {
        this.settings = settings;
    }

    /// Takes a line of the block.
    boolean take(String line) {
        int sizes = line.indexOf("Capture sizes: [");
        if (sizes >= 0) {
            List<Integer> list = listAt(line, sizes + "Capture sizes: [".length());
            settings.captureSizes(list);
            return true;
        }
        if (line.indexOf("cuda_graph.py") < 0) {
            return false;
        }
        int bar = line.indexOf("] | ");
        if (bar >= 0) {
            takeRow(line, bar + 4);
        }
        lines++;
        return true;
    }

    /// Says how much of the work was padding.
    void report(Warnings warnings) {
        warnings.add("cuda-graph-lines", "lines of the statistics of CUDA graphs, which are added up over all steps", lines);
        if (paddedTokens > tokens && tokens > 0) {
            warnings.add(
                    "cuda-graph-padding",
                    "%.1f %% of the tokens that kernels ran over were padding to a capture size; steps run by graph or not: %d, eager: %d"
                            .formatted(100.0 * (paddedTokens - tokens) / paddedTokens, steps, eagerSteps),
                    1);
        }
    }

    /// Whole numbers up to a closing bracket.
    static List<Integer> numbers(Cursor cursor) {
        List<Integer> list = new ArrayList<>();
        while (list.size() < MOST_SIZES && cursor.number() && cursor.integer() <= Integer.MAX_VALUE) {
            list.add((int) cursor.integer());
            if (!cursor.literal(", ") && !cursor.literal(",")) {
                break;
            }
        }
        return list;
    }

    private List<Integer> listAt(String line, int at) {
        return numbers(cursor.on(line, at));
    }

    /// `| 8000 | 8000 | 0 | NONE | 6 |`: tokens, padded tokens, paddings, mode, count.
    private void takeRow(String line, int at) {
        String[] cells = line.substring(at).split("\\|", 7);
        if (cells.length < 5 || !cursor.on(cells[0].strip(), 0).number()) {
            return;
        }
        long unpadded = cursor.integer();
        if (!cursor.on(cells[1].strip(), 0).number()) {
            return;
        }
        long padded = cursor.integer();
        if (!cursor.on(cells[4].strip(), 0).number() || padded < unpadded || padded > Integer.MAX_VALUE
                || cursor.integer() > Integer.MAX_VALUE) {
            return;
        }
        long count = cursor.integer();
        steps += count;
        tokens += unpadded * count;
        paddedTokens += padded * count;
        eagerSteps += cells[3].strip().equals("NONE") ? count : 0;
    }
}
