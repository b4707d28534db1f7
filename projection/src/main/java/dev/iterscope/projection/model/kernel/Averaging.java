package dev.iterscope.projection.model.kernel;

import java.util.ArrayList;
import java.util.List;

/// Rows measured more than once become one row with their geometric mean.
final class Averaging {

    private Averaging() {}

    static KernelTable of(KernelTable raw) {
        RowIndex index = new RowIndex(raw);
        double[] logs = new double[raw.size()];
        int[] counts = new int[raw.size()];
        for (int row = 0; row < raw.size(); row++) {
            int first = index.find(raw.values(row));
            logs[first] += Math.log(raw.time(row));
            counts[first]++;
        }
        List<int[]> values = new ArrayList<>();
        List<Double> times = new ArrayList<>();
        for (int row = 0; row < raw.size(); row++) {
            if (counts[row] > 0) {
                values.add(raw.values(row));
                times.add(Math.exp(logs[row] / counts[row]));
            }
        }
        return new KernelTable(raw.name(), raw.kernel(), raw.unit(), values.toArray(int[][]::new),
                times.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
