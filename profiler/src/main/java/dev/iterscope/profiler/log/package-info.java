/// Text logs in vLLM's words, made from the event stream, so that scripts that read vLLM's logs read these.
@NullMarked
package dev.iterscope.profiler.log;

import org.jspecify.annotations.NullMarked;
