/// The search for a batch-token limit: points of a sweep, service-level objectives, and the recommendation.
@NullMarked
package dev.iterscope.projection.search;

import org.jspecify.annotations.NullMarked;
