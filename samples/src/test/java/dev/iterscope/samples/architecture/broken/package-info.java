/// Classes that break the architecture rules on purpose, laid out like the project below this package, and a few that do not.
/// [dev.iterscope.samples.architecture.RulesFindViolationsTest] expects each rule to name exactly its offenders.
@NullMarked
package dev.iterscope.samples.architecture.broken;

import org.jspecify.annotations.NullMarked;
