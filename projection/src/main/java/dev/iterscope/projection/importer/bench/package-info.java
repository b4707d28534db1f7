/// Results of `vllm bench serve`: the requests as the client saw them.
@NullMarked
package dev.iterscope.projection.importer.bench;

import org.jspecify.annotations.NullMarked;
