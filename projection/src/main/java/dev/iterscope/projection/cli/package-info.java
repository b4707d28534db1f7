/// The `iterscope` command: one class per subcommand. The only package of the module that prints or ends the JVM.
@NullMarked
package dev.iterscope.projection.cli;

import org.jspecify.annotations.NullMarked;
