/// What `project` and `sweep` do: from recordings, a workload and options to a report.
@NullMarked
package dev.iterscope.projection.answer;

import org.jspecify.annotations.NullMarked;
