package dev.iterscope.projection.cli;

import dev.iterscope.projection.importer.Recordings.Together;
import picocli.CommandLine.Option;

/// `--together`, of every command that fits one model to several recordings.
@Topic.Of(Topic.RECORDING)
final class TogetherOption {
    @Option(names = "--together",
            description = "Take the recordings as those of one service, though their models or devices differ or one is named twice.")
    private boolean given;

    Together together() {
        return given ? Together.AS_NAMED : Together.ONE_SERVICE;
    }
}
