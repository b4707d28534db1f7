/// Every source becomes one [dev.iterscope.projection.recording.Recording]: [Recordings] recognises a file by its content and hands it
/// to the importer of its kind.
@NullMarked
package dev.iterscope.projection.importer;

import org.jspecify.annotations.NullMarked;
