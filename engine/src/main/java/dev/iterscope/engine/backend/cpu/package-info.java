/// The CPU backend: real models on the Vector API, with scalar kernels as reference.
///
/// Every sum runs in an order that depends only on the row it belongs to, one fused multiply-add after the other, never on the
/// batch, the number of threads or the vector width. So a token's logits are the same bits whatever it is batched with.
@NullMarked
package dev.iterscope.engine.backend.cpu;

import org.jspecify.annotations.NullMarked;
