/// Performance models: what a step costs, why, and how sure that is. Pure: no clock, thread, I/O; randomness only through a given seed.
@NullMarked
package dev.iterscope.projection.model;

import org.jspecify.annotations.NullMarked;
