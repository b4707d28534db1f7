/// A small writer of Apache Parquet files: no library of reasonable size writes them.
@NullMarked
package dev.iterscope.projection.export.parquet;

import org.jspecify.annotations.NullMarked;
