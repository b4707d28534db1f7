/// What predicting a step, and fitting a recording, costs.
@NullMarked
package dev.iterscope.projection.bench;

import org.jspecify.annotations.NullMarked;
