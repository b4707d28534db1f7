package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.request.Request;
import java.util.Arrays;

/// The tokens of one sequence: the prompt as the request defines it, then what was sampled. Outputs are kept by position, since a
/// sequence that was preempted computes its tokens again and gets the same ones. Tokens of steps in flight are only on the device;
/// they are named by their place there.
final class TokenHistory {
    private static final int NOTHING = -1;

    private final Request request;
    private final int vocabulary;
    private final int promptTokens;
    private final int[] pendingPositions = new int[Workspace.RING];
    private final int[] pendingTargets = new int[Workspace.RING];
    private int[] outputs = new int[64];

    TokenHistory(Request request, int vocabulary) {
        this.request = request;
        this.vocabulary = vocabulary;
        promptTokens = request.promptTokens();
        Arrays.fill(pendingPositions, NOTHING);
    }

    /// The token at `position` as `StepUpload.token` takes it: reduced to the vocabulary, or −1 − place on the device.
    int tokenAt(int position) {
        if (position < promptTokens) {
            return request.prompt().tokenAt(position) % vocabulary;
        }
        for (int slot = 0; slot < pendingPositions.length; slot++) {
            if (pendingPositions[slot] == position) {
                return -1 - pendingTargets[slot];
            }
        }
        return outputs[position - promptTokens];
    }

    /// The step in ring slot `slot` will yield the token at `position`, at `target` on the device.
    void expect(int slot, int position, int target) {
        pendingPositions[slot] = position;
        pendingTargets[slot] = target;
    }

    /// The step in ring slot `slot` has yielded `token`.
    void arrived(int slot, int token) {
        int index = pendingPositions[slot] - promptTokens;
        pendingPositions[slot] = NOTHING;
        if (index >= outputs.length) {
            outputs = Arrays.copyOf(outputs, Math.max(index + 1, outputs.length * 2));
        }
        outputs[index] = token;
    }

    /// Random bits for the token at `position`, from the request's seed alone (the finaliser of SplitMix64).
    long randomAt(int position) {
        long z = request.sampling().seed() + (position + 1L) * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
