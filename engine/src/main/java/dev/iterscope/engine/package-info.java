/// A small, real LLM serving engine: requests, scheduler, paged KV cache, step loop and backends.
@NullMarked
package dev.iterscope.engine;

import org.jspecify.annotations.NullMarked;
