/// Reads the folders of measured kernel times that profilers leave behind: CSV and Parquet files, recognised by their columns.
@NullMarked
package dev.iterscope.projection.model.table;

import org.jspecify.annotations.NullMarked;
