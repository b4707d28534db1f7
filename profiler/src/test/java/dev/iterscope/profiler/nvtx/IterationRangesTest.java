package dev.iterscope.profiler.nvtx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.iterscope.profiler.TestCounts;
import dev.iterscope.profiler.nvtx.RecordingTool.Call;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

final class IterationRangesTest {

    private static final String PROPOSAL_TEXT =
            "iter=188 ctx=0/0 gen=50/50 kv=3500/68959 5.1% held=54210 run=50 wait=0 preempt=0";

    private final RecordingTool tool = new RecordingTool();

    @Test
    void showsOneRangePerDomainAndTheWholeTextInside() {
        IterationRanges ranges = IterationRanges.of(NvtxTool.attach(tool));

        ranges.push(TestCounts.PROPOSAL);
        ranges.pop();

        assertThat(tool.calls)
                .extracting(Call::function, Call::domain, Call::message)
                .containsExactly(
                        tuple("push", "", "execute_context_0(0)_generation_50(50)"),
                        tuple("push", "iterscope", "registered:generation"),
                        tuple("mark", "iterscope", PROPOSAL_TEXT),
                        tuple("pop", "iterscope", ""),
                        tuple("pop", "", ""));
        assertThat(tool.calls.subList(0, 3)).extracting(Call::payload).containsOnly(188L);
        assertThat(tool.calls).extracting(Call::thread).containsOnly(Thread.currentThread());
    }

    @Test
    void namesEachKindOfStepOnceAndNeverRegistersAChangingText() {
        IterationRanges ranges = IterationRanges.of(NvtxTool.attach(tool));

        for (TestCounts counts : List.of(TestCounts.CONTEXT, TestCounts.MIXED, TestCounts.PROPOSAL, TestCounts.EMPTY, TestCounts.MIXED)) {
            ranges.push(counts);
            ranges.pop();
        }

        assertThat(constantNames()).containsExactly("context", "mixed", "generation", "generation", "mixed");
        assertThat(tool.registered).containsExactlyInAnyOrder("context", "generation", "mixed", "capture");
        assertThat(tool.categories)
                .containsExactlyInAnyOrder("iterscope:1=context", "iterscope:2=generation", "iterscope:3=mixed");
        assertThat(tool.calls)
                .extracting(Call::message)
                .contains(
                        "execute_context_2(7986)_generation_14(14)",
                        "iter=7 ctx=2/7986 gen=14/14 kv=1024/2048 50.0% held=16000 run=16 wait=3 preempt=1",
                        "execute_context_0(0)_generation_0(0)",
                        "iter=9 ctx=0/0 gen=0/0 kv=0/0 0.0% held=0 run=0 wait=0 preempt=0");
        assertThat(tool.calls.get(1).category()).isEqualTo(1);
        assertThat(tool.calls.get(1).argb() >>> 24).isEqualTo(0xFF);
    }

    @Test
    void usesRangesThatAnyThreadMayEndOnAVirtualThread() throws InterruptedException {
        IterationRanges ranges = IterationRanges.of(NvtxTool.attach(tool));

        Thread.ofVirtual()
                .start(() -> {
                    ranges.push(TestCounts.PROPOSAL);
                    LockSupport.parkNanos(1_000_000);
                    ranges.pop();
                })
                .join();

        assertThat(tool.calls)
                .extracting(Call::function, Call::domain, Call::message)
                .containsExactly(
                        tuple("start", "", "execute_context_0(0)_generation_50(50)"),
                        tuple("start", "iterscope", "registered:generation"),
                        tuple("mark", "iterscope", PROPOSAL_TEXT),
                        tuple("end", "iterscope", ""),
                        tuple("end", "", ""));
        assertThat(tool.calls.get(3).payload()).as("number of the range ended first").isEqualTo(2);
        assertThat(tool.calls.get(4).payload()).isEqualTo(1);
    }

    @Test
    void startsWhenTheToolFillsItsSlotsAndStopsWhenItEmptiesThem() {
        tool.attachAtOnce = false;
        IterationRanges ranges = IterationRanges.of(NvtxTool.attach(tool));

        ranges.push(TestCounts.PROPOSAL);
        tool.attach();
        ranges.pop();
        assertThat(tool.calls).as("a pop without its push would unbalance the tool").isEmpty();

        ranges.push(TestCounts.PROPOSAL);
        ranges.pop();
        assertThat(tool.calls).hasSize(5);

        ranges.push(TestCounts.PROPOSAL);
        tool.detachAll();
        ranges.pop();
        ranges.push(TestCounts.PROPOSAL);
        ranges.pop();
        assertThat(tool.calls).hasSize(8);
    }

    @Test
    void doesWithoutFunctionsThatTheToolLeavesOut() {
        NvtxTool attached = NvtxTool.attach(tool);
        tool.detach(5, FunctionModule.DOMAIN_REGISTER_STRING_A);
        tool.detach(5, FunctionModule.DOMAIN_NAME_CATEGORY_A);
        tool.detach(5, FunctionModule.DOMAIN_MARK_EX);
        IterationRanges ranges = IterationRanges.of(attached);

        ranges.push(TestCounts.PROPOSAL);
        ranges.pop();

        assertThat(tool.calls)
                .extracting(Call::function, Call::domain, Call::message)
                .containsExactly(
                        tuple("push", "", "execute_context_0(0)_generation_50(50)"),
                        tuple("push", "iterscope", "generation"),
                        tuple("pop", "iterscope", ""),
                        tuple("pop", "", ""));
    }

    @Test
    void keepsToTheDefaultDomainWhereTheToolMakesNoOthers() {
        NvtxTool attached = NvtxTool.attach(tool);
        tool.detach(5, FunctionModule.DOMAIN_CREATE_A);
        IterationRanges ranges = IterationRanges.of(attached);

        ranges.push(TestCounts.PROPOSAL);
        ranges.pop();

        assertThat(tool.calls).extracting(Call::domain).containsExactly("", "");
    }

    @Test
    void closesAStepThatAnErrorLeftOpen() {
        IterationRanges ranges = IterationRanges.of(NvtxTool.attach(tool));

        ranges.push(TestCounts.PROPOSAL);
        ranges.push(TestCounts.PROPOSAL.withIteration(189));
        ranges.pop();
        ranges.pop();

        assertThat(tool.calls).filteredOn(call -> call.function().equals("push")).hasSize(4);
        assertThat(tool.calls).filteredOn(call -> call.function().equals("pop")).hasSize(4);
    }

    @Test
    void doesNothingWithoutATool() {
        IterationRanges ranges = IterationRanges.of(NvtxTool.none());

        ranges.push(TestCounts.PROPOSAL);
        ranges.pop();

        assertThat(NvtxTool.none().status()).isEqualTo(new NvtxStatus.NoTool());
    }

    @Test
    void attachesAllCountsWhereTheToolTakesStructuredPayloads() {
        tool.payloadVersions = Set.of(0x0104);
        tool.knowsCounters = true;
        IterationRanges ranges = IterationRanges.of(NvtxTool.attach(tool));

        ranges.push(TestCounts.MIXED);
        ranges.pop();
        ranges.push(TestCounts.PROPOSAL);
        ranges.pop();

        assertThat(tool.payloads).hasSize(2);
        assertThat(tool.payloads.getFirst())
                .containsEntry("iteration", 7L)
                .containsEntry("contextRequests", 2)
                .containsEntry("contextTokens", 7986)
                .containsEntry("generationRequests", 14)
                .containsEntry("generationTokens", 14)
                .containsEntry("kvBlocksUsed", 1024)
                .containsEntry("kvBlocksTotal", 2048)
                .containsEntry("kvTokensHeld", 16000)
                .containsEntry("runningRequests", 16)
                .containsEntry("waitingRequests", 3)
                .containsEntry("preemptions", 1);
        assertThat(tool.calls)
                .filteredOn(call -> call.function().equals("push"))
                .as("ranges keep the plain number, which every tool shows")
                .extracting(Call::payload)
                .containsExactly(7L, 7L, 188L, 188L);
        assertThat(tool.counterGroups).containsExactly("engine state of iterscope.State");
        assertThat(tool.samples)
                .first()
                .isEqualTo(Map.of(
                        "kvUsagePercent", 50.0, "kvTokensHeld", 16000, "runningRequests", 16, "waitingRequests", 3));
        assertThat(tool.schemas).hasSize(2);
    }

    @Test
    void keepsThePlainNumberWhereAToolWouldDropAStructuredPayload() {
        tool.payloadVersions = Set.of(0x0103);
        IterationRanges ranges = IterationRanges.of(NvtxTool.attach(tool));

        ranges.push(TestCounts.PROPOSAL);
        ranges.pop();

        assertThat(tool.schemas).isEmpty();
        assertThat(tool.calls.subList(0, 3)).extracting(Call::payload).containsOnly(188L);
    }

    @Test
    void showsLayersInsideTheStepUnderConstantNames() {
        NvtxTool attached = NvtxTool.attach(tool);
        IterationRanges ranges = IterationRanges.of(attached);
        LayerRanges layers = LayerRanges.of(attached);

        for (int step = 0; step < 2; step++) {
            ranges.push(TestCounts.PROPOSAL);
            layers.push(0);
            layers.pop();
            layers.push(1);
            layers.pop();
            ranges.pop();
        }

        assertThat(tool.registered).containsOnlyOnce("layer 0", "layer 1");
        assertThat(constantNames())
                .containsExactly("generation", "layer 0", "layer 1", "generation", "layer 0", "layer 1");
        LayerRanges.of(NvtxTool.none()).push(0);
    }

    @Test
    void framesACaptureWindowWithARegisteredRange() {
        CaptureRange capture = CaptureRange.of(NvtxTool.attach(tool));

        capture.end();
        capture.begin();
        capture.begin();
        capture.end();
        capture.end();

        assertThat(tool.calls)
                .extracting(Call::function, Call::domain, Call::message, Call::payload)
                .containsExactly(
                        tuple("start", "iterscope", "registered:capture", 0L), tuple("end", "iterscope", "", 1L));
        CaptureRange.of(NvtxTool.none()).begin();
    }

    private List<String> constantNames() {
        return tool.calls.stream()
                .filter(call -> call.function().equals("push") && call.domain().equals("iterscope"))
                .map(call -> call.message().replace("registered:", ""))
                .toList();
    }
}
