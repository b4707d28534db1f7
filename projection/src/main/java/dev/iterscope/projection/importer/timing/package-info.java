/// What a source's times mean: whose time a step's is, which steps were cold, which ranks wait for each other.
@NullMarked
package dev.iterscope.projection.importer.timing;

import org.jspecify.annotations.NullMarked;
