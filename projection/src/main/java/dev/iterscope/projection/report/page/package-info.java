/// What a page is made of, whatever it shows: escaped text, style, charts.
@NullMarked
package dev.iterscope.projection.report.page;

import org.jspecify.annotations.NullMarked;
