/// Models of single kernels, made from measured tables: how long a kernel takes for given sizes, and how sure that is. Pure: no clock, thread or I/O.
@NullMarked
package dev.iterscope.projection.model.kernel;

import org.jspecify.annotations.NullMarked;
