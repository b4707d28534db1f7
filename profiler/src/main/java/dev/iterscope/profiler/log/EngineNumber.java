package dev.iterscope.profiler.log;

/// An engine's number in vLLM's way: three digits.
final class EngineNumber {

    private EngineNumber() {}

    static void append(StringBuilder line, int engine) {
        if (engine < 100) {
            line.append('0');
        }
        if (engine < 10) {
            line.append('0');
        }
        line.append(engine);
    }
}
