package dev.iterscope.projection.importer.nsys;

/// Directions of memory copies, by CUPTI's numbers (`CUpti_ActivityMemcpyKind`).
final class CopyKinds {

    private static final String[] NAMES = {"", "HtoD", "DtoH", "HtoA", "AtoH", "AtoA", "AtoD", "DtoA", "DtoD", "HtoH", "PtoP"};

    private CopyKinds() {}

    /// `HtoD` and the like, or `of unknown direction`.
    static String name(long number) {
        return number > 0 && number < NAMES.length ? NAMES[(int) number] : "of unknown direction";
    }
}
