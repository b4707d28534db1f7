/// Two recordings of one service side by side: what was achieved, whether an objective is met, whether a prediction came true.
@NullMarked
package dev.iterscope.projection.compare;

import org.jspecify.annotations.NullMarked;
