package dev.iterscope.projection.workload;

import org.hipparchus.random.RandomDataGenerator;

/// Random arrival times as `vllm bench serve` makes them: gaps follow a gamma distribution with the given shape (burstiness) and
/// mean 1 / rate, and all are scaled so that the last request arrives at exactly n / rate. Without that step two seeds would
/// differ by a per cent or two in rate alone.
final class Gaps {
    private Gaps() {}

    /// Arrival times in nanoseconds, ascending.
    static long[] arrivals(int count, double ratePerSecond, double burstiness, long seed) {
        RandomDataGenerator random = new RandomDataGenerator(0);
        random.setSeed(seed ^ 0x5DEECE66DL);
        double[] seconds = new double[count];
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += random.nextGamma(burstiness, 1 / (ratePerSecond * burstiness));
            seconds[i] = total;
        }
        double scale = total > 0 ? count / ratePerSecond / total : 1;
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            nanos[i] = Math.round(seconds[i] * scale * 1e9);
        }
        return nanos;
    }
}
