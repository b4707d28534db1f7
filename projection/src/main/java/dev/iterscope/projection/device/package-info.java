/// What devices can do at most.
@NullMarked
package dev.iterscope.projection.device;

import org.jspecify.annotations.NullMarked;
