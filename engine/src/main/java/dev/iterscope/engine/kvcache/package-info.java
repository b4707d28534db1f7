/// The paged KV cache: a block pool, block tables, and the prefix cache over full blocks. Pure: no clock, thread, randomness or I/O.
@NullMarked
package dev.iterscope.engine.kvcache;

import org.jspecify.annotations.NullMarked;
