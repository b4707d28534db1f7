package dev.iterscope.projection.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.engine.ModelTokenizer;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.step.StepObserver;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// Keeps the tokens that requests got, and shows them as text in the order of the requests.
final class Completions implements StepObserver {
    private final Map<String, Completion> byId = new HashMap<>();

    private record Completion(List<Integer> tokens, FinishReason reason) {}

    @Override
    public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
        List<Integer> tokens = IntStream.range(0, sequence.outputTokens()).mapToObj(sequence::outputToken).toList();
        byId.put(sequence.request().id(), new Completion(tokens, reason));
    }

    /// A heading per request, then its text.
    void print(PrintWriter out, List<Request> requests, ModelTokenizer tokenizer) {
        for (Request request : requests) {
            Completion completion = byId.get(request.id());
            if (completion != null) {
                out.printf(
                        Locale.ROOT,
                        "%s: %d tokens in, %d out (%s)%n",
                        request.id(),
                        request.promptTokens(),
                        completion.tokens.size(),
                        completion.reason.name().toLowerCase(Locale.ROOT));
                out.println(printable(text(completion, tokenizer)));
                out.println();
            }
        }
    }

    /// The texts as `generated_texts`, the name that they have in detailed results of `vllm bench serve`; empty for a request that was
    /// not served.
    void json(ObjectNode root, List<Request> requests, ModelTokenizer tokenizer) {
        ArrayNode texts = root.putArray("generated_texts");
        for (Request request : requests) {
            Completion completion = byId.get(request.id());
            texts.add(completion == null ? "" : text(completion, tokenizer));
        }
    }

    private static String text(Completion completion, ModelTokenizer tokenizer) {
        return tokenizer.decode(completion.tokens.stream().mapToInt(Integer::intValue).toArray());
    }

    /// A model may say anything: what would steer the terminal is shown as a question mark.
    private static String printable(String text) {
        return text.replaceAll("[\\p{Cntrl}&&[^\\n\\t]]", "?");
    }
}
