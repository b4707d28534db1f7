package dev.iterscope.projection.importer.kernels;

/// Kernel names as records keep them: demangled C++ without the return type and the parameter list, which repeat the template arguments
/// and can be a thousand characters long.
public final class KernelNames {

    private static final int LONGEST = 400;
    private static final String RETURN_TYPE = "void ";

    private KernelNames() {}

    /// The name for a record. Template arguments stay: they tell variants of a kernel apart.
    public static String shortened(String name) {
        int start = name.startsWith(RETURN_TYPE) ? RETURN_TYPE.length() : 0;
        int end = endOfName(name, start);
        return name.substring(start, Math.min(end, start + LONGEST));
    }

    /// Where the parameter list begins: at the first parenthesis outside template arguments that is no part of a name such as
    /// `(anonymous namespace)`.
    private static int endOfName(String name, int start) {
        int depth = 0;
        for (int i = start; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '<') {
                depth++;
            } else if (c == '>') {
                depth = Math.max(0, depth - 1);
            } else if (c == '(' && depth == 0 && i > start && !name.startsWith("(anonymous", i)) {
                return i;
            }
        }
        return name.length();
    }
}
