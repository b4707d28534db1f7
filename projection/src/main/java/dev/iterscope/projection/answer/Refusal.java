package dev.iterscope.projection.answer;

/// Why nothing can be recommended, and what to do about it before anything else.
///
/// @param reason what is missing
/// @param remedy what to give or to record
public record Refusal(String reason, String remedy) {
    /// Both in one sentence.
    String words() {
        return reason + "; " + remedy;
    }
}
