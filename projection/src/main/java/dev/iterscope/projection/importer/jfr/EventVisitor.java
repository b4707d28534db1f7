package dev.iterscope.projection.importer.jfr;

/// Is shown the events of a file.
interface EventVisitor {

    /// Whether events of a type are wanted; the others are passed over without being decoded.
    boolean wants(String typeName);

    /// An event. The row is reused for the next one; another row of the same type means that another chunk began.
    void event(EventRow row);
}
