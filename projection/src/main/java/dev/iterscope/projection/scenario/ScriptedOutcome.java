package dev.iterscope.projection.scenario;

import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import java.util.List;
import java.util.function.Function;

/// What a scenario's requests yield for a plan: each sampling entry its next output tokens, as many as its drafts were right, plus one.
final class ScriptedOutcome implements StepOutcome {
    private final int[] counts;
    private final int[] firstOutputs;
    private final Script[] scripts;

    /// A request's output, and how far its drafts have come.
    static final class Script {
        private final ScenarioRequest request;
        private int yields;

        Script(ScenarioRequest request) {
            this.request = request;
        }

        private int output(int index) {
            return index < request.output().size() ? request.output().get(index) : 0;
        }

        private List<Integer> drafts() {
            return yields > 0 && yields <= request.drafts().size() ? request.drafts().get(yields - 1) : List.of();
        }

        private int accepted(int outputs, int verified) {
            List<Integer> drafts = drafts();
            int accepted = 0;
            while (accepted < Math.min(verified, drafts.size()) && drafts.get(accepted) == output(outputs + accepted)) {
                accepted++;
            }
            return accepted;
        }
    }

    ScriptedOutcome(StepPlan plan, Function<String, Script> scriptOf) {
        counts = new int[plan.size()];
        firstOutputs = new int[plan.size()];
        scripts = new Script[plan.size()];
        for (int i = 0; i < plan.size(); i++) {
            Script script = scriptOf.apply(plan.sequence(i).request().id());
            scripts[i] = script;
            firstOutputs[i] = plan.sequence(i).outputTokens();
            if (plan.samples(i)) {
                counts[i] = 1 + script.accepted(firstOutputs[i], plan.draftCount(i));
                script.yields++;
            }
        }
    }

    @Override
    public int tokenCount(int entry) {
        return counts[entry];
    }

    @Override
    public int token(int entry, int k) {
        return scripts[entry].output(firstOutputs[entry] + k);
    }

    @Override
    public int draftCount(int entry) {
        return scripts[entry].drafts().size();
    }
}
