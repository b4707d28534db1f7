package dev.iterscope.projection.model.table;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A framework's version as a folder is named: `0.24.0`, `1.3.0rc20`, `0.5.6.post2`, `0.1.dev19262`.
///
/// Releases stand in the order of PEP 440: development builds, release candidates, the release, what was posted after it.
record TableVersion(String name) implements Comparable<TableVersion> {
    private static final Pattern PARTS = Pattern.compile("v?(\\d+(?:\\.\\d+)*)(?:[._-]?(dev|rc|post)(\\d*))?.*");
    private static final List<String> STAGES = List.of("dev", "rc", "", "post");
    private static final Comparator<TableVersion> ORDER = Comparator.comparing(TableVersion::release, Arrays::compare)
            .thenComparingInt(TableVersion::stage)
            .thenComparingInt(TableVersion::stageNumber)
            .thenComparing(TableVersion::name);
    private static final int MOST_PARTS = 6;

    @Override
    public int compareTo(TableVersion other) {
        return ORDER.compare(this, other);
    }

    /// Whether it is the version that was asked for: by its name or by its first parts (`0.24` means `0.24.0`).
    boolean matches(String asked) {
        return name.equals(asked) || name.startsWith(asked + ".") || name.equals("v" + asked);
    }

    private int[] release() {
        Matcher parts = PARTS.matcher(name);
        int[] release = new int[MOST_PARTS];
        if (parts.matches()) {
            String[] numbers = parts.group(1).split("\\.");
            for (int i = 0; i < Math.min(numbers.length, MOST_PARTS); i++) {
                release[i] = number(numbers[i]);
            }
        }
        return release;
    }

    private int stage() {
        Matcher parts = PARTS.matcher(name);
        return STAGES.indexOf(parts.matches() && parts.group(2) != null ? parts.group(2) : "");
    }

    private int stageNumber() {
        Matcher parts = PARTS.matcher(name);
        return parts.matches() && parts.group(3) != null ? number(parts.group(3)) : 0;
    }

    private static int number(String digits) {
        return digits.isEmpty() ? 0 : (int) Math.min(Integer.MAX_VALUE, Long.parseLong(digits.substring(0, Math.min(18, digits.length()))));
    }
}
