/// What all importers share: sources and their bytes, lines of a log, the builder that collects records.
@NullMarked
package dev.iterscope.projection.importer.source;

import org.jspecify.annotations.NullMarked;
