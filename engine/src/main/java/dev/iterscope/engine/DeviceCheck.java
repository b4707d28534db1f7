package dev.iterscope.engine;

import java.util.Optional;

/// The result of one check of [Engine#selfTest].
///
/// @param name    what was checked, a few words
/// @param detail  how well it passed, or how much was compared
/// @param failure what is wrong, in one line; empty when the check passed
public record DeviceCheck(String name, String detail, Optional<String> failure) {}
