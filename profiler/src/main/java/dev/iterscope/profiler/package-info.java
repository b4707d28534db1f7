/// The recording side of Iterscope: JFR events of a serving engine, NVTX ranges, and the logs made from them.
@NullMarked
package dev.iterscope.profiler;

import org.jspecify.annotations.NullMarked;
