/// Lists of millions of steps in little memory: packed, marked, spread and joined without a copy.
@NullMarked
package dev.iterscope.projection.importer.steps;

import org.jspecify.annotations.NullMarked;
