package dev.iterscope.profiler.nvtx;

import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/// Shows the layers of a model to an attached NVTX tool, as ranges `layer 0`, `layer 1`, ... in the domain `iterscope`,
/// inside the step's range. An option: a range per layer costs more than one per step.
///
/// One object per executing thread, not thread-safe. Layers do not nest.
public final class LayerRanges {

    /// Shows nothing.
    public static final LayerRanges NONE = new LayerRanges(null);

    private final @Nullable Ranges ranges;

    private LayerRanges(@Nullable Ranges ranges) {
        this.ranges = ranges;
    }

    /// Ranges for one executing thread.
    public static LayerRanges of(NvtxTool tool) {
        NvtxTool.Client client = tool.client();
        return client == null ? NONE : new LayerRanges(new Ranges(client.domain()));
    }

    /// Opens the range of a layer.
    ///
    /// @param layer number of the layer, from 0
    public void push(int layer) {
        if (ranges != null) {
            ranges.open(layer);
        }
    }

    /// Closes the range opened last; does nothing if none is open.
    public void pop() {
        if (ranges != null) {
            ranges.range.close();
        }
    }

    private static final class Ranges {

        private final IterscopeDomain domain;
        private final OpenRange range;
        private final EventAttributes attributes = new EventAttributes(Arena.ofAuto());

        Ranges(IterscopeDomain domain) {
            this.domain = domain;
            this.range = new OpenRange(domain);
        }

        void open(int layer) {
            ConstantName name = domain.isListening() ? domain.layerName(layer) : null;
            if (name != null) {
                range.open(attributes.name(name).payload(layer));
            }
        }
    }
}
