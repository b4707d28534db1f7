package dev.iterscope.projection.model.kernel;

import dev.iterscope.engine.model.ModelConfig;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What of a device's measurements the steps of one model rest on: a few thousand rows of a hundred thousand.
///
/// A row is kept where a prediction of some step looks at it. Predictions from the excerpt are not the same to the last digit: rates
/// and ranges are fitted again to the rows that are left.
public sealed interface KernelExcerpt {

    /// The rows.
    ///
    /// @param tables a table for each kernel of a step
    record Kept(List<KernelTable> tables) implements KernelExcerpt {
        /// Keeps an unmodifiable copy.
        public Kept {
            tables = List.copyOf(tables);
        }
    }

    /// A step of the model needs a table that was not measured.
    ///
    /// @param table its name
    record Missing(String table) implements KernelExcerpt {}

    /// Chooses the rows.
    ///
    /// @param kernels fitted kernels of one device
    /// @param config  the model's architecture
    /// @param options ranks and types
    static KernelExcerpt of(Collection<KernelModel> kernels, ModelConfig config, KernelStepOptions options) {
        Map<String, BitSet> used = new TreeMap<>();
        Map<String, KernelModel> telling = new TreeMap<>();
        for (KernelModel kernel : kernels) {
            BitSet rows = new BitSet();
            used.put(kernel.table().name(), rows);
            telling.put(kernel.table().name(), kernel.telling(rows::set));
        }
        StepCompiler compiler = new StepCompiler(telling, config, options);
        Optional<String> missing = compiler.missing();
        if (missing.isPresent()) {
            return new Missing(missing.get());
        }
        compiler.compile();
        List<KernelTable> kept = new ArrayList<>();
        telling.forEach((name, kernel) -> {
            BitSet rows = used.getOrDefault(name, new BitSet());
            if (!rows.isEmpty()) {
                kept.add(kernel.table().rows(rows));
            }
        });
        return new Kept(kept);
    }
}
