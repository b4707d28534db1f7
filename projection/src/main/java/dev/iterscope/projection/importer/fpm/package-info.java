/// Forward-pass metrics as JSON lines, the schema of NVIDIA Dynamo.
@NullMarked
package dev.iterscope.projection.importer.fpm;

import org.jspecify.annotations.NullMarked;
