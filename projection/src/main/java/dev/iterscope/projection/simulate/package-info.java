/// The engine's own step loop on a virtual clock, driven by predicted step times.
@NullMarked
package dev.iterscope.projection.simulate;

import org.jspecify.annotations.NullMarked;
