/// TensorRT-LLM: its iteration log lines and its iteration statistics.
@NullMarked
package dev.iterscope.projection.importer.trtllm;

import org.jspecify.annotations.NullMarked;
