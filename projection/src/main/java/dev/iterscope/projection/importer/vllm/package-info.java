/// The server log of vLLM: iteration lines of all generations, 10-second lines, start-up facts.
@NullMarked
package dev.iterscope.projection.importer.vllm;

import org.jspecify.annotations.NullMarked;
