package dev.iterscope.engine.request;

/// One multimodal item of a prompt: its encoder output takes the place of `tokens` prompt positions from `position` on.
///
/// @param contentHash identity of the item, part of the prefix-cache key of every block that it touches
/// @param position    first prompt position
/// @param tokens      number of positions, at least 1
public record EncoderInput(String contentHash, int position, int tokens) {
    /// Checks the ranges.
    public EncoderInput {
        if (position < 0 || tokens < 1) {
            throw new IllegalArgumentException("need position >= 0 and tokens >= 1: " + position + ", " + tokens);
        }
    }
}
