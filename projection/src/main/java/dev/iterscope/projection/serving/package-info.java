/// Serving engines as those who run them know them: the words of their flags, how one starts them with other limits, what makes them log their
/// steps, and how one sends them a load. Whoever prints a flag or a command of an engine takes it from here.
@NullMarked
package dev.iterscope.projection.serving;

import org.jspecify.annotations.NullMarked;
