/// The seam between the engine and what executes a step. Backends are found by ServiceLoader; nothing outside this package tree names one.
@NullMarked
package dev.iterscope.engine.backend;

import org.jspecify.annotations.NullMarked;
