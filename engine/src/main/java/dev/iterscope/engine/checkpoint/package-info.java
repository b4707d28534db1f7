/// Hugging Face checkpoints: weights in safetensors files, the tokenizer, and the generation defaults.
@NullMarked
package dev.iterscope.engine.checkpoint;

import org.jspecify.annotations.NullMarked;
