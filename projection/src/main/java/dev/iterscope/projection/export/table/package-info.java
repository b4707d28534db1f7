/// Records as tables: one for each event of the schema, with a column for each of its fields.
@NullMarked
package dev.iterscope.projection.export.table;

import org.jspecify.annotations.NullMarked;
