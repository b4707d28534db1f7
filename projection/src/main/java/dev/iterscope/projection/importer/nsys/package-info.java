/// SQLite exports of Nsight Systems.
@NullMarked
package dev.iterscope.projection.importer.nsys;

import org.jspecify.annotations.NullMarked;
