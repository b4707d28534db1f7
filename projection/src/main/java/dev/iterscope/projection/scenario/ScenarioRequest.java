package dev.iterscope.projection.scenario;

import dev.iterscope.engine.request.Request;
import java.util.List;
import java.util.OptionalLong;

/// A request of a scenario, and what a model would make of it.
///
/// @param request     the request
/// @param arrivalStep step before whose plan it arrives, from 1
/// @param abortStep   step before whose plan its user gives it up
/// @param output      the tokens that it generates, in order; 0 beyond the end
/// @param drafts      element k: draft tokens proposed when its k-th token-yielding step is done, to be verified in its next; a draft
///                    is accepted while it equals the output
public record ScenarioRequest(
        Request request, long arrivalStep, OptionalLong abortStep, List<Integer> output, List<List<Integer>> drafts) {
    /// Keeps unmodifiable copies.
    public ScenarioRequest {
        output = List.copyOf(output);
        drafts = drafts.stream().map(List::copyOf).toList();
    }
}
