package dev.iterscope.engine.schedule;

import dev.iterscope.engine.kvcache.BlockTable;
import dev.iterscope.engine.kvcache.KvCache;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.SchedulerConfig.Policy;
import dev.iterscope.engine.schedule.Sequence.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Every live sequence and where it stands: running, in order of admission, or waiting. Moves them between the two, with what they hold,
/// and keeps the sums over them that the counts of a step need. Decides nothing.
final class Roster {
    private final SchedulerConfig config;
    private final KvCache kv;
    private final EncoderPlanner encoders;
    private final WaitingQueue waiting;
    private final Map<String, Sequence> live = new HashMap<>();
    private Sequence[] running = new Sequence[16];
    private int runningCount;
    private int nextNumber;
    private long computedTokens;
    private long queuedTokens;
    private long queuedKvTokens;

    Roster(SchedulerConfig config, KvCache kv, EncoderPlanner encoders) {
        this.config = config;
        this.kv = kv;
        this.encoders = encoders;
        this.waiting = config.policy() == Policy.PRIORITY ? new PriorityQueue() : new FcfsQueue();
    }

    /// Requests that are waiting or running.
    int live() {
        return live.size();
    }

    /// The live sequence of a request.
    @Nullable Sequence find(String id) {
        return live.get(id);
    }

    /// Puts a new request to the end of the queue.
    Sequence add(Request request) {
        Sequence s = new Sequence(request, nextNumber++, config.maxModelLen());
        live.put(request.id(), s);
        waiting.add(s);
        queuedTokens += s.tokens;
        return s;
    }

    int waitingCount() {
        return waiting.size();
    }

    /// The waiting sequence whose turn is next.
    @Nullable Sequence nextWaiting() {
        return waiting.peek();
    }

    /// The waiting sequences in order of service; a copy.
    List<Sequence> waiting() {
        return waiting.toList();
    }

    int runningCount() {
        return runningCount;
    }

    Sequence running(int i) {
        return running[i];
    }

    /// The running sequences in order of admission; a copy.
    List<Sequence> running() {
        return List.of(Arrays.copyOf(running, runningCount));
    }

    boolean anyGenerating() {
        for (int i = 0; i < runningCount; i++) {
            if (!running[i].hasContextWork()) {
                return true;
            }
        }
        return false;
    }

    /// Index of the running sequence that gives way: the last admitted, or under the priority policy the last in order of service.
    /// That order is total: vLLM leaves open which of two sequences of one priority and arrival time gives way, and when they are long
    /// enough they then take each other's blocks for ever.
    int victim() {
        int victim = runningCount - 1;
        if (config.policy() == Policy.PRIORITY) {
            victim = 0;
            for (int i = 1; i < runningCount; i++) {
                if (PriorityQueue.ORDER.compare(running[i], running[victim]) > 0) {
                    victim = i;
                }
            }
        }
        return victim;
    }

    /// A waiting sequence that has been given its blocks runs from now on, at the end of the running list.
    ///
    /// @param computed tokens whose KV it has found
    void admit(Sequence s, int computed) {
        waiting.remove(s);
        queuedTokens -= s.tokens;
        queuedKvTokens -= s.lost;
        s.state = State.RUNNING;
        s.lost = 0;
        s.computed = computed;
        s.contextEnd = s.tokens;
        computedTokens += computed;
        if (runningCount == running.length) {
            running = Arrays.copyOf(running, 2 * runningCount);
        }
        running[runningCount++] = s;
    }

    /// A running sequence loses what it holds and waits again.
    ///
    /// @param index its place in the running list
    Preemption preempt(int index) {
        Sequence s = running[index];
        removeRunning(index);
        int lost = s.computed;
        int blocks = kv.release(s.table);
        encoders.release(s);
        computedTokens -= lost;
        s.plainUntil = 0;
        s.state = State.PREEMPTED;
        s.highWater = Math.max(s.highWater, lost);
        s.lost = lost;
        s.computed = 0;
        s.drafts = 0;
        s.preemptions++;
        waiting.addPreempted(s);
        queuedTokens += s.tokens;
        queuedKvTokens += lost;
        return new Preemption(s, blocks, lost);
    }

    /// A step was planned that computes so many tokens of running sequences.
    void planned(int tokens) {
        computedTokens += tokens;
    }

    /// Tokens of a running sequence that were computed for nothing.
    void rollBack(Sequence s, int tokens) {
        s.computed -= tokens;
        computedTokens -= tokens;
    }

    /// A sequence has one more known token.
    void append(Sequence s, int token) {
        s.append(token);
        if (s.state == State.PREEMPTED) {
            queuedTokens++;
        }
    }

    /// Ends a sequence wherever it stands; it gives everything back.
    void remove(Sequence s, FinishReason reason) {
        if (s.state == State.RUNNING) {
            removeRunning(indexInRunning(s));
        }
        end(s, reason);
    }

    /// The same for many: running ones stay in the list until [#dropFinished].
    void end(Sequence s, FinishReason reason) {
        if (s.isWaiting()) {
            waiting.remove(s);
            queuedTokens -= s.tokens;
            queuedKvTokens -= s.lost;
        } else {
            computedTokens -= s.computed;
            kv.release(s.table);
        }
        encoders.release(s);
        s.state = State.FINISHED;
        s.finishReason = reason;
        s.placeholders = 0;
        live.remove(s.request().id());
    }

    void dropFinished() {
        int kept = 0;
        for (int i = 0; i < runningCount; i++) {
            if (running[i].state == State.RUNNING) {
                running[kept++] = running[i];
            }
        }
        Arrays.fill(running, kept, runningCount, null);
        runningCount = kept;
    }

    private int indexInRunning(Sequence s) {
        for (int i = 0; i < runningCount; i++) {
            if (running[i] == s) {
                return i;
            }
        }
        throw new IllegalStateException(s + " is not in the running list");
    }

    private void removeRunning(int index) {
        System.arraycopy(running, index + 1, running, index, runningCount - index - 1);
        runningCount--;
        Arrays.fill(running, runningCount, runningCount + 1, null);
    }

    /// Tokens computed of all running sequences, by steps in flight too.
    long computedTokens() {
        return computedTokens;
    }

    /// Tokens of all waiting sequences.
    long queuedTokens() {
        return queuedTokens;
    }

    /// Tokens whose KV the waiting sequences had.
    long queuedKvTokens() {
        return queuedKvTokens;
    }

    /// Throws when block tables, reference counts or sums contradict each other.
    void verify() {
        List<BlockTable> tables = new ArrayList<>(runningCount);
        long computed = 0;
        for (Sequence s : running()) {
            tables.add(s.table);
            computed += s.computed;
            if (s.state != State.RUNNING || s.blocks() * kv.config().blockSize() < s.computed) {
                throw new IllegalStateException(s + " runs with " + s.blocks() + " blocks");
            }
        }
        long queued = 0;
        long queuedKv = 0;
        for (Sequence s : waiting()) {
            queued += s.tokens;
            queuedKv += s.lost;
            if (!s.isWaiting() || s.blocks() != 0) {
                throw new IllegalStateException(s + " waits with " + s.blocks() + " blocks");
            }
        }
        if (computed != computedTokens || queued != queuedTokens || queuedKv != queuedKvTokens
                || live.size() != runningCount + waiting.size() || runningCount > config.maxNumSeqs()) {
            throw new IllegalStateException("sums of the scheduler do not match its sequences");
        }
        kv.verify(tables);
    }
}
