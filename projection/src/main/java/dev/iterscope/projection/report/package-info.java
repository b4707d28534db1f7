/// Everything the commands report, as data, and its renderings.
@NullMarked
package dev.iterscope.projection.report;

import org.jspecify.annotations.NullMarked;
