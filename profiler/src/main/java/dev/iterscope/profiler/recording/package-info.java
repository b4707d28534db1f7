/// Starting and stopping Flight Recorder recordings that also survive a killed process.
@NullMarked
package dev.iterscope.profiler.recording;

import org.jspecify.annotations.NullMarked;
