package dev.iterscope.projection.search;

import java.util.List;
import java.util.Optional;

/// What the [Rule] decides from the points of a sweep.
///
/// @param standing why the chosen setting was chosen
/// @param eligible settings that are likely enough to meet the objective, in the order of the sweep
/// @param leader   of those the one with the highest value; empty where none is eligible
/// @param ties     the eligible settings that cannot be told from the leader, the leader among them, in the order of the sweep
/// @param chosen   the setting to run with; empty where no setting serves anything
record Decision(
        Standing standing, List<SweepPoint> eligible, Optional<SweepPoint> leader, List<SweepPoint> ties, Optional<SweepPoint> chosen) {

    /// Why the chosen setting was chosen.
    enum Standing {
        /// It is likely enough to meet the objective, and nothing else that is can be told to be better.
        MEETS,
        /// No setting is likely enough to meet the objective; it is the likeliest.
        LIKELIEST,
        /// No setting serves any request.
        SERVES_NOTHING
    }

    /// Keeps unmodifiable copies.
    Decision {
        eligible = List.copyOf(eligible);
        ties = List.copyOf(ties);
    }
}
