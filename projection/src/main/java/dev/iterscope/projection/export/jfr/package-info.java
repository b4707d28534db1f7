/// Writes `.jfr` files from records, so that an imported recording opens in JDK Mission Control and `jfr view`.
@NullMarked
package dev.iterscope.projection.export.jfr;

import org.jspecify.annotations.NullMarked;
