package dev.iterscope.engine.schedule;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The sequences that wait for admission, in order of service. Every operation but [#toList] costs at most the logarithm of their
/// number: what waits must not slow down a step.
interface WaitingQueue {

    int size();

    /// The sequence to serve next; null when none waits.
    @Nullable Sequence peek();

    /// A sequence that has just arrived.
    void add(Sequence sequence);

    /// A preempted sequence: ahead of what has not run yet, as far as the policy leaves that open.
    void addPreempted(Sequence sequence);

    void remove(Sequence sequence);

    /// All of them in order of service.
    List<Sequence> toList();
}
