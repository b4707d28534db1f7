/// The records that every source becomes, ours and foreign alike. Nothing downstream knows where a recording came from.
@NullMarked
package dev.iterscope.projection.recording;

import org.jspecify.annotations.NullMarked;
