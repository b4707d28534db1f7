package dev.iterscope.projection.workload;

import dev.iterscope.engine.request.UserInputException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// What a user asked for, with the names of `vllm bench serve`. What was not asked for is empty.
///
/// @param file             a file of requests
/// @param numPrompts       most requests; of synthetic work, exactly so many
/// @param randomInputLen   mean prompt length of synthetic work
/// @param randomOutputLen  mean output length of synthetic work
/// @param randomRangeRatio half-width of the uniform distribution of lengths as a share of the mean, in [0, 1)
/// @param requestRate      mean requests/s, or infinite
/// @param burstiness       shape of the gamma distribution of gaps: 1 is Poisson, less is burstier
/// @param maxConcurrency   most requests that the client keeps open
/// @param scenario         when requests arrive
/// @param seed             seed of lengths, gaps and contents
/// @param ignoreEos        whether requests generate exactly their output length
public record WorkloadOptions(
        Optional<Path> file,
        OptionalInt numPrompts,
        OptionalInt randomInputLen,
        OptionalInt randomOutputLen,
        OptionalDouble randomRangeRatio,
        OptionalDouble requestRate,
        OptionalDouble burstiness,
        OptionalInt maxConcurrency,
        Optional<Scenario> scenario,
        long seed,
        boolean ignoreEos) {

    /// Requests of synthetic work when their number is not given.
    public static final int DEFAULT_NUM_PROMPTS = 32;
    /// Prompt length of synthetic work when it is not given.
    public static final int DEFAULT_INPUT_LEN = 256;
    /// Output length of synthetic work when it is not given.
    public static final int DEFAULT_OUTPUT_LEN = 64;

    /// Nothing asked for.
    public static final WorkloadOptions NONE = new WorkloadOptions(
            Optional.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            0,
            true);

    /// Checks the ranges.
    ///
    /// @throws UserInputException with the option's name
    public WorkloadOptions {
        atLeastOne("--num-prompts", numPrompts);
        atLeastOne("--random-input-len", randomInputLen);
        atLeastOne("--random-output-len", randomOutputLen);
        atLeastOne("--max-concurrency", maxConcurrency);
        if (randomRangeRatio.isPresent() && !(randomRangeRatio.getAsDouble() >= 0 && randomRangeRatio.getAsDouble() < 1)) {
            throw UserInputException.usage("--random-range-ratio must be at least 0 and below 1: " + randomRangeRatio.getAsDouble());
        }
        if (requestRate.isPresent() && !(requestRate.getAsDouble() > 0)) {
            throw UserInputException.usage("--request-rate must be above 0, or inf: " + requestRate.getAsDouble());
        }
        if (burstiness.isPresent() && !(burstiness.getAsDouble() > 0 && Double.isFinite(burstiness.getAsDouble()))) {
            throw UserInputException.usage("--burstiness must be above 0: " + burstiness.getAsDouble());
        }
        if (file.isPresent() && hasLengths(randomInputLen, randomOutputLen, randomRangeRatio)) {
            throw UserInputException
                    .usage("--workload states the lengths of its requests; leave out --random-input-len, --random-output-len"
                            + " and --random-range-ratio");
        }
        boolean finiteRate = requestRate.isPresent() && Double.isFinite(requestRate.getAsDouble());
        if (scenario.equals(Optional.of(Scenario.SERVER)) && !finiteRate) {
            throw UserInputException.usage("--scenario server needs a finite --request-rate");
        }
        if (scenario.equals(Optional.of(Scenario.OFFLINE)) && finiteRate) {
            throw UserInputException.usage("--scenario offline sends all requests at once; leave out --request-rate");
        }
    }

    private static void atLeastOne(String option, OptionalInt value) {
        if (value.isPresent() && value.getAsInt() < 1) {
            throw UserInputException.usage(option + " must be at least 1: " + value.getAsInt());
        }
    }

    /// The same for synthetic work: lengths that were not given are the defaults. A file stays what it is.
    public WorkloadOptions synthetic() {
        return file.isPresent()
                ? this
                : new WorkloadOptions(
                        file,
                        numPrompts,
                        OptionalInt.of(randomInputLen.orElse(DEFAULT_INPUT_LEN)),
                        OptionalInt.of(randomOutputLen.orElse(DEFAULT_OUTPUT_LEN)),
                        randomRangeRatio,
                        requestRate,
                        burstiness,
                        maxConcurrency,
                        scenario,
                        seed,
                        ignoreEos);
    }

    private static boolean hasLengths(OptionalInt input, OptionalInt output, OptionalDouble ratio) {
        return input.isPresent() || output.isPresent() || ratio.isPresent();
    }

    /// True when nothing was asked for that changes which requests arrive when.
    public boolean leavesRequestsAsRecorded() {
        return file.isEmpty() && numPrompts.isEmpty() && !asksForSynthetic() && requestRate.isEmpty() && burstiness.isEmpty()
                && maxConcurrency.isEmpty()
                && scenario.isEmpty();
    }

    /// True when synthetic lengths were asked for. A number of requests alone is the number of those that are known otherwise.
    public boolean asksForSynthetic() {
        return hasLengths(randomInputLen, randomOutputLen, randomRangeRatio);
    }
}
