package dev.iterscope.projection.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Marks an option that names a file to write. Every other option or argument that names a file is read, and [Targets] refuses a command
/// line that would write onto one of those.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
@interface Written {}
