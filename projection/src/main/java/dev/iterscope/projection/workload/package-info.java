/// Requests to serve: read from traces and result files, or made from a seed.
@NullMarked
package dev.iterscope.projection.workload;

import org.jspecify.annotations.NullMarked;
