/// How long work tells how far it is, without knowing where that is shown.
@NullMarked
package dev.iterscope.projection.progress;

import org.jspecify.annotations.NullMarked;
