/// Recordings in forms that other tools read: tables, vLLM's log lines, traces; `.jfr` is in its own package.
@NullMarked
package dev.iterscope.projection.export;

import org.jspecify.annotations.NullMarked;
