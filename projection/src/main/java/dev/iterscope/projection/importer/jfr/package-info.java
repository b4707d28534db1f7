/// `.jfr` files: a small decoder of the chunk format, and the mapping from our events to records.
@NullMarked
package dev.iterscope.projection.importer.jfr;

import org.jspecify.annotations.NullMarked;
