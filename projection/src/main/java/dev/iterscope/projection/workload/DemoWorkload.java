package dev.iterscope.projection.workload;

import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/// The workloads of the demo: chats that stream answers to short prompts, and long documents that arrive among them. A chat's next token
/// waits for the step that it shares with a piece of a document, so the token budget decides how much the chats stutter.
public final class DemoWorkload {
    /// Documents of [#forLargeModel] unless told otherwise: eight seconds of them.
    public static final int DOCUMENTS = 8;
    /// As many chats as keep arriving while documents do.
    private static final double CHATS_A_DOCUMENT = 3.6;

    private static final long CHAT_GAP_NANOS = 20_000_000L;

    private DemoWorkload() {}

    /// Some alike requests.
    ///
    /// @param count        how many
    /// @param shortest     tokens of the shortest prompt
    /// @param longest      tokens of the longest prompt
    /// @param outputTokens tokens of each answer
    /// @param gapNanos     between two arrivals
    private record Crowd(int count, int shortest, int longest, int outputTokens, long gapNanos) {
        /// Of the range of lengths; the golden section goes through it in no order, and never comes back to a length soon.
        private static final double STEP = 0.381966;

        /// Lengths that differ, since steps of one sort alone would not tell apart what they cost.
        int promptTokens(int index) {
            int range = longest - shortest + 1;
            return shortest + (int) ((long) index * Math.round(STEP * range) % range);
        }
    }

    /// For a small model on a CPU, where a step of 512 tokens takes a good 100 ms; the same each time.
    public static Workload forSmallModel() {
        return make(new Crowd(8, 64, 64, 320, CHAT_GAP_NANOS), new Crowd(32, 120, 1016, 8, 180_000_000L));
    }

    /// For a model of 8 billion parameters on a GPU at a quarter of its speed, where a step of 2048 tokens takes 200 ms; the same each
    /// time. Prompts come at half the rate at which steps of 2048 tokens could take them in, and as fast as steps of 256 tokens can.
    ///
    /// @param documents documents that arrive, one a second
    public static Workload forLargeModel(int documents) {
        return make(new Crowd((int) (CHATS_A_DOCUMENT * documents), 300, 300, 70, 286_000_000L),
                new Crowd(documents, 2500, 6000, 70, 1_050_000_000L));
    }

    private static Workload make(Crowd chats, Crowd documents) {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < chats.count(); i++) {
            requests.add(Request.of(
                    "chat-" + i, new Prompt.Seeded(chats.promptTokens(i), i), chats.outputTokens(), i * chats.gapNanos()));
        }
        for (int i = 0; i < documents.count(); i++) {
            requests.add(Request.of("document-" + i, new Prompt.Seeded(documents.promptTokens(i), chats.count() + i),
                    documents.outputTokens(), (i + 1) * documents.gapNanos()));
        }
        requests.sort(Comparator.comparingLong(Request::arrivalNanos));
        String source = chats.count() + " chats (" + chats.shortest() + " tokens in, " + chats.outputTokens() + " out), and "
                + documents.count() + " documents (" + documents.shortest() + " to " + documents.longest() + " tokens in, "
                + documents.outputTokens() + " out) that arrive among them";
        return new Workload(source, requests, OptionalInt.empty(), "");
    }
}
