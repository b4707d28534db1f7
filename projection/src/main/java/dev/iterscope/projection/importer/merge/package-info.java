/// What sources say together: one clock, one numbering of engines, which of them are of one run, and what the times are worth.
@NullMarked
package dev.iterscope.projection.importer.merge;

import org.jspecify.annotations.NullMarked;
