/// A backend without a device: steps take the time that a model predicts, in real or scaled time. What it shows about scheduling,
/// queueing and memory is real; about kernels it only repeats its table.
@NullMarked
package dev.iterscope.engine.backend.emulated;

import org.jspecify.annotations.NullMarked;
