/// Small programs that use Iterscope's API, and the tests of the whole architecture.
@NullMarked
package dev.iterscope.samples;

import org.jspecify.annotations.NullMarked;
