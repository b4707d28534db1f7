package dev.iterscope.samples.architecture.broken.projection.cli;

import dev.iterscope.samples.architecture.broken.engine.Facade;

/// Breaks nothing: prints and uses the facade where that is allowed.
public final class CleanCommand {

    /// Prints.
    public void run(Facade facade) {
        System.out.println(facade);
    }
}
