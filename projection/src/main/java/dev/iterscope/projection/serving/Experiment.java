package dev.iterscope.projection.serving;

import dev.iterscope.projection.serving.ServerCommand.Word;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Settings to measure on a server, one after the other.
///
/// @param engine    the kind of engine
/// @param command   what starts it, with its own flags
/// @param model     the model that a load generator asks for, where that is not the one that the command names
/// @param settings  limits to measure, in the order of the first round
/// @param runs      rounds over all settings, every second one backwards
/// @param load      what is sent to a server
/// @param lengths   whether the server is sent the load's lengths one by one where its generator can
/// @param workload  options of the workload for `iterscope`, as a shell reads them; empty for what was recorded
/// @param from      recordings that the answer starts from, as a shell reads their names
/// @param folder    where logs and results go
public record Experiment(
        ServingEngine engine, ServerCommand command, Optional<Word> model, List<Limits> settings, int runs, Load load, boolean lengths,
        String workload,
        List<String> from, String folder) {

    /// Limits of a setting.
    ///
    /// @param maxNumBatchedTokens tokens of a step
    /// @param maxNumSeqs          most running requests
    public record Limits(int maxNumBatchedTokens, int maxNumSeqs) {}

    /// One run of a setting.
    ///
    /// @param limits its limits
    /// @param round  its round, from 1
    record Run(Limits limits, int round) {
        String name() {
            return "mbnt-" + limits.maxNumBatchedTokens() + "-seqs-" + limits.maxNumSeqs() + "-run-" + round;
        }
    }

    /// Keeps an unmodifiable copy.
    public Experiment {
        settings = List.copyOf(settings);
        from = List.copyOf(from);
    }

    /// All runs in their order.
    List<Run> plan() {
        List<Run> plan = new ArrayList<>();
        for (int round = 1; round <= runs; round++) {
            for (Limits limits : round % 2 == 1 ? settings : settings.reversed()) {
                plan.add(new Run(limits, round));
            }
        }
        return plan;
    }
}
