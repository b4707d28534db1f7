package dev.iterscope.engine.backend;

import java.util.Optional;

/// The result of one check of a device.
///
/// @param name    what was checked, a few words
/// @param detail  how well it passed, or how much was compared
/// @param failure what is wrong, in one line; empty when the check passed
public record SelfCheck(String name, String detail, Optional<String> failure) {

    /// A check that passed.
    public static SelfCheck passed(String name, String detail) {
        return new SelfCheck(name, detail, Optional.empty());
    }

    /// A check that did not.
    public static SelfCheck failed(String name, String failure) {
        return new SelfCheck(name, "", Optional.of(failure));
    }
}
