package dev.iterscope.projection.workload;

import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/// The workload of the demo: chats that stream answers to short prompts, and long documents that arrive among them. A chat's next token
/// waits for the step that it shares with a piece of a document, so the token budget decides how much the chats stutter.
public final class DemoWorkload {
    private static final int CHATS = 8;
    private static final int CHAT_PROMPT_TOKENS = 64;
    private static final int CHAT_OUTPUT_TOKENS = 320;
    private static final int DOCUMENTS = 32;
    private static final int SHORTEST_DOCUMENT = 120;
    private static final int LONGEST_DOCUMENT = 1016;
    private static final int DOCUMENT_STEP = 328; // with the range of lengths it goes through them in no order
    private static final int SUMMARY_TOKENS = 8;
    private static final long CHAT_GAP_NANOS = 20_000_000L;
    private static final long DOCUMENT_GAP_NANOS = 180_000_000L;

    private DemoWorkload() {}

    /// The requests; the same each time.
    public static Workload make() {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < CHATS; i++) {
            requests.add(Request.of(
                    "chat-" + i, new Prompt.Seeded(CHAT_PROMPT_TOKENS, i), CHAT_OUTPUT_TOKENS, i * CHAT_GAP_NANOS));
        }
        for (int i = 0; i < DOCUMENTS; i++) {
            requests.add(Request.of(
                    "document-" + i, new Prompt.Seeded(documentTokens(i), CHATS + i), SUMMARY_TOKENS, (i + 1) * DOCUMENT_GAP_NANOS));
        }
        requests.sort(Comparator.comparingLong(Request::arrivalNanos));
        String source = CHATS + " chats (" + CHAT_PROMPT_TOKENS + " tokens in, " + CHAT_OUTPUT_TOKENS + " out), and " + DOCUMENTS
                + " documents (" + SHORTEST_DOCUMENT + " to " + LONGEST_DOCUMENT + " tokens in, " + SUMMARY_TOKENS
                + " out) that arrive among them";
        return new Workload(source, requests, OptionalInt.empty(), "");
    }

    /// Lengths that differ, since steps of one sort alone would not tell apart what they cost.
    private static int documentTokens(int i) {
        return SHORTEST_DOCUMENT + i * DOCUMENT_STEP % (LONGEST_DOCUMENT - SHORTEST_DOCUMENT + 1);
    }
}
