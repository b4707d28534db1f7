package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.request.Request;
import java.util.Arrays;

/// The tokens of one sequence: the prompt as the request defines it, then what was sampled. Written by position, since a sequence
/// that was preempted computes its tokens again and gets the same ones.
final class TokenHistory {
    private final Request request;
    private final int promptTokens;
    private final int vocabulary;
    private int[] outputs;

    /// With room for all that the request may yield in a model of `maxModelLen` positions, so that no step has to make more.
    TokenHistory(Request request, int vocabulary, int maxModelLen) {
        this.request = request;
        this.vocabulary = vocabulary;
        promptTokens = request.promptTokens();
        outputs = new int[Math.clamp(request.stopRules().maxTokens(), 1, Math.max(1, maxModelLen - promptTokens + 1))];
    }

    Request request() {
        return request;
    }

    /// The token at `position`, reduced to the vocabulary.
    int tokenAt(int position) {
        return position < promptTokens ? request.prompt().tokenAt(position) % vocabulary : outputs[position - promptTokens];
    }

    /// Notes the token sampled for `position`.
    void set(int position, int token) {
        int index = position - promptTokens;
        if (index >= outputs.length) {
            outputs = Arrays.copyOf(outputs, Math.max(index + 1, outputs.length * 2));
        }
        outputs[index] = token;
    }
}
