/// SGLang: its prefill and decode log lines.
@NullMarked
package dev.iterscope.projection.importer.sglang;

import org.jspecify.annotations.NullMarked;
