/// Shows what the engine does: JFR events from the engine thread, NVTX ranges and kernel events from the executing one. Nothing is
/// built while nobody looks.
@NullMarked
package dev.iterscope.engine.observe;

import org.jspecify.annotations.NullMarked;
