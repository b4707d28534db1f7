/// Model architectures: dimensions, presets, Hugging Face configurations, and the memory and arithmetic that follow from them.
@NullMarked
package dev.iterscope.engine.model;

import org.jspecify.annotations.NullMarked;
