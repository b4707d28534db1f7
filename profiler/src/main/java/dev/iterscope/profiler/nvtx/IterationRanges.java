package dev.iterscope.profiler.nvtx;

import dev.iterscope.profiler.event.IterationCounts;
import java.lang.foreign.Arena;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Shows each step to an attached NVTX tool, from the thread that executes the batch. Per step:
///
/// - in the default domain a range with vLLM's text, `execute_context_0(0)_generation_50(50)`, for scripts that know it;
/// - in the domain `iterscope` a range with one of the constant names `context`, `generation` and `mixed`, so that a
///   tool's summaries group them, and at its start a mark with everything that the step's [IterationCounts] say:
///   `iter=188 ctx=0/0 gen=50/50 kv=3500/68959 5.1% held=54210 run=50 wait=0 preempt=0`.
///
/// The number of the iteration is the unsigned payload of each; a tool that takes structured payloads gets all counts as
/// the mark's payload, and one that takes counters gets the KV cache and the queues as curves. Texts are built only while a tool takes them, in reused
/// native memory. Without a tool [#push] and [#pop] cost a branch each.
///
/// One object per executing thread, not thread-safe; on a virtual thread, which may change its operating-system thread
/// between the two calls, NVTX's start/end ranges are used instead of its push/pop ranges.
public final class IterationRanges {

    private final @Nullable Ranges ranges;

    private IterationRanges(@Nullable Ranges ranges) {
        this.ranges = ranges;
    }

    /// Ranges for one executing thread.
    public static IterationRanges of(NvtxTool tool) {
        NvtxTool.Client client = tool.client();
        return new IterationRanges(client == null ? null : new Ranges(client));
    }

    /// Opens the ranges of a step that is about to be executed.
    public void push(IterationCounts counts) {
        if (ranges != null) {
            ranges.open(counts);
        }
    }

    /// Closes the ranges of the step opened last. Does nothing if none is open, so it may stand in a `finally`.
    public void pop() {
        if (ranges != null) {
            ranges.close();
        }
    }

    private static final class Ranges {

        private final DefaultDomain defaultDomain;
        private final IterscopeDomain domain;
        private final OpenRange vllmRange;
        private final OpenRange kindRange;
        private final EventAttributes attributes;
        private final TextBuffer text;
        private final StepPayload payload;
        private final StepCounters counters;

        Ranges(NvtxTool.Client client) {
            Arena arena = Arena.ofAuto();
            defaultDomain = new DefaultDomain(client.tables());
            domain = client.domain();
            domain.prepare();
            vllmRange = new OpenRange(defaultDomain);
            kindRange = new OpenRange(domain);
            attributes = new EventAttributes(arena);
            text = new TextBuffer(arena);
            payload = new StepPayload(arena);
            counters = new StepCounters(arena);
        }

        void open(IterationCounts counts) {
            StepKind kind = StepKind.of(counts);
            attributes.payload(counts.iteration());
            if (defaultDomain.isListening()) {
                StepText.vllm(counts, text);
                // Categories are named per domain, and the default domain is not ours to name them in.
                attributes.category(0, kind.argb()).text(text.zeroTerminated());
                vllmRange.open(attributes);
            }
            ConstantName name = domain.isListening() ? domain.name(kind) : null;
            if (name != null) {
                attributes.category(kind.category(), kind.argb()).name(name);
                kindRange.open(attributes);
                markEverything(counts);
            }
            if (domain.takesCounters()) {
                domain.sample(counters.of(counts));
            }
        }

        private void markEverything(IterationCounts counts) {
            StepText.full(counts, text);
            attributes.text(text.zeroTerminated());
            OptionalLong schema = domain.stepSchema();
            if (schema.isPresent()) {
                attributes.payload(payload.of(counts, schema.getAsLong()));
            }
            domain.mark(attributes);
        }

        void close() {
            kindRange.close();
            vllmRange.close();
        }
    }
}
